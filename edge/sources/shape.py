"""The size of the pictures in a stream that is not decoded."""

from __future__ import annotations

import av
import av.error
from av.video.codeccontext import VideoCodecContext

from edge.errors import SourceLost
from edge.ports import StreamInfo

_NAL_KIND = {"h264": (0x1F, 0, 7), "hevc": (0x3F, 1, 33)}  # mask, shift, sequence parameters


class Shape:
    """Told of every key frame; looks into it only when its sequence parameters are new."""

    def __init__(self, info: StreamInfo) -> None:
        self._codec = info.codec
        self._size = (info.width, info.height)
        self._known: set[bytes] = set()

    def check(self, keyframe: bytes) -> None:
        """Raises `SourceLost` when the pictures have another size now."""
        parameters = _sequence_parameters(self._codec, keyframe)
        if parameters is None or parameters in self._known:
            return
        self._known = {parameters}
        size = _size_of(self._codec, keyframe)
        if size is not None and size != self._size:
            was, now = (f"{width}×{height}" for width, height in (self._size, size))
            raise SourceLost(f"the camera's pictures were {was} and are {now} now")


def _sequence_parameters(codec: str, unit: bytes) -> bytes | None:
    """The first sequence parameter set of an Annex B unit; None where there is none."""
    if codec not in _NAL_KIND:
        return None
    mask, shift, wanted = _NAL_KIND[codec]
    for piece in unit[:4096].split(b"\0\0\1")[1:]:
        if piece and piece[0] >> shift & mask == wanted:
            return piece
    return None


def _size_of(codec: str, keyframe: bytes) -> tuple[int, int] | None:
    decoder = av.CodecContext.create(codec, "r")
    if not isinstance(decoder, VideoCodecContext):
        return None
    try:
        frames = [*decoder.decode(av.Packet(keyframe)), *decoder.decode(None)]
    except av.error.FFmpegError:
        return None
    return (frames[0].width, frames[0].height) if frames else None
