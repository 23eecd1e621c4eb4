"""Chequered streams, cut and played: detail wherever one looks, so that one sees what is hidden."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box, Rgb
from edge.ports import Packet, StreamInfo
from edge.ring import Cut, PacketRing, RingMemory
from tests.edge.frames import NS
from tests.edge.packets import packets_of
from tests.support.clips import Codec, write_clip

FPS, SECONDS, SIZE = 10, 8, (320, 180)
Stream = tuple[StreamInfo, list[Packet]]


def chequered(size: tuple[int, int] = SIZE) -> Rgb:
    """Fine detail wherever one looks, coarse enough to survive a codec."""
    rows, columns = np.indices((size[1], size[0])) // 4
    return np.repeat(((rows + columns) % 2 * 200 + 25)[..., None], 3, axis=2).astype(np.uint8)


def stream(
    folder: Path, codec: Codec = "h264", b_frames: int = 0, size: tuple[int, int] = SIZE
) -> Stream:
    pictures = [chequered(size)] * (FPS * SECONDS)
    suffix = "avi" if codec == "mjpeg" else "mp4"
    path = folder / f"{codec}{b_frames}{size[0]}.{suffix}"
    return packets_of(write_clip(path, pictures, fps=FPS, codec=codec, gop=10, b_frames=b_frames))


def ring_of(given: Stream, from_s: float = 100, memory: RingMemory | None = None) -> PacketRing:
    ring = PacketRing(keep_s=60, memory=memory)
    ring.started(given[0])
    ring.add(given[1], int(from_s * NS))
    return ring


def cut_of(given: Stream) -> Cut:
    cut = ring_of(given, 0).cut(0, 10**15)
    assert cut is not None
    return cut


def decoded(data: bytes) -> list[tuple[float, NDArray[np.uint8]]]:
    """Second and luminance of every picture."""
    with av.open(io.BytesIO(data), format="mp4") as clip:
        return [(f.time or 0.0, f.to_ndarray(format="gray")) for f in clip.decode(video=0)]


def detail(grey: NDArray[np.uint8], box: Box) -> float:
    """How much neighbours differ in a part of it: nearly nothing among blocks."""
    height, width = grey.shape
    rows = slice(round(box.y * height), round((box.y + box.h) * height))
    columns = slice(round(box.x * width), round((box.x + box.w) * width))
    return float(np.abs(np.diff(grey[rows, columns].astype(int), axis=1)).mean())
