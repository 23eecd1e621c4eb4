"""One camera's thread: connect, take pictures, leave the latest for the brain.

Whatever a camera does, it does to its own thread alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from edge.anchor import Anchor
from edge.core.types import Frame
from edge.mailbox import Mailboxes
from edge.ports import Clock, Picture, Source
from edge.reconnect import Tally, stay_connected
from edge.ring import PacketRing
from edge.sources.packets import PacketStream

_log = logging.getLogger(__name__)


class Grabber:
    """Reads the stream that is looked at. With a `ring`, its packets are kept as evidence."""

    def __init__(
        self,
        camera: str,
        make_source: Callable[[], Source],
        mailboxes: Mailboxes,
        clock: Clock,
        ring: PacketRing | None = None,
    ) -> None:
        self.camera = camera
        self.tally = Tally(since_ns=clock.now_ns())
        self._make_source = make_source
        self._mailboxes = mailboxes
        self._clock = clock
        self._ring = ring
        self._anchor = Anchor()

    def run(self, stop: Event) -> None:
        """Until `stop`, or until a recording ends."""
        stay_connected(self.camera, self._connection, self.tally, self._clock, stop)
        if not stop.is_set():
            self.tally.note("offline", "the recording ended", self._clock.now_ns())
            self._mailboxes.end(self.camera)

    def _connection(self, stop: Event) -> None:
        with self._make_source() as source:
            self.tally.connects += 1
            self.tally.note("no_frames", "connected, no picture yet", self._clock.now_ns())
            self._anchor.connected()
            if self._ring is not None:
                self._ring.started(source.info)
            _log.info("camera=%s connected: %s", self.camera, source.info)
            skipped, dropped = self.tally.skipped, self.tally.packets_dropped
            for picture in source.pictures(stop):
                self._leave(picture)
                self.tally.skipped = skipped + source.skipped
                self.tally.packets_dropped = dropped + source.packets_dropped

    def _leave(self, picture: Picture) -> None:
        now_ns = self._clock.now_ns()
        at_ns = self._anchor.at_ns(picture.pts_ns, now_ns)
        if self._ring is not None:
            self._ring.add(picture.packets, at_ns - picture.pts_ns)
        frame = Frame(self.camera, self.tally.frames, at_ns, picture.rgb, picture.full)
        self._mailboxes.put(frame)
        self.tally.frames += 1
        self.tally.last_ns = now_ns
        self.tally.clock_jumps = self._anchor.jumps
        if self.tally.reason != "ok":
            self.tally.note("ok", "pictures arrive", now_ns)


class Recorder:
    """Reads the second, larger stream of a camera, undecoded, for evidence alone."""

    def __init__(
        self, camera: str, make_stream: Callable[[], PacketStream], clock: Clock, ring: PacketRing
    ) -> None:
        self.camera = camera
        self.tally = Tally(since_ns=clock.now_ns())
        self._make_stream = make_stream
        self._clock = clock
        self._ring = ring
        self._anchor = Anchor()

    def run(self, stop: Event) -> None:
        """Until `stop`."""
        stay_connected(f"{self.camera} (record)", self._connection, self.tally, self._clock, stop)

    def _connection(self, stop: Event) -> None:
        with self._make_stream() as stream:
            self.tally.connects += 1
            self._anchor.connected()
            self._ring.started(stream.info)
            for packet in stream.packets(stop):
                now_ns = self._clock.now_ns()
                at_ns = self._anchor.at_ns(packet.pts_ns, now_ns)
                self._ring.add((packet,), at_ns - packet.pts_ns)
                self.tally.frames += 1
                self.tally.last_ns = now_ns
