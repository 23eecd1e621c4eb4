"""Real packets, as a live stream would deliver them, out of small encoded clips."""

from __future__ import annotations

from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext

from edge.ports import Packet, StreamInfo
from tests.edge.frames import NS

_TO_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


def packets_of(clip: Path) -> tuple[StreamInfo, list[Packet]]:
    """The clip's access units in decoding order, Annex B where the codec knows it."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context.codec.canonical_name
        raw = [packet for packet in container.demux(stream) if packet.size]
        if codec in _TO_ANNEX_B:
            to_annex_b = BitStreamFilterContext(_TO_ANNEX_B[codec], stream)
            raw = [out for packet in raw for out in to_annex_b.filter(packet)]
        base = stream.time_base
        assert base is not None
        packets = [
            Packet(
                int((packet.pts or 0) * base * NS),
                int((packet.dts or 0) * base * NS),
                packet.is_keyframe,
                bytes(packet),
            )
            for packet in raw
        ]
        rate = float(stream.average_rate or 0)
        info = StreamInfo(codec, stream.width, stream.height, rate, b"")
    return info, packets
