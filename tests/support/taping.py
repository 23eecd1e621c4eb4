"""From a clip to the access units that a test server plays, without encoding it again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.video.codeccontext import VideoCodecContext

from tests.support.tape import Unit

_NS = 1_000_000_000
_TO_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
_HOLD_WITH = {"h264": "libx264", "hevc": "libx265"}


def units_of(clip: Path) -> tuple[str, list[Unit]]:
    """The clip's access units in decoding order, times from zero."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context.codec.canonical_name
        packets = [packet for packet in container.demux(stream) if packet.size]
        if codec in _TO_ANNEX_B:
            bitstream = BitStreamFilterContext(_TO_ANNEX_B[codec], stream)
            packets = [out for packet in packets for out in bitstream.filter(packet)]
        elif codec != "mjpeg":
            raise ValueError(f"{clip}: cannot serve {codec} over RTSP")
        base = stream.time_base or Fraction(1, 90_000)
        step_ns = int(_NS / (stream.average_rate or 25))
        first = min(packet.pts or 0 for packet in packets)
        units = [
            Unit(
                int(((packet.pts or 0) - first) * base * _NS),
                int(
                    ((packet.dts if packet.dts is not None else packet.pts or 0) - first)
                    * base
                    * _NS
                ),
                int((packet.duration or 0) * base * _NS) or step_ns,
                bytes(packet),
            )
            for packet in packets
        ]
    return codec, units


def joined(first: list[Unit], second: list[Unit]) -> list[Unit]:
    """One after the other, on one clock."""
    end_ns = max(unit.pts_ns + unit.duration_ns for unit in first)
    return first + [
        replace(unit, pts_ns=unit.pts_ns + end_ns, dts_ns=unit.dts_ns + end_ns) for unit in second
    ]


def held_units(clip: Path, codec: str, before: list[Unit], hold_s: float) -> list[Unit]:
    """The last picture of the clip, still, encoded with headers in the stream."""
    if codec not in _HOLD_WITH:
        raise ValueError(f"cannot hold the last picture of {codec}")
    last: av.VideoFrame | None = None
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            last = frame
    if last is None:
        raise ValueError(f"{clip}: no pictures")
    start_ns = max(unit.pts_ns + unit.duration_ns for unit in before)
    step_ns = before[-1].duration_ns
    encoder = av.CodecContext.create(_HOLD_WITH[codec], "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = last.width, last.height, "yuv420p"
    encoder.time_base = Fraction(1, _NS)
    encoder.framerate = Fraction(_NS, step_ns).limit_denominator(1001)
    encoder.max_b_frames, encoder.gop_size, encoder.thread_count = 0, 50, 1
    encoder.options = {"preset": "ultrafast", "crf": "18"}
    if codec == "hevc":
        encoder.options["x265-params"] = "log-level=none"
    still = last.reformat(format="yuv420p")
    packets = []
    for number in range(int(hold_s * _NS / step_ns)):
        still.pts, still.time_base = start_ns + number * step_ns, Fraction(1, _NS)
        still.pict_type = 0
        packets += encoder.encode(still)
    packets += encoder.encode(None)
    return [Unit(p.pts or 0, p.dts or p.pts or 0, step_ns, bytes(p)) for p in packets]
