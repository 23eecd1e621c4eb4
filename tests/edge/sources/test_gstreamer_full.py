"""A picture in full size is the one that was asked for; where none comes, nobody waits long."""

from __future__ import annotations

import time
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


@pytest.mark.parametrize(
    ("element", "settings"),
    [("valve", {"drop": "true"}), ("identity", {"sleep-time": "20000000"})],  # 20 s a picture
)
def test_after_one_that_did_not_come_nobody_waits_again(
    element: str, settings: dict[str, str]
) -> None:
    """Whoever asks decides about every camera's pictures, and has no seconds to wait."""
    stuck = replace(CPU, scaler=(element,), settings={element: settings})
    full = FullSize(stuck, (WIDTH, HEIGHT))
    full.hold(NS, [grey(60, NS)])
    began_s = time.monotonic()
    assert full.picture(NS, SMALL).shape == (HEIGHT, WIDTH, 3)
    assert time.monotonic() - began_s < 15, "it hung as long as the element does"
    full._elements = CPU  # it would come now
    assert full.picture(NS, SMALL).max() == 0, "enlarged from the small one"
    full.close()
