"""A picture in full size is the one that was asked for; where none comes, nobody waits long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge.sources.gstreamer_elements import CPU
from edge.sources.gstreamer_full import FullSize
from edge.sources.gstreamer_library import library
from edge.sources.sampling import NS
from tests.support.gstreamer import gstreamer_or_skip

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


def test_it_is_the_one_asked_for() -> None:
    full = FullSize(CPU, (WIDTH, HEIGHT))
    full.hold(NS, [grey(60, NS)])
    full.hold(2 * NS, [grey(200, 2 * NS)])
    assert full.picture(NS, SMALL).mean() < 80
    assert full.picture(2 * NS, SMALL).mean() > 180
    full.close()


def test_after_one_that_did_not_come_nobody_waits_again() -> None:
    """Whoever asks decides about every camera's pictures, and has no seconds to wait."""
    stuck = replace(CPU, scaler=("valve",), settings={"valve": {"drop": "true"}})
    full = FullSize(stuck, (WIDTH, HEIGHT))
    full.hold(NS, [grey(60, NS)])
    assert full.picture(NS, SMALL).shape == (HEIGHT, WIDTH, 3)
    assert full._pipeline is None
    full._elements = CPU  # it would come now
    assert full.picture(NS, SMALL).max() == 0, "enlarged from the small one"
    full.close()
