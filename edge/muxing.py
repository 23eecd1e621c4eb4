"""The packets of an incident as an MP4 file, without decoding them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import accumulate

import av
import av.error

from edge.ring import Cut

_TICK = Fraction(1, 90_000)
_ALONE_NS = 40_000_000  # how long a clip of one picture is
# An index comes to some 40 bytes a picture; room for it is kept in front, and the rest left empty.
_INDEX_BYTES, _INDEX_BYTES_PER_PICTURE = 8192, 64
# Players of Apple's, and browsers, take H.265 under this name alone.
_TAGS = {"hevc": "hvc1"}


class NoClip(Exception):
    """These packets make no clip: garbled, or of a codec that MP4 does not hold."""


@dataclass(frozen=True)
class About:
    """What a clip says of itself: when its first picture was taken, and of what it is."""

    began_at: datetime
    title: str


def mp4(cut: Cut, about: About | None = None) -> bytes:
    """The packets (Annex B, as live streams deliver them) as an MP4 file, without decoding. Plays
    from the first key frame on, and while it is still loading: its index comes first. Raises NoClip
    where they make none."""
    try:
        return _mp4(cut, about)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise NoClip(f"{cut.info.codec}: {error}") from error


def _mp4(cut: Cut, about: About | None) -> bytes:
    data = io.BytesIO()
    head = cut.info.extradata + cut.packets[0].packet.data
    # FFmpeg's `faststart` reads the file again by its name, and this one has none.
    index_bytes = (
        _INDEX_BYTES + 2 * len(cut.info.extradata) + _INDEX_BYTES_PER_PICTURE * len(cut.packets)
    )
    # An elementary stream of one picture: what an MP4's header wants to know, FFmpeg reads there.
    with (
        av.open(io.BytesIO(head), "r", format=cut.info.codec) as template,
        av.open(data, "w", format="mp4", options={"moov_size": str(index_bytes)}) as output,
    ):
        if about is not None:
            # ISO 14496-12 counts from 1904 in whole seconds; FFmpeg reads this form.
            output.metadata["creation_time"] = about.began_at.isoformat(timespec="milliseconds")
            output.metadata["title"] = about.title
        stream = output.add_stream_from_template(template.streams.video[0])
        if cut.info.codec in _TAGS:
            stream.codec_context.codec_tag = _TAGS[cut.info.codec]
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
