"""Marks as CVAT has them: "CVAT for images 1.1" (boxes, polygons and tags), and tracks of a video
in "CVAT for video 1.1" (written here, read by `models.evaluation.truth_cvat`).

A tag with one of our answers says what a picture shows as a whole. A file's labels, where it lists
them, say what was asked: a picture in a file that knows no `spill` and no `floor` says nothing of
its floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from edge.core.types import Box
from models.marks.marked import (
    ANSWERS,
    AREA_KINDS,
    BOX_STATES,
    BadMarks,
    Clip,
    Marked,
    Outlined,
    Picture,
    around,
    gathered,
    label_of,
    outlined,
)

_BY_HAND = {"source": "manual", "occluded": "0"}
_WHOLE = {"xtl": "0", "ytl": "0", "xbr": "1", "ybr": "1"}


def read(text: str, where: str) -> list[Picture]:
    """Every picture that the XML names. Raises BadMarks."""
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException) as error:
        raise BadMarks(f"{where}: not an XML file that can be read: {error}") from None
    images = root.findall("image")
    if not images:
        raise BadMarks(f'{where}: marks no picture; export it from CVAT as "CVAT for images 1.1"')
    listed = [one for one in root.iterfind("meta//label") if one.findtext("type") != "tag"]
    labels = {(one.findtext("name") or "").strip().lower() for one in listed}
    labels |= {
        one.get("label", "").strip().lower() for tag in ("box", "polygon") for one in root.iter(tag)
    }
    return [_picture(image, labels, where) for image in images]


def _picture(image: Element, labels: set[str], where: str) -> Picture:
    name = image.get("name", "")
    width, height = _number(where, image, "width"), _number(where, image, "height")
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise BadMarks(f"{where}: <image> {name}: width and height must be above 0")
    said = (tag.get("label", "").strip().lower() for tag in image.findall("tag"))
    answer = next((known for word in said for known in ANSWERS if known == word), None)
    found = _marks(image, (width, height), f"{where}: <image> {name}", where)
    return Picture(name, int(width), int(height), gathered(labels, found), answer)


def _marks(
    image: Element, size: tuple[float, float], place: str, where: str
) -> Iterator[Marked | Outlined]:
    for shape in image:
        if shape.tag == "box":
            label = label_of(shape.get("label", ""), where)
            x0, y0, x1, y1 = (_number(where, shape, key) for key in ("xtl", "ytl", "xbr", "ybr"))
            if label in AREA_KINDS:
                raise BadMarks(f"{place}: {label} is a box; outline floor and spills with polygons")
            box = Box(x0 / size[0], y0 / size[1], (x1 - x0) / size[0], (y1 - y0) / size[1])
            yield Marked(box, label)
        elif shape.tag == "polygon":
            label = label_of(shape.get("label", ""), where)
            corners = _corners(shape.get("points", ""), size, place)
            area = outlined(label, corners, place)
            yield area if label in AREA_KINDS else Marked(around(corners), label)


def _corners(points: str, size: tuple[float, float], where: str) -> tuple[tuple[float, float], ...]:
    try:
        pairs = [tuple(map(float, pair.split(","))) for pair in points.split(";") if pair]
        return tuple((x / size[0], y / size[1]) for x, y in pairs)
    except ValueError:
        raise BadMarks(f"{where}: points {points!r}: not x,y;x,y;…") from None


def _number(where: str, element: Element, key: str) -> float:
    try:
        return float(element.get(key, ""))
    except ValueError:
        raise BadMarks(f"{where}: <{element.tag}>: {key} is no number") from None


def write(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Write `people.xml` and `areas.xml`, each where there is anything to write."""
    known = list(pictures)
    kinds = {
        "people.xml": (BOX_STATES, [one for one in known if one.marks.boxes is not None]),
        "areas.xml": (AREA_KINDS, [one for one in known if one.marks.areas is not None]),
    }
    files = []
    for name, (labels, marked) in kinds.items():
        if marked:
            (folder / name).write_text(_text(_images(labels, marked)), encoding="utf-8")
            files.append(folder / name)
    return files


def _text(root: Element) -> str:
    indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _root(labels: Mapping[str, str], task: Mapping[str, object]) -> Element:
    """`labels` are named with their types: those of type `tag` are no marks."""
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    about = SubElement(SubElement(root, "meta"), "task")
    for key, value in task.items():
        SubElement(about, key).text = str(value)
    listed = SubElement(about, "labels")
    for name, kind in labels.items():
        label = SubElement(listed, "label")
        SubElement(label, "name").text = name
        SubElement(label, "type").text = kind
    return root


def _images(labels: tuple[str, ...], pictures: list[Picture]) -> Element:
    kinds = dict.fromkeys(ANSWERS, "tag") | dict.fromkeys(labels, "any")
    root = _root(kinds, {"name": "floorwatch", "size": len(pictures), "mode": "annotation"})
    for number, one in enumerate(pictures):
        size = {"width": str(one.width_px), "height": str(one.height_px)}
        image = SubElement(root, "image", {"id": str(number), "name": one.name, **size})
        if one.answer is not None:
            SubElement(image, "tag", label=one.answer, source="manual")
        for mark in (one.marks.boxes if labels is BOX_STATES else one.marks.areas) or ():
            _add(image, mark, one)
    return root


def _add(image: Element, mark: Marked | Outlined, picture: Picture) -> None:
    width, height = picture.width_px, picture.height_px
    if isinstance(mark, Marked):
        box = mark.box
        sides = {
            "xtl": box.x * width, "ytl": box.y * height,
            "xbr": (box.x + box.w) * width, "ybr": (box.y + box.h) * height,
        }  # fmt: skip
        said = {key: f"{value:.3f}" for key, value in sides.items()}
        SubElement(image, "box", {"label": mark.state, **said, **_BY_HAND})
        return
    points = ";".join(f"{x * width:.3f},{y * height:.3f}" for x, y in mark.corners)
    SubElement(image, "polygon", {"label": mark.kind, "points": points, **_BY_HAND})


def write_clips(clips: Iterable[Clip], folder: Path) -> list[Path]:
    """Write each clip's incident as a track of the whole picture, a file for each clip: CVAT takes
    annotations by task."""
    files = []
    for one in clips:
        file = folder / f"{one.name}.xml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_text(_video(one)), encoding="utf-8")
        files.append(file)
    return files


def _video(clip: Clip) -> Element:
    count = max(1, round(clip.length_s * clip.fps))
    task = {
        "id": 1, "name": clip.name, "size": count, "mode": "interpolation", "start_frame": 0,
        "stop_frame": count - 1, "frame_filter": "", "source": clip.name,
    }  # fmt: skip
    root = _root({"collapse": "rectangle", "spill": "rectangle"}, task)
    if clip.onset_s is None or clip.end_s is None:
        return root
    first, last = round(clip.onset_s * clip.fps), round(clip.end_s * clip.fps)
    track = SubElement(root, "track", id="0", label=clip.answer, source="manual")
    last = min(max(last, first + 1), count)
    shown = {first: "0", last - 1: "0", last: "1"}
    for frame, outside in shown.items():
        if frame < count:  # CVAT counts no picture behind the last
            key = {"frame": str(frame), "outside": outside, "keyframe": "1"}
            SubElement(track, "box", {**key, **_WHOLE, **_BY_HAND})
    return root
