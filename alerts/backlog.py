"""All that waits to be sent: the outbox on disk, and memory while the disk refuses or hangs.

    keep ─▶ memory ─▶ disk (thread) ─▶ mirror ─▶ next
                └───── when the disk does not ───▶

Only the thread `disk` touches the outbox, so that a slow disk holds up neither who posts nor who
sends: they wait for it a little, and then go on without. Every message goes through memory onto
the disk, in order: whatever memory holds is younger than everything on disk, and "disk first, then
memory" is the right order even when the disk comes and goes.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass

from alerts.carrying import CarryingThread
from alerts.diskwork import DiskWork, Reading
from alerts.kept import COUNTED, Kept, Kind
from alerts.outbox import Outbox
from alerts.ports import Message

OpenOutbox = Callable[[], Outbox]
_READ_S = 0.5  # for a read of the disk, while it goes along
_READ_ANYWAY_S = 0.05  # and while it does not
_OPEN_S = 10.0
_PATIENCE_S_MIN = 0.25  # a disk that is well is quicker than this

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """How much waits, what was given up, and whether the disk goes along."""

    depth: int
    memory_depth: int
    durable: bool
    not_durable: int
    dead: int
    dropped: dict[Kind, int]


class Backlog:
    """What waits to be sent. Thread-safe. Never raises for the disk: it counts, tells, goes on.

    `open_outbox` is called in the thread of the disk, again and again while it raises DiskRefused.
    A `UserError` that it raises at first comes out here. Nobody waits for the disk for longer than
    `patience_s`; then it counts as refusing until it is quick again.
    """

    def __init__(
        self,
        open_outbox: OpenOutbox,
        memory_count_max: int,
        memory_bytes_max: int,
        patience_s: float = 2.0,
    ) -> None:
        self._patience_s = patience_s
        self._ids = itertools.count(-1, -1)  # of memory; the outbox counts upwards
        work = DiskWork(open_outbox, memory_count_max, memory_bytes_max, patience_s)
        self._work = work
        self._changed = work.changed
        self._thread = CarryingThread(work.run, "disk")
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: work.opened or work.unusable, _OPEN_S)
            if work.unusable is not None:
                raise work.unusable
            if not work.opened:
                work.alarm(f"it could not be opened within {_OPEN_S:g} s")

    def keep(
        self, message: Message, event_id: str, seq: int, phase: Kind, waited_s: float = 0.0
    ) -> None:
        """Keeps a message, on disk if the disk takes it in time. One that has waited elsewhere
        already waits for the disk so much less. Nobody waits for pictures to be on it."""
        work = self._work
        with self._changed:
            kept = Kept(next(self._ids), message, event_id, seq, phase, durable=False)
            work.add(kept)
            if work.ended:
                _log.error("posted after the end, and lost: %s", message.topic)
            else:
                patience_s = max(_PATIENCE_S_MIN, self._patience_s - waited_s)
                if not kept.is_picture:
                    self._in_time(lambda: kept.id not in work.memory, patience_s)

    def next(self, limit: int, resting: Collection[str] = ()) -> list[Kept]:
        """What to send now, in order, without the events at rest."""
        work = self._work
        with self._changed:
            work.forget_handed_out()
            if work.mirror.complete:
                found = work.mirror.next(limit, resting)
            else:
                found = self._read(limit, resting)
            if found or work.durable:
                return found
            return work.hand_out(limit, resting)

    def sent(self, kept: Kept) -> None:
        """It arrived: forget it."""
        self._note(kept, None)

    def refused(self, kept: Kept, reason: str) -> None:
        """It will never be taken: keep it with the dead letters."""
        self._note(kept, reason)

    def waiting(self) -> Waiting:
        """Counts, as of now; as last known while the disk cannot be read."""
        work = self._work
        with self._changed:
            outbox, in_memory = work.outbox, work.memory.dropped
            dropped = outbox.dropped() if outbox else dict.fromkeys(COUNTED, 0)
            depth = outbox.depth() if outbox else 0
            return Waiting(
                depth=max(0, depth - len(work.unnoted)),
                memory_depth=0 if work.durable else len(work.memory),
                durable=work.durable,
                not_durable=work.not_durable,
                dead=outbox.dead() if outbox else 0,
                dropped={kind: dropped[kind] + in_memory[kind] for kind in COUNTED},
            )

    def close(self, timeout_s: float) -> None:
        """Brings the disk up to date and lets go of it, or of the attempt when time is up."""
        work = self._work
        with self._changed:
            if work.ended:
                return
            work.end()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            _log.error("the disk hangs: what it was to write may be missing")
        if work.memory:
            _log.error("%d alerts were in memory only and are lost", len(work.memory))

    def failed(self) -> bool:
        """Whether a bug ended the thread of the disk."""
        return self._thread.error is not None

    def raise_error(self) -> None:
        """Raises what ended the thread of the disk: a bug."""
        self._thread.raise_error()

    def _note(self, kept: Kept, reason: str | None) -> None:
        work = self._work
        with self._changed:
            kept_id = kept.id if kept.durable else work.moved(kept.id)
            if kept_id is None:
                work.memory.sent(kept)
                return
            work.note(kept_id, reason)
            # Else a kill would have all that was sent since the last commit sent once more.
            self._in_time(lambda: kept_id not in work.unnoted, self._patience_s)

    def _in_time(self, done: Callable[[], bool], patience_s: float) -> None:
        """Waits until the disk has done that; if it takes too long, it counts as refusing."""
        work = self._work
        if work.durable and not self._changed.wait_for(
            lambda: done() or not work.durable or work.ended, patience_s
        ):
            work.alarm(f"no answer within {patience_s:.2g} s")

    def _read(self, limit: int, resting: Collection[str]) -> list[Kept]:
        """Has the disk read, as there is more on it than the mirror may hold."""
        work = self._work
        reading = work.ask(Reading(limit, tuple(resting)))
        patience_s = _READ_S if work.durable else _READ_ANYWAY_S
        self._changed.wait_for(lambda: reading.found is not None, patience_s)
        if reading.found is None:
            return []  # it goes on; who asks the same again gets the answer
        work.asked = None
        return [kept for kept in reading.found if kept.id not in work.unnoted]
