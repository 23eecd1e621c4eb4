"""The packets of an incident as an MP4 file, without decoding them."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import accumulate

import av
import av.error

from edge.ring import Cut

_TICK = Fraction(1, 90_000)
_ALONE_NS = 40_000_000  # how long a clip of one picture is


class NoClip(Exception):
    """These packets make no clip: garbled, or of a codec that MP4 does not hold."""


def mp4(cut: Cut) -> bytes:
    """The packets (Annex B, as live streams deliver them) as an MP4 file, without decoding. Plays
    from the first key frame on. Raises NoClip where they make none."""
    try:
        return _mp4(cut)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise NoClip(f"{cut.info.codec}: {error}") from error


def _mp4(cut: Cut) -> bytes:
    data = io.BytesIO()
    head = cut.info.extradata + cut.packets[0].packet.data
    # An elementary stream of one picture: what an MP4's header wants to know, FFmpeg reads there.
    with (
        av.open(io.BytesIO(head), "r", format=cut.info.codec) as template,
        av.open(data, "w", format="mp4") as output,
    ):
        stream = output.add_stream_from_template(template.streams.video[0])
        first_ns = min(one.packet.dts_ns for one in cut.packets)
        dts = _rising([_ticks(one.packet.dts_ns - first_ns) for one in cut.packets])
        for one, at, following in zip(cut.packets, dts, dts[1:], strict=False):
            packet = av.Packet(one.packet.data)
            packet.stream = stream
            packet.time_base = _TICK
            packet.dts = at
            packet.pts = max(_ticks(one.packet.pts_ns - first_ns), at)
            packet.duration = following - at  # without it players leave out the last picture
            packet.is_keyframe = one.packet.keyframe
            output.mux(packet)
    return data.getvalue()


def _rising(ticks: list[int]) -> list[int]:
    """The times, each later than the one before, and one more: where the last picture ends."""
    rising = list(accumulate(ticks, lambda before, tick: max(tick, before + 1)))
    mean = (rising[-1] - rising[0]) // max(len(rising) - 1, 1)
    return [*rising, rising[-1] + (mean or _ticks(_ALONE_NS))]


def _ticks(ns: int) -> int:
    return ns * 90 // 1_000_000
