from __future__ import annotations

import threading
from itertools import islice
from threading import Event
from typing import Literal

import pytest

from edge.errors import SourceLost
from edge.ports import Packet
from edge.sources.packets import PacketStream
from tests.support.rtsp_server import RtspServer
from tests.support.until import until


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_every_packet_of_the_stream_comes(
    server: RtspServer, transport: Literal["tcp", "udp"]
) -> None:
    packets: list[Packet] = []
    with PacketStream(server.url("/h264"), transport=transport) as stream:
        assert stream.info.codec == "h264"
        why = to_the_end(stream, packets)
    assert "the stream ended" in why
    # Over UDP the end of the stream has a port of its own and may overtake the last picture.
    assert len(packets) in ((24,) if transport == "tcp" else (23, 24))
    assert [packet.pts_ns for packet in packets] == pytest.approx(
        [n * 1e9 / 12 for n in range(len(packets))], abs=1e6
    )


def to_the_end(stream: PacketStream, packets: list[Packet]) -> str:
    try:
        for packet in stream.packets(Event()):
            packets.append(packet)
    except SourceLost as lost:
        return str(lost)
    raise AssertionError("a live stream that ends says so")


def test_stop_ends_it_and_leaving_gives_everything_back(server: RtspServer) -> None:
    threads, stop = threading.active_count(), Event()
    with PacketStream(server.url("/endless")) as stream:
        incoming = stream.packets(stop)
        packets = list(islice(incoming, 40))
        stop.set()
        assert list(incoming) == []
    assert [packet.pts_ns for packet in packets] == pytest.approx(
        [n * 1e9 / 12 for n in range(40)], abs=1e6
    )
    assert [n for n, packet in enumerate(packets) if packet.keyframe] == [0, 20, 24]
    assert all(packet.data.startswith(b"\0\0") for packet in packets)
    until(lambda: threading.active_count() <= threads, "all threads to end")


def test_a_clock_that_turns_back_far_is_a_loss(server: RtspServer) -> None:
    with PacketStream(server.url("/far_back")) as stream:
        assert to_the_end(stream, []) == "stream clock jumped by -2.9 s"


def test_it_fails_as_a_source_does(server: RtspServer) -> None:
    with pytest.raises(SourceLost, match=r"no such stream \(404\)"):
        PacketStream(server.url("/nothing")).__enter__()
    stream = PacketStream(server.url("/h264"))
    with pytest.raises(RuntimeError):
        assert stream.info
    with stream:
        pass
    with pytest.raises(RuntimeError, match="once"):
        stream.__enter__()
