"""Moments of a recording are what they say they are, whatever its keyframes are like, and what lies
between them is left alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from edge.core.types import Rgb
from models import moments, site, site_stores
from tests.support.clips import Codec, write_clip

FPS = 4.0
LENGTH_S = 60


def _shade(number: int) -> Rgb:
    return np.full((32, 64, 3), number, np.uint8)


def _clip(path: Path, gop: int, codec: Codec = "h264", b_frames: int = 0) -> Path:
    """Each picture says by its shade when it is."""
    pictures = [_shade(n) for n in range(int(LENGTH_S * FPS))]
    return write_clip(path, pictures, fps=FPS, gop=gop, codec=codec, b_frames=b_frames)


@pytest.mark.parametrize(
    ("name", "gop", "b_frames"),
    [
        ("a.mp4", 8, 0),
        ("a.mp4", 40, 2),  # ten seconds, as encoders make them unless they are told
        ("a.mp4", 1000, 0),  # a camera that codes a still scene once
        ("a.ts", 12, 2),
        ("a.mkv", 20, 0),
    ],
)
@pytest.mark.parametrize("step_s", [3.0, 7.0])
def test_moments_are_from_all_over_and_when_they_say(
    tmp_path: Path, name: str, gop: int, b_frames: int, step_s: float
) -> None:
    path = _clip(tmp_path / name, gop, b_frames=b_frames)
    found = list(moments.moments(path, step_s))
    for at_s, rgb in found:
        assert abs(rgb.mean() - at_s * FPS) < 3
    times = [at_s for at_s, _ in found]
    assert times[0] == 0
    early_s = min(gop / FPS, step_s)
    assert all(0 < b - a <= step_s + early_s + 1 / FPS for a, b in pairwise([*times, LENGTH_S]))
    assert len(times) >= int(LENGTH_S / step_s)


def test_what_lies_between_is_not_decoded(tmp_path: Path) -> None:
    """Damage there ends the reading of whoever decodes it."""
    (tmp_path / "normal").mkdir()
    path = _clip(tmp_path / "normal/a.mkv", 1, codec="mjpeg")
    with av.open(str(path)) as container:
        between = [
            (packet.pos, packet.size)
            for packet in container.demux(video=0)
            if packet.pts is not None and 0.5 < float(packet.pts * packet.time_base) % 5 < 4.5
        ]
    data = bytearray(path.read_bytes())
    for at, size in between:
        data[at + 16 : at + size - 16] = bytes(size - 32)
    path.write_bytes(data)
    with pytest.raises(av.error.FFmpegError), av.open(str(path)) as container:
        list(container.decode(video=0))
    found = [at_s for at_s, _ in moments.moments(path, 5.0)]
    ends = (*range(0, LENGTH_S, 5), LENGTH_S - 1 / FPS)
    assert found == pytest.approx(list(ends), abs=0.01)
    learn, apart = site_stores.build(site.read(tmp_path), tmp_path / "stores", frames_max=13)
    assert len(learn.samples) + len(apart.samples) == 13


def test_what_cannot_be_searched_is_read_from_end_to_end(tmp_path: Path) -> None:
    path = _clip(tmp_path / "a.h264", 8)
    assert len(list(moments.moments(path, 5.0))) >= 12
