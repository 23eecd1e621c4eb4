"""Small pictures and their blocks, of real frames: the same for whoever makes them, and when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import av
import numpy as np
import pytest

from edge.core.gate import blocks_of
from edge.core.types import Blocks, Rgb, Small
from edge.sources.file import FileSource
from edge.sources.pattern import Mark, draw
from edge.sources.scaling import Shrinker
from tests.edge.frames import LYING
from tests.support.clips import write_clip

FIT = (640, 384)


def drawn(size: tuple[int, int], number: int = 0) -> Rgb:
    box = LYING._replace(x=LYING.x + number / 100)
    return draw((Mark("down", box), Mark("liquid", LYING)), 0, size)


def smalls(path: Path) -> list[Small]:
    with FileSource(path, fit=FIT, sample_fps=5.0) as source:
        return [picture.small for picture in source.pictures(Event())]


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (320, 240), (360, 640)])
def test_blocks_of_a_recording_are_those_of_its_small_pictures(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    clip = write_clip(tmp_path / "a.mp4", [drawn(size, number) for number in range(20)], fps=10)
    found = smalls(clip)
    assert len(found) == 10
    for one in found:
        assert one.blocks is not None
        assert one.blocks.shape == blocks_of(one.rgb).shape
        # Edges inside a block may fall a fraction of a pixel elsewhere.
        apart = np.abs(one.blocks.astype(int) - blocks_of(one.rgb))
        assert np.percentile(apart, 95) <= 4
        assert apart.mean() <= 3


@pytest.mark.parametrize("kind", ["yuv420p", "yuvj420p", "yuv422p", "yuv420p10le", "nv12", "gray"])
def test_blocks_go_from_black_to_white_in_every_format(kind: str) -> None:
    rgb = np.zeros((360, 640, 3), np.uint8)
    rgb[:, 320:] = 255
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=kind)
    blocks = Shrinker(FIT).small(frame).blocks
    assert blocks is not None
    assert blocks[:, :38].max() <= 3
    assert blocks[:, 42:].min() >= 252


def test_pictures_may_be_made_on_two_threads_at_once() -> None:
    shrinker = Shrinker(FIT)
    frames = [
        av.VideoFrame.from_ndarray(drawn(size, number), format="rgb24")
        for number in range(20)
        for size in ((1280, 720), (640, 480))  # a scaler that is shared must not mix up its tables
    ]

    def made(small: Small) -> tuple[Rgb, Blocks]:
        assert small.blocks is not None
        return small.rgb, small.blocks

    alone = [made(shrinker.small(frame)) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(made, map(shrinker.small, frames)))
    for (rgb, blocks), (other, other_blocks) in zip(alone, together, strict=True):
        assert np.array_equal(rgb, other)
        assert np.array_equal(blocks, other_blocks)


def test_a_picture_is_made_once() -> None:
    small = Shrinker(FIT).small_rgb(drawn((640, 360)))
    assert small.rgb is small.rgb
    assert small.blocks is small.blocks
