"""The record stream of a camera: packets only, nothing decoded.

A camera often has a small stream to look at and a large one to keep. This is the second: it
connects and fails exactly as `RtspSource` does, but costs no decoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Event
from types import TracebackType
from typing import Literal

from typing_extensions import Self

from edge.ports import Packet, StreamInfo
from edge.sources.camera import Camera
from edge.sources.decoding import info_of, packet_of, stream_ns
from edge.sources.knock import Doubts
from edge.sources.packet_times import PacketTimes
from edge.sources.shape import Shape
from edge.sources.wire import Wire


class PacketStream:
    """Packets of one RTSP stream, as they come. Used once, like a source."""

    def __init__(
        self,
        url: str,
        *,
        transport: Literal["tcp", "udp"] = "tcp",
        username: str | None = None,
        password: str | None = None,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 10.0,
        doubts: Doubts | None = None,
    ) -> None:
        self._camera = Camera(url, transport, username, password, connect_timeout_s, read_timeout_s)
        self._wire = Wire(self._camera, doubts)
        self._times = PacketTimes(self._camera.where)
        self._info: StreamInfo | None = None
        self._used = False

    @property
    def clock_stalls(self) -> int:
        """How often the stream's clock was given up for arrival times: 1 at most."""
        return self._times.stalls

    @property
    def info(self) -> StreamInfo:
        """What the camera sends; known once connected."""
        if self._info is None:
            raise RuntimeError("not connected")
        return self._info

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a stream is used once: build a new one to connect again")
        self._used = True
        self._wire.open()
        self._info = info_of(self._wire.stream)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._wire.close()

    def packets(self, stop: Event) -> Iterator[Packet]:
        """Yields packets, times counted from the first, until `stop`.

        Raises `SourceLost` when the stream ends, falls silent, changes the size of its pictures or
        its clock jumps.
        """
        shape = Shape(self.info)
        with closing(self._wire.read(stop)) as incoming:
            for arrived in incoming:
                raw = arrived.packet
                shift_ns = self._times.shift_ns(stream_ns(raw), arrived.at_ns)
                packet = packet_of(raw, shift_ns)
                if packet.keyframe:
                    shape.check(packet.data)
                yield packet
