"""What stays on the device to look at: a snapshot and a clip of each incident, for a while."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock

from alerts.event import Evidence, EvidenceFile
from edge.muxing import NoClip, mp4
from edge.ports import Clock
from edge.ring import Cut, PacketRing

_WAIT_S = 0.5
_LATE_NS = 5_000_000_000  # a camera that fell silent gets no more patience than this
_WANTED_MAX = 64
_HANDED_MAX = 16
_PATIENCE_S = 1.0  # that an alert waits for its picture to be on disk
_SWEEP_S = 300.0
_PART = ".part"  # until it is whole; one that stays was left by a kill
_SUFFIXES = (".jpg", ".mp4", _PART)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How much of an incident is cut, and how long and how much is kept."""

    before_s: float
    after_s: float
    keep_days: float
    bytes_max: int


@dataclass(frozen=True)
class _Wanted:
    event_id: str
    ring: PacketRing
    from_ns: int
    until_ns: int


@dataclass(frozen=True)
class _Handed:
    event_id: str
    seq: int
    jpeg: bytes
    done: Event


class Keeper:
    """Writes evidence into one folder. Every file appears whole or not at all. A disk that refuses
    or a stream that makes no clip costs the evidence, is logged and counted (`failed`), and never
    the alert."""

    def __init__(self, folder: Path, limits: Limits, clock: Clock) -> None:
        self.failed = 0
        self._folder = folder
        self._limits = limits
        self._clock = clock
        self._lock = Lock()
        self._wake = Event()
        self._handed: list[_Handed] = []
        self._late = False  # the disk hangs: nobody waits for it
        self._wanted: list[_Wanted] = []
        self._known: dict[str, Evidence] = {}

    def of(self, event_id: str) -> Evidence:
        """What there is of an incident by now."""
        with self._lock:
            return self._known.get(event_id, Evidence())

    def snapshot(self, event_id: str, seq: int, jpeg: bytes) -> None:
        """Keep a picture; it is the incident's snapshot from now on."""
        file = self._write(f"{event_id}-{seq}.jpg", jpeg)
        if file is not None:
            self._note(event_id, snapshot=file)

    def hand_in(self, event_id: str, seq: int, jpeg: bytes) -> None:
        """As `snapshot`, on the thread of `write_pictures`; waits for that no longer than a second,
        and not at all while the disk hangs."""
        handed = _Handed(event_id, seq, jpeg, Event())
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
            return len(self._handed) + len(self._wanted)

    def want_clip(self, event_id: str, ring: PacketRing, at_ns: int) -> None:
        """Cut a clip around `at_ns` (camera time) once its end has come."""
        wanted = _Wanted(
            event_id,
            ring,
            at_ns - int(self._limits.before_s * 1e9),
            at_ns + int(self._limits.after_s * 1e9),
        )
        with self._lock:
            if len(self._wanted) < _WANTED_MAX:
                self._wanted.append(wanted)
                return
        self._fail("event=%s: too many clips wait to be written; none is kept of it", event_id)

    def write_pictures(self, stop: Event) -> None:
        """Write what is handed in, until `stop`; apart from clips, which take long."""
        while not stop.is_set():
            self._wake.wait(_WAIT_S)
            self._wake.clear()
            self._write_handed()
        self._write_handed()

    def run(self, stop: Event) -> None:
        """Write clips as they become complete, and clear out old evidence."""
        swept_s = -_SWEEP_S
        while not stop.wait(_WAIT_S):
            self._cut_due(everything=False)
            if time.monotonic() - swept_s > _SWEEP_S:
                self.sweep()
                swept_s = time.monotonic()
        self._cut_due(everything=True)

    def sweep(self) -> None:
        """Delete what is too old, then the oldest until the rest is small enough."""
        oldest_s = time.time() - self._limits.keep_days * 86_400
        kept = 0
        try:
            for modified_s, size, path in sorted(self._files(), reverse=True):
                kept += size
                if modified_s < oldest_s or kept > self._limits.bytes_max:
                    path.unlink(missing_ok=True)
        except OSError as error:
            self._fail("old evidence in %s cannot be deleted: %s", self._folder, error.strerror)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When it was written, size and path of each."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if path.suffix in _SUFFIXES:
                with suppress(FileNotFoundError):  # became whole, or was deleted by hand, just now
                    found = path.stat()
                    yield found.st_mtime, found.st_size, path

    def _write_handed(self) -> None:
        while True:
            with self._lock:
                if not self._handed:
                    return
                handed = self._handed[0]
            self.snapshot(handed.event_id, handed.seq, handed.jpeg)
            handed.done.set()
            self._late = False
            with self._lock:
                del self._handed[0]

    def _cut_due(self, *, everything: bool) -> None:
        with self._lock:
            due = [one for one in self._wanted if everything or self._is_due(one)]
            self._wanted = [one for one in self._wanted if one not in due]
        for one in due:
            cut = one.ring.cut(one.from_ns, one.until_ns)
            file = None if cut is None else self._write_clip(one.event_id, cut)
            if file is not None:
                self._note(one.event_id, clip=file)

    def _write_clip(self, event_id: str, cut: Cut) -> EvidenceFile | None:
        try:
            return self._write(f"{event_id}.mp4", mp4(cut))
        except NoClip as reason:
            self._fail("event=%s: no clip: %s", event_id, reason)
            return None

    def _is_due(self, wanted: _Wanted) -> bool:
        newest_ns = wanted.ring.newest_ns()
        complete = newest_ns is not None and newest_ns >= wanted.until_ns
        return complete or self._clock.now_ns() > wanted.until_ns + _LATE_NS

    def _note(
        self, event_id: str, snapshot: EvidenceFile | None = None, clip: EvidenceFile | None = None
    ) -> None:
        with self._lock:
            known = self._known.pop(event_id, Evidence())
            self._known[event_id] = replace(
                known, snapshot=snapshot or known.snapshot, clip=clip or known.clip
            )
            while len(self._known) > _WANTED_MAX * 4:
                self._known.pop(next(iter(self._known)))

    def _fail(self, message: str, *values: object) -> None:
        with self._lock:
            self.failed += 1
        _log.error(message, *values)

    def _write(self, name: str, data: bytes) -> EvidenceFile | None:
        path = self._folder / name
        part = path.with_suffix(path.suffix + _PART)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Pictures of people: for this user's eyes.
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            self._fail("evidence %s could not be written: %s", path, error.strerror)
            with suppress(OSError):  # half a file would take what little room there is
                part.unlink(missing_ok=True)
            return None
        return EvidenceFile(name, hashlib.sha256(data).hexdigest())
