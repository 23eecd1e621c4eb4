"""One camera's threads: started, stopped and replaced without touching any other camera's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from edge.crew import Crew, Member
from edge.grab import Grabber, Recorder
from edge.mailbox import Mailboxes
from edge.ports import Clock, Source
from edge.reconnect import Tally
from edge.ring import PacketRing
from edge.sources.packets import PacketStream

_GIVEN_UP_MAX = 3  # threads of one stream that hang and were left behind
_log = logging.getLogger(__name__)

MakeSource = Callable[[], Source]
MakeStream = Callable[[], PacketStream]


@dataclass(frozen=True)
class Streams:
    """How a camera is read: the stream that is looked at; the second one, if there is one, and the
    ring that keeps packets, if they are wanted. `stuck_s` is the longest that reading may rightly
    show no sign of life: all its time-outs together, and some."""

    source: MakeSource
    record: MakeStream | None
    ring: PacketRing | None
    stuck_s: float


class Line:
    """The threads of one camera. What it has counted goes on when threads or streams change."""

    def __init__(
        self, camera: str, streams: Streams, mailboxes: Mailboxes, clock: Clock, crew: Crew
    ) -> None:
        self.camera = camera
        self.tally = Tally(since_ns=clock.now_ns())
        self.record_tally: Tally | None = None
        self._streams = streams
        self._mailboxes = mailboxes
        self._clock = clock
        self._crew = crew
        self._grabbing: list[Member] = []  # the last is at work, those before hang
        self._recording: list[Member] = []

    @property
    def ring(self) -> PacketRing | None:
        """Where its packets are kept."""
        return self._streams.ring

    def start(self) -> None:
        """Begins to read."""
        self._grab()
        if self._streams.record is not None and self._streams.ring is not None:
            self._record()

    def stop(self) -> None:
        """Ends reading; does not wait for it."""
        for member in (*self._grabbing[-1:], *self._recording[-1:]):
            member.leave()
        self._mailboxes.forget(self.camera)

    def restart(self, streams: Streams) -> None:
        """Reads these streams from now on."""
        self.stop()
        self._streams = streams
        self.tally.note("offline", "connecting anew", self._clock.now_ns())
        self.start()

    def replace_if_stuck(self, awake_s: float) -> None:
        """Gives up a thread that hangs, for a new one. `awake_s` is how long the watchdog has been
        awake itself: before that, silence proves nothing."""
        if self._hangs(self.tally, self._grabbing, awake_s):
            self._grab()
        if self.record_tally is not None and self._hangs(
            self.record_tally, self._recording, awake_s
        ):
            self._record()

    def _hangs(self, tally: Tally, members: list[Member], awake_s: float) -> bool:
        silent_s = min((self._clock.now_ns() - tally.beat_ns) / 1e9, awake_s)
        if silent_s <= self._streams.stuck_s or not members[-1].alive:
            return False
        tally.beat_ns = self._clock.now_ns()  # judged again after as long
        members[:] = [member for member in members if member.alive]
        if len(members) > _GIVEN_UP_MAX:
            _log.error("camera=%s hangs; %d threads hang already", self.camera, len(members) - 1)
            return False
        _log.error("camera=%s hangs for %.0f s: given up for a new thread", self.camera, silent_s)
        members[-1].give_up()
        tally.replaced += 1
        tally.note("offline", f"reading hung for {silent_s:.0f} s", self._clock.now_ns())
        return True

    def _grab(self) -> None:
        streams, tally = self._streams, self.tally
        tally.beat_ns = self._clock.now_ns()
        ring = streams.ring if streams.record is None else None
        grabber = Grabber(
            self.camera, streams.source, self._mailboxes, self._clock, ring=ring, tally=tally
        )
        self._grabbing.append(self._crew.add(f"grab:{self.camera}", grabber.run))

    def _record(self) -> None:
        streams = self._streams
        if streams.record is None or streams.ring is None:
            return
        tally = self.record_tally = self.record_tally or Tally(since_ns=self._clock.now_ns())
        tally.beat_ns = self._clock.now_ns()
        recorder = Recorder(self.camera, streams.record, self._clock, streams.ring, tally=tally)
        self._recording.append(self._crew.add(f"record:{self.camera}", recorder.run))
