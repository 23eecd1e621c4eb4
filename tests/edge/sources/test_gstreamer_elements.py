"""What is asked of GStreamer, in its own words: for a Jetson too, which is nowhere near."""

from __future__ import annotations

import pytest

from edge.sources.gstreamer_elements import CPU, JETSON, decoding, drop_interval, enlarging


def has_all(_element: str, _name: str) -> bool:
    return True


def has_none(_element: str, _name: str) -> bool:
    return False


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_on_a_jetson_pictures_are_made_small_before_they_leave_its_memory(codec: str) -> None:
    assert decoding(JETSON, codec, (640, 360), 2, has_all) == (
        "valve name=gate ! queue name=waiting ! nvv4l2decoder enable-max-performance=true "
        "num-extra-surfaces=6 drop-frame-interval=2 ! identity name=made silent=true ! "
        "tee name=decoded ! appsink name=frames max-buffers=3 sync=false async=false drop=true "
        "wait-on-eos=false decoded. ! nvvidconv interpolation-method=2 ! "
        "video/x-raw,format=RGBA,width=640,height=360 ! appsink name=pictures max-buffers=16 "
        "sync=false async=false drop=true wait-on-eos=false"
    )


def test_a_property_that_this_version_lacks_is_not_asked_for() -> None:
    words = decoding(JETSON, "h264", (640, 360), 2, has_none)
    assert "nvv4l2decoder ! identity" in words
    assert "nvvidconv ! video/x-raw" in words
    assert enlarging(JETSON, has_none).startswith("appsrc name=entry format=time ! nvvidconv ! ")


def test_a_plain_computer_differs_in_the_elements_alone() -> None:
    jetson, cpu = (decoding(one, "hevc", (64, 36), 0, has_none) for one in (JETSON, CPU))
    cpu = cpu.replace("avdec_h265", "nvv4l2decoder")
    assert cpu.replace("videoscale ! videoconvert", "nvvidconv") == jetson


@pytest.mark.parametrize(
    ("fps", "sample_fps", "every"),
    [(25, 5, 2), (30, 5, 3), (60, 1, 30), (15, 5, 0), (12, 5, 0), (0, 5, 0), (25, 30, 0)],
)
def test_twice_as_many_pictures_leave_the_decoder_as_are_looked_at(
    fps: float, sample_fps: float, every: int
) -> None:
    assert drop_interval(fps, sample_fps) == every
