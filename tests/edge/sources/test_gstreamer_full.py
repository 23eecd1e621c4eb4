"""A picture in full size is the one that was asked for, whatever was asked before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge.sources.gstreamer_elements import CPU
from edge.sources.gstreamer_full import FullSize
from edge.sources.gstreamer_library import library
from edge.sources.sampling import NS
from tests.support.gstreamer import gstreamer_or_skip
from tests.support.until import until

WIDTH, HEIGHT = 320, 180
SMALL = np.zeros((18, 32, 3), np.uint8)


@pytest.fixture(autouse=True)
def lent() -> None:
    gstreamer_or_skip()


def grey(level: int, pts_ns: int) -> Any:
    """One picture as a decoder gives it."""
    gst = library()
    planes = bytes([level]) * (WIDTH * HEIGHT) + bytes([128]) * (WIDTH * HEIGHT // 2)
    buffer = gst.Buffer.new_wrapped(planes)
    buffer.pts = pts_ns
    words = f"video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate=25/1"
    return gst.Sample.new(buffer, gst.Caps.from_string(words), None, None)


def test_one_that_came_too_late_is_not_taken_for_the_next() -> None:
    """A machine that is busy may take longer than we wait. What comes then belongs to nobody."""
    full = FullSize(CPU, (WIDTH, HEIGHT))
    full.hold(NS, [grey(60, NS)])
    full.hold(2 * NS, [grey(200, 2 * NS)])
    dark = full.picture(NS, SMALL)
    assert dark.mean() < 80
    full._pipeline.get_by_name("entry").push_sample(grey(60, 3 * NS))
    out = full._pipeline.get_by_name("exit")
    until(lambda: out.get_property("last-sample").get_buffer().pts == 3 * NS, "it comes")
    assert full.picture(2 * NS, SMALL).mean() > 180
    full.close()
