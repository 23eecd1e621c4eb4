"""What people mark on pictures and in recordings, in the formats of the tools they mark it with.

    COCO            boxes and polygons, one JSON                 read and written
    CVAT 1.1        boxes, polygons and tags of pictures         read and written
                    tracks of videos                             written (read by `truth_cvat`)
    YOLO            boxes, or polygons, as ultralytics has them  read and written
    Label Studio    rectangles, polygons and choices             read and written
                    spans on a video's time line                 written (read by its `truth_` file)
    ActivityNet     spans of videos, in seconds                  written (read likewise)

No library serves: globox (MIT) knows boxes alone; supervision (MIT) turns polygons into pixels and
back, and neither knows spans; datumaro (MIT) needs an older OpenCV than this project and pandas
and Arrow; Label Studio's SDK brings some thirty packages. They read what is written here in tests.
"""
