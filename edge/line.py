"""One camera's threads: started, stopped and replaced without touching any other camera's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock

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
    show no sign of life: all its time-outs together, and some. A recording is not `live`."""

    source: MakeSource
    record: MakeStream | None
    ring: PacketRing | None
    stuck_s: float
    live: bool = True

    def check(self) -> None:
        """Takes the first picture of a recording, to see that it is one. Raises BadClip."""
        if not self.live:
            with self.source() as source:
                next(source.pictures(Event()), None)


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
        self._lock = Lock()  # who reloads and who watches over it are two threads
        self._started = False
        self._grabbing: list[Member] = []  # the last is at work, those before hang
        self._recording: list[Member] = []

    @property
    def ring(self) -> PacketRing | None:
        """Where its packets are kept."""
        return self._streams.ring

    def start(self) -> None:
        """Begins to read."""
        with self._lock:
            self._start()

    def stop(self) -> None:
        """Ends reading; does not wait for it."""
        with self._lock:
            self._stop()
        self._mailboxes.forget(self.camera)

    def restart(self, streams: Streams) -> None:
        """Reads these streams from now on."""
        with self._lock:
            self._stop()
            self._mailboxes.forget(self.camera)
            self._streams = streams
            if streams.record is None:
                self.record_tally = None
            self.tally.note("offline", "connecting anew", self._clock.now_ns())
            self._start()

    def replace_if_stuck(self, awake_s: float) -> None:
        """Gives up a thread that hangs, for a new one. `awake_s` is how long the watchdog has been
        awake itself: before that, silence proves nothing."""
        with self._lock:
            if not self._started:
                return
            if self._hangs(self.tally, self._grabbing, awake_s):
                self._grab()
            recorded = self.record_tally
            if recorded is not None and self._hangs(recorded, self._recording, awake_s):
                self._record()

    def _start(self) -> None:
        self._started = True
        self._grab()
        self._record()

    def _stop(self) -> None:
        self._started = False
        for member in (*self._grabbing[-1:], *self._recording[-1:]):
            member.leave()

    def _hangs(self, tally: Tally, members: list[Member], awake_s: float) -> bool:
        at_work = members[-1]
        silent_s = min((self._clock.now_ns() - tally.beat_ns) / 1e9, awake_s)
        if silent_s <= self._streams.stuck_s or not at_work.alive:
            return False
        tally.beat_ns = self._clock.now_ns()  # judged again after as long
        hung = [member for member in members[:-1] if member.alive]
        members[:] = [*hung, at_work]
        if len(hung) >= _GIVEN_UP_MAX:
            _log.error("camera=%s hangs; %d threads hang already", self.camera, len(hung))
            return False
        _log.error("camera=%s hangs for %.0f s: given up for a new thread", self.camera, silent_s)
        at_work.give_up()
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
        self._grabbing = [
            *(member for member in self._grabbing if member.alive),
            self._crew.add(f"grab:{self.camera}", grabber.run),
        ]

    def _record(self) -> None:
        """If there is a second stream, and its packets are wanted."""
        streams = self._streams
        if streams.record is None or streams.ring is None:
            return
        tally = self.record_tally = self.record_tally or Tally(since_ns=self._clock.now_ns())
        tally.beat_ns = self._clock.now_ns()
        recorder = Recorder(self.camera, streams.record, self._clock, streams.ring, tally=tally)
        self._recording = [
            *(member for member in self._recording if member.alive),
            self._crew.add(f"record:{self.camera}", recorder.run),
        ]
