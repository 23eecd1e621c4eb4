"""What the thread of the disk does, and what it shares with those who wait for it.

One thing at a time, in this order: reads that were asked for; noting what was delivered or refused
and writing what came in, all of it in one commit, since it is the commits that slow disks are slow
at; a probe while the disk is thought to refuse. The lock, `changed`, is never held while the disk
works.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from alerts.errors import DiskRefused, UserError
from alerts.kept import Kept
from alerts.memory import MemoryQueue, Mirror
from alerts.outbox import Outbox

_RETRY_S = 1.0  # while the disk refuses, each try may take the time of a busy lock
_OPEN_AGAIN_S = 5.0
_TIDY_EVERY_S = 60.0
_MIRROR_COUNT_MAX = 256
_MIRROR_BYTES_MAX = 8 * 2**20
_BEGUN_MAX = 1000

_log = logging.getLogger(__name__)


@dataclass
class Reading:
    """A read that somebody waits for; `found` is None until it was done."""

    limit: int
    resting: tuple[str, ...]
    found: list[Kept] | None = None


class DiskWork:
    """The state under the lock `changed`, and the thread's body `run`. For `Backlog` alone, which
    holds the lock when it calls anything but `run`."""

    def __init__(
        self,
        open_outbox: Callable[[], Outbox],
        memory_count_max: int,
        memory_bytes_max: int,
        patience_s: float,
    ) -> None:
        self.changed = threading.Condition()
        self.memory = MemoryQueue(memory_count_max, memory_bytes_max)
        self.mirror = Mirror(_MIRROR_COUNT_MAX, _MIRROR_BYTES_MAX)
        # Handed over, and not yet noted on disk: id → why it was refused, None if taken.
        # No larger than the outbox, and soon empty on a sound disk.
        self.unnoted: dict[int, str | None] = {}
        self.outbox: Outbox | None = None
        self.asked: Reading | None = None
        self.opened = False  # or tried to, and the disk refused
        self.unusable: UserError | None = None
        self.durable = True
        self.not_durable = 0
        self.ended = False
        self._open_outbox = open_outbox
        self._quick_s = patience_s / 2
        self._try_at_s = 0.0
        self._tidy_at_s = time.monotonic() + _TIDY_EVERY_S
        # Handed out from memory → its id on disk, if it was written meanwhile.
        self._handed_out: dict[int, int | None] = {}
        # Events of which all that waits is in memory, since the disk refuses.
        self._begun: set[str] = set()

    def add(self, kept: Kept) -> None:
        """Something new to write."""
        self.memory.add(kept)
        if not self.durable:
            self.not_durable += 1
            self._note_begun(kept)
        self.changed.notify_all()

    def note(self, kept_id: int, reason: str | None) -> None:
        """The broker has this one, or will never take it."""
        self.mirror.remove(kept_id)
        self.unnoted[kept_id] = reason
        self.asked = None  # an answer under way may still hold it
        self.changed.notify_all()

    def ask(self, reading: Reading) -> Reading:
        """The reading to wait for: one for the same is under way, or this one is."""
        asked = self.asked
        if asked is None or (asked.limit, asked.resting) != (reading.limit, reading.resting):
            self.asked = asked = reading
            self.changed.notify_all()
        return asked

    def hand_out(self, limit: int, resting: Collection[str]) -> list[Kept]:
        """The next from memory. If the disk cannot say what else waits, only of events that began
        since it refuses: nothing of theirs waits on disk."""
        found = self.memory.next(limit, resting)
        if not self.mirror.complete:
            found = [kept for kept in found if kept.event_id in self._begun]
        self._handed_out = dict.fromkeys((kept.id for kept in found), None)
        return found

    def forget_handed_out(self) -> None:
        """Whoever had them has done with them."""
        self._handed_out = {}

    def moved(self, kept_id: int) -> int | None:
        """The id on disk of one that was handed out from memory, if it has moved there."""
        return self._handed_out.pop(kept_id, None)

    def alarm(self, why: str) -> None:
        """The disk does not go along: from now on memory carries what comes."""
        self._try_at_s = time.monotonic() + _RETRY_S
        if self.durable:
            _log.error("the disk refuses alerts, they wait in memory only: %s", why)
            self.durable = False
            self.not_durable += len(self.memory)
            for kept in self.memory:
                self._note_begun(kept)
            self.changed.notify_all()

    def end(self) -> None:
        """One more try to write what is left, then the thread ends."""
        self.ended = True
        self._try_at_s = 0.0
        self.changed.notify_all()

    def run(self) -> None:
        """The thread's life."""
        outbox = self._first_opened()
        if outbox is None:
            return
        try:
            while self._wait():
                began_s = time.monotonic()
                try:
                    wrote = self._do_one(outbox)
                except DiskRefused as error:
                    with self.changed:
                        self.alarm(str(error))
                else:
                    if wrote:
                        self._wrote_in(time.monotonic() - began_s)
        finally:
            outbox.close()

    def _first_opened(self) -> Outbox | None:
        """The outbox, as soon as it can be opened; None if that was not to be."""
        told = ""
        while True:
            try:
                return self._opened(self._open_outbox())
            except (DiskRefused, UserError) as error:
                with self.changed:
                    if isinstance(error, UserError) and not self.opened:
                        self.unusable = error
                    elif str(error) != told:
                        _log.error("no outbox, it is tried again and again: %s", error)
                        told = str(error)
                    self.opened = True
                    self.durable = False
                    self.changed.notify_all()
                    if self.unusable or self.changed.wait_for(lambda: self.ended, _OPEN_AGAIN_S):
                        return None

    def _opened(self, outbox: Outbox) -> Outbox:
        for event_id in outbox.close_orphans():
            _log.warning("event %s was open when floorwatch ended: closed now", event_id)
        with self.changed:
            self.outbox = outbox
            self.opened = True
            if outbox.depth():
                self.mirror.forget()  # there is more, of which nothing is known yet
            self.changed.notify_all()
        return outbox

    def _note_begun(self, kept: Kept) -> None:
        if kept.phase == "opened" and len(self._begun) < _BEGUN_MAX:
            self._begun.add(kept.event_id)

    def _wait(self) -> bool:
        """Waits for something to do. False when it is all over."""
        with self.changed:
            while True:
                now = time.monotonic()
                if self._asked_for() or now >= self._tidy_at_s:
                    return True
                writes = bool(self.unnoted or self.memory or (self.durable and self.memory.told))
                if self.ended and (not writes or now < self._try_at_s):
                    return False
                due = writes or not self.durable or self._can_load()
                if due and now >= self._try_at_s:
                    return True
                until_s = min(self._tidy_at_s, self._try_at_s) if due else self._tidy_at_s
                self.changed.wait(max(0.0, until_s - now))

    def _asked_for(self) -> bool:
        return self.asked is not None and self.asked.found is None

    def _can_load(self) -> bool:
        outbox = self.outbox
        return (
            not self.mirror.complete
            and outbox is not None
            and self.mirror.holds(outbox.depth(), outbox.size_bytes())
        )

    def _do_one(self, outbox: Outbox) -> bool:
        """Does what is most urgent. True if it wrote."""
        with self.changed:
            asked = self.asked if self._asked_for() else None
            notes, kept = dict(self.unnoted), list(self.memory)
            told = list(self.memory.told) if self.durable else []
            loads = self._can_load()
        if asked is not None:
            self._answer(outbox, asked)
            return False
        if time.monotonic() >= self._tidy_at_s:
            self._tidy(outbox)
            return False
        if notes or kept or told:
            self._write(outbox, notes, kept, told)
        elif loads:
            self._load(outbox)
            return False
        else:
            outbox.probe()  # nothing else to write, and the alarm must end
        return True

    def _answer(self, outbox: Outbox, asked: Reading) -> None:
        with self.changed:
            skip = list(self.unnoted)
        found: list[Kept] = []
        try:
            found = outbox.next(asked.limit, skip=skip, resting=asked.resting)
        finally:
            with self.changed:
                asked.found = found
                self.changed.notify_all()

    def _tidy(self, outbox: Outbox) -> None:
        self._tidy_at_s = time.monotonic() + _TIDY_EVERY_S
        outbox.tidy()
        with self.changed:
            self._compare(outbox)

    def _write(
        self, outbox: Outbox, notes: dict[int, str | None], waiting: list[Kept], told: list[Kept]
    ) -> None:
        with outbox.together():
            for one in told:
                outbox.history.note(one.message, one.event_id, one.seq, one.phase, time.time())
            for kept_id, reason in notes.items():
                if reason is None:
                    outbox.delivered(kept_id)
                else:
                    outbox.refused(kept_id, reason)
            rows = [outbox.put(one.message, one.event_id, one.seq, one.phase) for one in waiting]
        with self.changed:
            self.memory.remembered(told)
            self.unnoted = {one: why for one, why in self.unnoted.items() if one not in notes}
            for kept, row in zip(waiting, rows, strict=True):
                self._wrote(kept, row)
            self._compare(outbox)

    def _wrote(self, kept: Kept, row: int) -> None:
        if kept.id in self.memory:
            self.memory.remove(kept.id)
            self._begun.discard(kept.event_id)
            self.mirror.add(replace(kept, id=row, durable=True))
            if kept.id in self._handed_out:
                self._handed_out[kept.id] = row
        else:
            self.unnoted[row] = None  # sent from memory meanwhile

    def _load(self, outbox: Outbox) -> None:
        found = outbox.next(_MIRROR_COUNT_MAX)
        with self.changed:
            self.mirror.load(kept for kept in found if kept.id not in self.unnoted)
            self.changed.notify_all()

    def _compare(self, outbox: Outbox) -> None:
        """The outbox gives up what is old or too much: then the mirror is no longer true."""
        if self.mirror.complete and outbox.depth() != len(self.mirror) + len(self.unnoted):
            self.mirror.forget()
        self.changed.notify_all()

    def _wrote_in(self, took_s: float) -> None:
        with self.changed:
            if self.durable or self.unnoted or self.memory:
                return
            if took_s > self._quick_s:
                self._try_at_s = time.monotonic() + _RETRY_S
                return
            _log.warning("the disk takes alerts again")
            self.durable = True
            self._begun.clear()
