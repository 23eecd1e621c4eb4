"""A clip decoded, made unrecognisable where it must be, and encoded anew as H.264: picture after
picture, all on one thread, so that those who look lose a core to it at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import cast

import av
import av.error
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from edge.core.types import Rgb
from edge.muxing import NoClip
from edge.ports import Packet, StreamInfo
from edge.ring import Cut, Kept

_TICK = Fraction(1, 90_000)
_WIDTH_PX_MAX = 1280
_ENCODERS = ("libx264", "libopenh264")  # the second where a system's FFmpeg has no GPL parts
# Blocks compress well; 26 is where x264's own scale still shows no further ones.
_OPTIONS = {"libx264": {"preset": "veryfast", "crf": "26", "tune": "zerolatency"}}
_KEY_EVERY = 50  # pictures

Change = Callable[[Rgb, int], Rgb]  # of a picture taken at that camera time, in ns
Meanwhile = Callable[[], None]  # what is done between two pictures; it may raise to give up


@dataclass(frozen=True)
class _Decoded:
    at_ns: int
    rgb: Rgb


def recoded(cut: Cut, change: Change, meanwhile: Meanwhile = lambda: None) -> Cut:
    """The same pictures, none wider than 1280, each as `change` makes it; H.264, no sound. Raises
    NoClip where nothing can be decoded, or where this FFmpeg has no encoder."""
    encoder: VideoCodecContext | None = None
    packets: list[av.Packet[VideoStream]] = []
    last = -1
    first_ns = min(one.at_ns for one in cut.packets)
    try:
        for one in _decoded(cut):
            meanwhile()
            rgb = change(one.rgb, one.at_ns)
            if encoder is None:
                encoder = _encoder(rgb.shape[1], rgb.shape[0], cut.info.fps)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            last = max(last + 1, (one.at_ns - first_ns) * 90 // 1_000_000)
            frame.pts, frame.time_base = last, _TICK
            packets += encoder.encode(frame)
        if encoder is None:
            raise NoClip(f"{cut.info.codec}: no picture of it can be decoded")
        packets += encoder.encode(None)
    except (av.error.FFmpegError, ValueError) as error:
        raise NoClip(f"{cut.info.codec}, encoded anew: {error}") from error
    info = StreamInfo("h264", encoder.width, encoder.height, cut.info.fps, b"")
    return Cut(info, tuple(_kept(packet, first_ns) for packet in packets))


def _decoded(cut: Cut) -> Iterator[_Decoded]:
    """Every picture that decodes, all of the first one's size."""
    decoder = cast(VideoCodecContext, av.CodecContext.create(cut.info.codec, "r"))
    decoder.thread_count = 1
    if cut.info.extradata:
        decoder.extradata = cut.info.extradata
    first_ns = min(one.at_ns for one in cut.packets)
    size: tuple[int, int] | None = None
    for packet in chain((_sent(one, first_ns) for one in cut.packets), (None,)):
        try:
            frames = decoder.decode(packet)
        except av.error.InvalidDataError:  # one that was garbled on the way
            continue
        for frame in frames:
            size = size or _size(frame.width, frame.height)
            rgb = frame.to_ndarray(format="rgb24", width=size[0], height=size[1])
            pts = 0 if frame.pts is None else frame.pts
            yield _Decoded(first_ns + pts * 1000, np.asarray(rgb, np.uint8))


def _sent(one: Kept, first_ns: int) -> av.Packet[VideoStream]:
    packet = cast("av.Packet[VideoStream]", av.Packet(one.packet.data))
    packet.time_base = Fraction(1, 1_000_000)
    packet.pts = (one.at_ns - first_ns) // 1000
    packet.dts = packet.pts - (one.packet.pts_ns - one.packet.dts_ns) // 1000
    return packet


def _size(width: int, height: int) -> tuple[int, int]:
    """Even, as H.264 wants it, and not too wide."""
    scale = min(1.0, _WIDTH_PX_MAX / width)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _encoder(width: int, height: int, fps: float) -> VideoCodecContext:
    for name in _ENCODERS:
        if name in av.codecs_available:
            break
    else:
        raise NoClip("this FFmpeg has no H.264 encoder; install PyAV from its wheel")
    encoder = cast(VideoCodecContext, av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = _TICK
    encoder.framerate = Fraction(fps or 25).limit_denominator(1001)
    encoder.gop_size, encoder.max_b_frames, encoder.thread_count = _KEY_EVERY, 0, 1
    encoder.options = dict(_OPTIONS.get(name, {}))
    return encoder


def _kept(packet: av.Packet[VideoStream], first_ns: int) -> Kept:
    pts_ns, dts_ns = (
        first_ns + (ticks or 0) * 1_000_000 // 90 for ticks in (packet.pts, packet.dts)
    )
    return Kept(pts_ns, Packet(pts_ns, dts_ns, packet.is_keyframe, bytes(packet)))
