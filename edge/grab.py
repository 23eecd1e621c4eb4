"""One camera's thread: connect, take pictures, leave the latest for the brain.

Whatever a camera does, it does to its own thread alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from edge.anchor import Anchor
from edge.core.types import Frame
from edge.errors import BadClip, SourceLost
from edge.mailbox import Mailboxes
from edge.ports import Clock, Picture, Source
from edge.reconnect import Tally, stay_connected
from edge.ring import PacketRing
from edge.sources.packets import PacketStream

_log = logging.getLogger(__name__)


class Grabber:
    """Reads the stream that is looked at. With a `ring`, its packets are kept as evidence. Goes on
    with the `tally` of the one before, if there was one. Once it is told to stop it changes neither
    tally nor ring nor mailbox any more: another may have taken its place."""

    def __init__(
        self,
        camera: str,
        make_source: Callable[[], Source],
        mailboxes: Mailboxes,
        clock: Clock,
        *,
        ring: PacketRing | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.camera = camera
        self.tally = tally or Tally(since_ns=clock.now_ns())
        self._make_source = make_source
        self._mailboxes = mailboxes
        self._clock = clock
        self._ring = ring
        self._anchor = Anchor()
        self._jumps = self.tally.clock_jumps
        self._decoded_by = ""

    def run(self, stop: Event) -> None:
        """Until `stop`, or until a recording ends."""
        stay_connected(self.camera, self._connection, self.tally, self._clock, stop)
        if not stop.is_set():
            self.tally.note("offline", "the recording ended", self._clock.now_ns())
            self._mailboxes.end(self.camera)

    def _connection(self, stop: Event) -> None:
        try:
            self._watch(stop)
        except BadClip as error:
            # It could be read when it was named, or the daemon would not have taken it.
            raise SourceLost(str(error)) from error

    def _watch(self, stop: Event) -> None:
        with self._make_source() as source:
            if stop.is_set():
                return
            self.tally.connects += 1
            self.tally.beat_ns = self._clock.now_ns()
            self.tally.note("no_frames", "connected, no picture yet", self.tally.beat_ns)
            self._anchor.connected()
            if self._ring is not None:
                self._ring.started(source.info)
            self._decoded_by = source.info.decoder
            _log.info("camera=%s connected: %s", self.camera, source.info, extra={"each": True})
            tally = self.tally
            skipped, dropped, stalls = tally.skipped, tally.packets_dropped, tally.clock_stalls
            for picture in source.pictures(stop):
                if stop.is_set():
                    return
                self._leave(picture)
                tally.skipped = skipped + source.skipped
                tally.packets_dropped = dropped + source.packets_dropped
                tally.clock_stalls = stalls + source.clock_stalls

    def _leave(self, picture: Picture) -> None:
        now_ns = self._clock.now_ns()
        at_ns = self._anchor.at_ns(picture.pts_ns, now_ns)
        if self._ring is not None:
            self._ring.add(picture.packets, at_ns - picture.pts_ns)
        seq = self.tally.frames
        frame = Frame(self.camera, seq, at_ns, picture.small, picture.full, picture.held)
        self._mailboxes.put(frame)
        self.tally.frames += 1
        self.tally.last_ns = self.tally.beat_ns = now_ns
        self.tally.clock_jumps = self._jumps + self._anchor.jumps
        if self.tally.reason != "ok":
            by = f", decoded by {self._decoded_by}" if self._decoded_by else ""
            self.tally.note("ok", f"pictures arrive{by}", now_ns)


class Recorder:
    """Reads the second, larger stream of a camera, undecoded, for evidence alone."""

    def __init__(
        self,
        camera: str,
        make_stream: Callable[[], PacketStream],
        clock: Clock,
        ring: PacketRing,
        *,
        tally: Tally | None = None,
    ) -> None:
        self.camera = camera
        self.tally = tally or Tally(since_ns=clock.now_ns())
        self._make_stream = make_stream
        self._clock = clock
        self._ring = ring
        self._anchor = Anchor()

    def run(self, stop: Event) -> None:
        """Until `stop`."""
        stay_connected(f"{self.camera} (record)", self._connection, self.tally, self._clock, stop)

    def _connection(self, stop: Event) -> None:
        with self._make_stream() as stream:
            if stop.is_set():
                return
            self.tally.connects += 1
            self.tally.beat_ns = self._clock.now_ns()
            self._anchor.connected()
            self._ring.started(stream.info)
            for packet in stream.packets(stop):
                if stop.is_set():
                    return
                now_ns = self._clock.now_ns()
                at_ns = self._anchor.at_ns(packet.pts_ns, now_ns)
                self._ring.add((packet,), at_ns - packet.pts_ns)
                self.tally.frames += 1
                self.tally.last_ns = self.tally.beat_ns = now_ns
