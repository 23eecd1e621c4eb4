"""A live camera over RTSP, read by FFmpeg, and decoded by it on the CPU if nobody else does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from threading import Event
from types import TracebackType
from typing import Literal

import av
from typing_extensions import Self

from edge.errors import SourceStalled
from edge.ports import Picture, StreamInfo
from edge.sources.camera import Camera
from edge.sources.decoding import Decoder, Decoding, FfmpegDecoder, info_of
from edge.sources.knock import Doubts
from edge.sources.sampling import NS, Sampler
from edge.sources.timeline import Timeline
from edge.sources.wire import Wire

# Once pictures came: a camera that changes its codec is asked anew before anybody waits for it.
_BLIND_S = 4.0


class RtspSource:
    """Pictures of one RTSP stream (H.264, H.265 or whatever else FFmpeg decodes).

    `fit` is the (width, height) the small picture must fit in. Times out after
    `connect_timeout_s` while connecting and after `read_timeout_s` without a decodable picture;
    after 4 s at most, if data goes on coming that is none any more.
    Credentials may stand in `url` or apart; they appear in no message. `doubts` are those of all
    connections to this camera. `decoder` makes what decodes the stream.
    """

    live = True
    damage = ""

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
        doubts: Doubts | None = None,
        decoder: Callable[[av.VideoStream], Decoder] = FfmpegDecoder,
    ) -> None:
        self._make_decoder = decoder
        self._camera = Camera(url, transport, username, password, connect_timeout_s, read_timeout_s)
        self._fit = fit
        self._sampler = Sampler(sample_fps)
        self._wire = Wire(self._camera, doubts)
        self._decoding: Decoding | None = None
        self._timeline = Timeline(live=True, step_ns=NS // 25)
        self._info: StreamInfo | None = None
        self._used = False
        self.skipped = 0

    @property
    def packets_dropped(self) -> int:
        """Packets let go because decoding lagged behind, or no picture came to take them."""
        dropped = self._decoding.packets_dropped if self._decoding else 0
        return dropped + self._wire.packets_dropped

    @property
    def clock_stalls(self) -> int:
        """How often the stream's clock was given up for arrival times: 1 at most."""
        return self._timeline.stalls

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
        decoder = self._make_decoder(stream)
        self._info = replace(info_of(stream), decoder=decoder.name)
        step_ns = int(NS / (self._info.fps or 25))
        self._timeline = Timeline(live=True, step_ns=step_ns, name=self._camera.where)
        self._decoding = Decoding(
            stream,
            fit=self._fit,
            sampler=self._sampler,
            timeline=self._timeline,
            live=True,
            decoder=decoder,
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
        seen, blind_since_s = 0, time.monotonic()
        with closing(self._wire.read(stop)) as incoming:
            for arrived in incoming:
                yield from decoding.feed(arrived.packet, arrived.at_ns)
                self.skipped = decoding.skipped
                if decoding.decoded > seen:
                    seen, blind_since_s = decoding.decoded, 0.0
                    continue
                blind_since_s = blind_since_s or time.monotonic()
                most_s = patience_s(self._camera.read_timeout_s, pictures_came=seen > 0)
                if time.monotonic() - blind_since_s > most_s:
                    raise SourceStalled(
                        f"{self._camera.where}: data comes, but no picture could be decoded "
                        f"for {most_s:g} s"
                    )


def patience_s(read_timeout_s: float, *, pictures_came: bool) -> float:
    """How long data may come that makes no picture."""
    return min(read_timeout_s, _BLIND_S) if pictures_came else read_timeout_s
