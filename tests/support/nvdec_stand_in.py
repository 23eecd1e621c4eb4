"""A strict stand-in for PyNvVideoCodec, which decodes on the CPU.

It has what `edge.sources.nvdec` needs of the real package and not a name more; a test holds its
names against the package's own. It reads the data where it is said to be, takes no argument the
real one would not, and writes over the pictures it gave as soon as it is asked for more, as a card
may. `FLOORWATCH_STAND_IN` says what goes wrong: `no device` ends the process, as the real one does;
`wrong pictures` gives others; `fails at N` raises at the Nth packet.
"""

from __future__ import annotations

import ctypes
import enum
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

MODULE = "PyNvVideoCodec"


class PyNvVCException(Exception):
    pass


class PyNvVCExceptionUnsupported(Exception):
    pass


class cudaVideoCodec(enum.Enum):  # noqa: N801  (NVIDIA's name, as all here)
    H264 = 4
    HEVC = 8


class Pixel_Format(enum.Enum):  # noqa: N801
    NV12 = 1
    P016 = 3


class PacketData:
    """Whole numbers alone, and no names but these."""

    __slots__ = ("bsl", "bsl_data", "key", "pts")

    def __init__(self) -> None:
        self.bsl = self.bsl_data = self.key = self.pts = 0

    def __setattr__(self, name: str, value: object) -> None:
        if type(value) is not int:
            raise TypeError(f"incompatible function arguments: {name}={value!r}")
        object.__setattr__(self, name, value)


class DecodedFrame:
    """Points into memory of the decoder's."""

    __slots__ = ("_memory", "_pts", "format")

    def __init__(self, memory: Any, pts: int, pixels: Pixel_Format) -> None:
        self._memory, self._pts, self.format = memory, pts, pixels

    def GetPtrToPlane(self, plane: int) -> int:  # noqa: N802
        assert plane == 0
        address: int = self._memory.ctypes.data
        return address

    def framesize(self) -> int:
        size: int = self._memory.size
        return size

    def getPTS(self) -> int:  # noqa: N802
        return self._pts


class PyNvDecoder:
    """Made by CreateDecoder alone."""

    __slots__ = ("_codec", "_given", "_packets", "_size")

    def __init__(self, codec: cudaVideoCodec) -> None:
        made = av.CodecContext.create(codec.name.lower(), "r")
        assert isinstance(made, VideoCodecContext)
        made.thread_count = 1
        self._codec = made
        self._given: list[Any] = []
        self._packets = 0
        self._size = (0, 0)

    def Decode(self, unit: PacketData) -> list[DecodedFrame]:  # noqa: N802
        if type(unit) is not PacketData:
            raise TypeError("incompatible function arguments")
        for memory in self._given:
            memory[:] = 0xA5
        self._packets += 1
        if _wrong() == f"fails at {self._packets}":
            raise PyNvVCException("HandleVideoSequence : cuvidCreateDecoder returned error 209")
        packet = av.Packet(ctypes.string_at(unit.bsl_data, unit.bsl))
        packet.pts = unit.pts
        frames = [self._frame(frame) for frame in self._codec.decode(packet)]
        self._given = [frame._memory for frame in frames]
        return frames

    def GetWidth(self) -> int:  # noqa: N802
        return self._size[0]

    def GetHeight(self) -> int:  # noqa: N802
        return self._size[1]

    def _frame(self, frame: av.VideoFrame) -> DecodedFrame:
        self._size = (frame.width, frame.height)
        deep = "10" in frame.format.name
        memory = frame.reformat(format="nv12").to_ndarray().reshape(-1).astype(np.uint8)
        if _wrong() == "wrong pictures":
            memory[:] = 0
        pixels = Pixel_Format.P016 if deep else Pixel_Format.NV12
        return DecodedFrame(memory, frame.pts or 0, pixels)


def CreateDecoder(  # noqa: N802
    *, gpuid: int = 0, codec: cudaVideoCodec = cudaVideoCodec.H264, usedevicememory: bool = True
) -> PyNvDecoder:
    assert (gpuid, usedevicememory) == (0, False)
    if _wrong() == "no device":
        print("[FATAL][12:00:00] CUDA driver API error CUDA_ERROR_NO_DEVICE", flush=True)
        os._exit(1)
    return PyNvDecoder(codec)


def _wrong() -> str:
    return os.environ.get("FLOORWATCH_STAND_IN", "")


@contextmanager
def lent(folder: Path) -> Iterator[Path]:
    """Makes the stand-in importable here by the real one's name. Gives the folder to have in reach
    for another process."""
    package = folder / "card"
    package.mkdir()
    (package / f"{MODULE}.py").write_text("from tests.support.nvdec_stand_in import *\n")
    sys.path.insert(0, str(package))
    try:
        yield package
    finally:
        sys.path.remove(str(package))
        sys.modules.pop(MODULE, None)
