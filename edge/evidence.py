"""What stays on the device to look at: a snapshot and a clip of each incident, for a while."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock

from alerts.event import Evidence, EvidenceFile
from edge.clips import Clips, Gathering, Veil, Wanted
from edge.muxing import NoClip
from edge.ports import Clock
from edge.ring import PacketRing
from edge.shelf import Limits, NotKept, Shelf

__all__ = ["Keeper", "Limits"]

_WAIT_S = 0.5
_HANDED_MAX = 16
_KNOWN_MAX = 256
_PATIENCE_S = 1.0  # that an alert waits for its picture to be on disk
_SWEEP_S = 300.0
_END_S = 1.5  # for clips that are being encoded when it stops
_NICE = 10  # those who look go first
_log = logging.getLogger(__name__)

ClipMade = Callable[[str, bytes], None]  # event id, MP4


@dataclass(frozen=True)
class _Handed:
    event_id: str
    seq: int
    jpeg: bytes
    plain: bytes | None
    done: Event


class Keeper:
    """Writes evidence into one folder. A disk that refuses or a stream that makes no clip costs the
    evidence, is logged and counted (`failed`), and never the alert.

    `anew` has every clip encoded anew, as H.264. `clip_made` is called with each that was kept, by
    the thread that made it."""

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        clock: Clock,
        *,
        anew: bool = False,
        clip_made: ClipMade = lambda _event_id, _mp4: None,
    ) -> None:
        self.failed = 0
        self.shelf = Shelf(folder, limits)
        self._folder = folder
        self._limits = limits
        self._clock = clock
        self._anew = anew
        self._clip_made = clip_made
        self._lock = Lock()
        self._wake = Event()
        self._handed: list[_Handed] = []
        self._late = False  # the disk hangs: nobody waits for it
        self._clips = Clips(clock)
        self._known: dict[str, Evidence] = {}

    def of(self, event_id: str) -> Evidence:
        """What there is of an incident by now."""
        with self._lock:
            return self._known.get(event_id, Evidence())

    def give_way(self, event_id: str) -> None:
        """What is kept of that event, a camera alert, goes before what is kept of any incident. To
        be said before anything of it is handed in."""
        self.shelf.give_way(event_id)

    def snapshot(self, event_id: str, seq: int, jpeg: bytes, plain: bytes | None = None) -> None:
        """Keep a picture; it is the incident's snapshot from now on. `plain` is the same one with
        nothing drawn into it: kept only beside it."""
        file = self._write(event_id, f"{event_id}-{seq}.jpg", jpeg)
        if file is not None:
            name = f"{event_id}-{seq}-plain.jpg"
            beside = None if plain is None else self._write(event_id, name, plain)
            self._note(event_id, snapshot=file, plain=beside)

    def hand_in(self, event_id: str, seq: int, jpeg: bytes, plain: bytes | None = None) -> None:
        """As `snapshot`, on the thread of `write_pictures`; waits for that no longer than a second,
        and not at all while the disk hangs."""
        handed = _Handed(event_id, seq, jpeg, plain, Event())
        with self._lock:
            full = len(self._handed) >= _HANDED_MAX
            if not full:
                self._handed.append(handed)
        if full:
            self._fail("event=%s: too many pictures wait to be written; one is not kept", event_id)
            return
        self._wake.set()
        if not self._late and not handed.done.wait(_PATIENCE_S):
            self._late = True
            _log.error("the disk of %s hangs: alerts do not wait for their pictures", self._folder)

    def waiting(self) -> int:
        """How many pictures and clips are still to be written."""
        with self._lock:
            return len(self._handed) + self._clips.waiting()

    def want_clip(
        self, event_id: str, ring: PacketRing, at_ns: int, veil: Veil | None = None
    ) -> None:
        """Cut a clip around `at_ns` (camera time) once its end has come."""
        wanted = Wanted(
            event_id,
            ring,
            at_ns,
            self._clock.utc(at_ns),
            at_ns - int(self._limits.before_s * 1e9),
            at_ns + int(self._limits.after_s * 1e9),
            veil,
            self._anew,
        )
        if not self._clips.want(wanted):
            self._fail("event=%s: too many clips wait to be written; none is kept of it", event_id)

    def write_pictures(self, stop: Event) -> None:
        """Write what is handed in, until `stop`; apart from clips, which take long."""
        while not stop.is_set():
            self._wake.wait(_WAIT_S)
            self._wake.clear()
            self._write_handed()
        self._write_handed()

    def run(self, stop: Event) -> None:
        """Make clips as they become complete, and clear out old evidence."""
        swept_s = -_SWEEP_S
        between = _Between(self._clips, stop).pictures
        while not stop.wait(_WAIT_S):
            self._clips.gather()
            self._make_due(between, everything=False)
            if time.monotonic() - swept_s > _SWEEP_S:
                self.sweep()
                swept_s = time.monotonic()
        self._clips.gather()
        self._make_due(between, everything=True)

    def sweep(self) -> None:
        """Delete what is too old, too many or too much, the oldest incidents first."""
        try:
            self.shelf.sweep()
        except NotKept as reason:
            self._fail("%s", reason)

    def _write_handed(self) -> None:
        while True:
            with self._lock:
                if not self._handed:
                    return
                handed = self._handed[0]
            self.snapshot(handed.event_id, handed.seq, handed.jpeg, handed.plain)
            handed.done.set()
            self._late = False
            with self._lock:
                del self._handed[0]

    def _make_due(self, between: Callable[[], None], *, everything: bool) -> None:
        while (one := self._clips.next(everything=everything)) is not None:
            self._make(one, between)

    def _make(self, one: Gathering, between: Callable[[], None]) -> None:
        event_id = one.wanted.event_id
        try:
            clip = one.made(between)
        except NoClip as reason:
            self._fail("event=%s: no clip: %s", event_id, reason)
            return
        file = None if clip is None else self._write(event_id, f"{event_id}.mp4", clip)
        if clip is not None and file is not None:
            self._note(event_id, clip=file)
            self._clip_made(event_id, clip)

    def _note(self, event_id: str, **found: EvidenceFile | None) -> None:
        with self._lock:
            known = self._known.pop(event_id, Evidence())
            self._known[event_id] = replace(known, **found)
            while len(self._known) > _KNOWN_MAX:
                self._known.pop(next(iter(self._known)))

    def _fail(self, message: str, *values: object) -> None:
        with self._lock:
            self.failed += 1
        _log.error(message, *values)

    def _write(self, event_id: str, name: str, data: bytes) -> EvidenceFile | None:
        try:
            return self.shelf.write(event_id, name, data)
        except NotKept as reason:
            self._fail("%s", reason)
            return None


class _Between:
    """What is done between two pictures of a clip that is encoded anew, which takes seconds."""

    def __init__(self, clips: Clips, stop: Event) -> None:
        self._clips = clips
        self._stop = stop
        self._gathered_s = 0.0
        self._end_s: float | None = None

    def pictures(self) -> None:
        """Gathers for other clips; raises NoClip soon after a stop."""
        now_s = time.monotonic()
        if self._stop.is_set():
            self._end_s = self._end_s or now_s + _END_S
            if now_s > self._end_s:
                raise NoClip("it was told to stop before the clip was made")
        if now_s - self._gathered_s > _WAIT_S:
            self._gathered_s = now_s
            _step_back()
            self._clips.gather()


def _step_back() -> None:
    """Encoding takes what processor time others leave over. On Linux a thread has its own share."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
