"""A live camera over RTSP, decoded by FFmpeg on the CPU."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from types import TracebackType
from typing import Literal

from typing_extensions import Self

from edge.errors import SourceLost
from edge.ports import Picture, StreamInfo
from edge.sources.camera import Camera
from edge.sources.decoding import Decoding, info_of
from edge.sources.sampling import NS, Sampler
from edge.sources.timeline import Timeline
from edge.sources.wire import Wire


class RtspSource:
    """Pictures of one RTSP stream (H.264, H.265 or whatever else FFmpeg decodes).

    `fit` is the (width, height) the small picture must fit in. Times out after
    `connect_timeout_s` while connecting and after `read_timeout_s` without a decodable picture.
    Credentials may stand in `url` or apart; they appear in no message.
    """

    live = True

    def __init__(
        self,
        url: str,
        *,
        fit: tuple[int, int],
        sample_fps: float,
        transport: Literal["tcp", "udp"] = "tcp",
        username: str | None = None,
        password: str | None = None,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 10.0,
    ) -> None:
        self._camera = Camera(url, transport, username, password, connect_timeout_s, read_timeout_s)
        self._fit = fit
        self._sampler = Sampler(sample_fps)
        self._wire = Wire(self._camera)
        self._decoding: Decoding | None = None
        self._info: StreamInfo | None = None
        self._used = False
        self.skipped = 0

    @property
    def packets_dropped(self) -> int:
        """Packets let go because decoding lagged behind, or no picture came to take them."""
        dropped = self._decoding.packets_dropped if self._decoding else 0
        return dropped + self._wire.packets_dropped

    @property
    def info(self) -> StreamInfo:
        """What the camera sends; known once connected."""
        if self._info is None:
            raise RuntimeError("not connected")
        return self._info

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a source is used once: build a new one to connect again")
        self._used = True
        self._wire.open()
        stream = self._wire.stream
        self._info = info_of(stream)
        step_ns = int(NS / (self._info.fps or 25))
        self._decoding = Decoding(
            stream,
            fit=self._fit,
            sampler=self._sampler,
            timeline=Timeline(live=True, step_ns=step_ns),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._wire.close()

    def pictures(self, stop: Event) -> Iterator[Picture]:
        """Yields pictures until `stop`; raises `SourceLost` when the stream ends or fails."""
        decoding = self._decoding
        if decoding is None:
            raise RuntimeError("not connected")
        seen_s, seen = time.monotonic(), 0
        with closing(self._wire.read(stop)) as packets:
            for packet in packets:
                yield from decoding.feed(packet)
                self.skipped = decoding.skipped
                if decoding.decoded > seen:
                    seen_s, seen = time.monotonic(), decoding.decoded
                elif time.monotonic() - seen_s > self._camera.read_timeout_s:
                    raise SourceLost(
                        f"{self._camera.where}: data comes, but no picture could be decoded "
                        f"for {self._camera.read_timeout_s:g} s"
                    )
