"""NVIDIA's decoder of a graphics card, by PyNvVideoCodec; FFmpeg reads the camera as ever.

Decoded pictures come as NV12 in our own memory, in full size: PyNvVideoCodec scales none. Only
those that are looked at are copied on. All streams are decoded in the order their pictures are
shown, which holds each back by a few: not every camera says whether it needs that.

No test has seen a card. They hold this to a strict stand-in, and that to what three releases of
the real package offer (2.0.2, 2.1.0, 2.2.4), read from the packages themselves.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from edge.sources.decoding import Decoded, FfmpegDecoder, VideoPacket, stamp_of
from edge.sources.mistrust import Mistrust

MODULE = "PyNvVideoCodec"
_CODECS = {"h264": "H264", "hevc": "HEVC"}  # FFmpeg's names, and NVIDIA's


class NoNvdec(Exception):
    """The card cannot decode this; says why."""


@dataclass(frozen=True)
class CardPicture:
    """A picture the card has decoded. `raw` is PyNvVideoCodec's, good until more is decoded."""

    pts: int
    time_base: Fraction | None
    width: int
    height: int
    raw: Any
    is_corrupt: bool = False


class NvdecDecoder:
    """Decodes one stream of H.264 or H.265, each packet whole and in Annex B. Where the card does
    not, FFmpeg takes over from the next key frame on, and `mistrust` is told."""

    def __init__(self, stream: av.VideoStream, mistrust: Mistrust) -> None:
        self._stream = stream
        self._mistrust = mistrust
        self._ffmpeg: FfmpegDecoder | None = None
        self._await_key = True
        self._card: _Card | None = None
        try:
            self._card = _Card(stream)
        except NoNvdec as failure:
            self._give_up(failure)

    @property
    def name(self) -> str:
        """Who decodes now."""
        return "" if self._card is None else "NVDEC (PyNvVideoCodec)"

    def decode(self, packet: VideoPacket) -> Sequence[Decoded]:
        """See `edge.sources.decoding.Decoder`."""
        if self._card is not None:
            try:
                return self._card.decode(packet)
            except NoNvdec as failure:
                self._give_up(failure)
        if self._ffmpeg is None or (self._await_key and not packet.is_keyframe):
            return ()
        self._await_key = False
        return self._ffmpeg.decode(packet)

    def frame(self, decoded: Any) -> av.VideoFrame:
        """See `edge.sources.decoding.Decoder`."""
        return self._fetch(decoded) if isinstance(decoded, CardPicture) else decoded

    def _give_up(self, failure: NoNvdec) -> None:
        self._card = None
        self._ffmpeg = FfmpegDecoder(self._stream)
        self._mistrust.note(str(failure))

    def _fetch(self, picture: CardPicture) -> av.VideoFrame:
        """Copies NV12: all rows of brightness, then those of colour."""
        width, height, context = picture.width, picture.height, self._stream.codec_context
        address = ctypes.cast(picture.raw.GetPtrToPlane(0), ctypes.POINTER(ctypes.c_uint8))
        rows = np.ctypeslib.as_array(address, (height * 3 // 2, width))
        frame = av.VideoFrame.from_ndarray(rows, format="nv12")
        frame.pts, frame.time_base = picture.pts, picture.time_base
        frame.colorspace, frame.color_range = context.colorspace, context.color_range
        return frame


class _Card:
    """One decoder session on the first card. Everything raises NoNvdec."""

    def __init__(self, stream: av.VideoStream) -> None:
        context = stream.codec_context
        codec = _CODECS.get(context.codec.canonical_name)
        if codec is None:
            raise NoNvdec(f"NVDEC is used for H.264 and H.265, not for {context.codec.name}")
        self._library = library()
        self._failures: tuple[type[Exception], ...] = (
            self._library.PyNvVCException,
            self._library.PyNvVCExceptionUnsupported,
            RuntimeError,
        )
        # Parameter sets that stand in the stream's description alone come first.
        self._head = context.extradata or b""
        try:
            self._session = self._library.CreateDecoder(
                gpuid=0,
                codec=getattr(self._library.cudaVideoCodec, codec),
                usedevicememory=False,
            )
        except self._failures as error:
            raise NoNvdec(f"NVDEC makes no decoder: {_line(error)}") from None

    def decode(self, packet: VideoPacket) -> list[CardPicture]:
        data = np.frombuffer(self._head + bytes(packet), np.uint8)
        if not data.size:
            return []
        self._head = b""
        unit = self._library.PacketData()
        unit.bsl_data, unit.bsl = data.ctypes.data, data.size
        unit.pts = stamp_of(packet) or 0
        unit.key = int(packet.is_keyframe)
        try:
            frames = self._session.Decode(unit)
            return [self._picture(frame, packet.time_base) for frame in frames]
        except self._failures as error:
            raise NoNvdec(f"NVDEC failed: {_line(error)}") from None

    def _picture(self, raw: Any, time_base: Fraction | None) -> CardPicture:
        width, height = self._session.GetWidth(), self._session.GetHeight()
        even = width % 2 == height % 2 == 0
        if not even or raw.format != self._library.Pixel_Format.NV12:
            raise NoNvdec("NVDEC is used for pictures of 8 bits and even size, and these are not")
        if raw.framesize() != width * height * 3 // 2:
            raise NoNvdec(f"NVDEC's pictures of {width}×{height} are {raw.framesize()} bytes long")
        return CardPicture(raw.getPTS(), time_base, width, height, raw)


def library() -> Any:
    """The module PyNvVideoCodec. Raises NoNvdec where it is missing, or finds no driver."""
    try:
        return importlib.import_module(MODULE)
    except (ImportError, OSError, RuntimeError) as error:
        raise NoNvdec(f"{MODULE} cannot be loaded: {_line(error)}") from None


def _line(error: Exception) -> str:
    """The first line of what NVIDIA says, which may go on for thirty."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
