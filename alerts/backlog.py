"""All that waits to be sent: the outbox on disk, and memory while the disk refuses.

Every message goes through memory onto the disk, in order, within one lock: so whatever memory
holds is younger than everything on disk, and "disk first, then memory" is the right order even
when the disk comes and goes.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from alerts.errors import DiskRefused
from alerts.memory import MemoryQueue
from alerts.outbox import KINDS, Kept, Kind, Outbox
from alerts.ports import Message

# While the disk refuses, each try may take the time of a busy lock: not at every message.
_DISK_RETRY_S = 1.0

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

    Without an outbox (`None`: the disk refused at the start) everything waits in memory.
    """

    def __init__(self, outbox: Outbox | None, memory_count_max: int, memory_bytes_max: int) -> None:
        self._outbox = outbox
        self._memory = MemoryQueue(memory_count_max, memory_bytes_max)
        self._lock = threading.Lock()
        self._ids = itertools.count(-1, -1)  # of memory; the outbox counts upwards
        # Handed over, but the disk refused to note it: id → why it was refused, None if taken.
        # No larger than the outbox, and empty on a sound disk.
        self._unnoted: dict[int, str | None] = {}
        self._durable = outbox is not None
        self._not_durable = 0
        self._try_disk_at = 0.0
        self._dead = 0
        self._dropped: dict[Kind, int] = dict.fromkeys(KINDS, 0)

    def keep(self, message: Message, event_id: str, seq: int, phase: Kind) -> None:
        """Keeps a message, on disk if the disk takes it."""
        with self._lock:
            kept = Kept(next(self._ids), message, event_id, seq, phase, durable=False)
            self._memory.add(kept)
            if not self._settle():
                self._not_durable += 1

    def next(self, limit: int, resting: Collection[str] = ()) -> list[Kept]:
        """What to send now, in order, without the events at rest."""
        with self._lock:
            self._settle()
            return self._on_disk(limit, resting) or self._memory.next(limit, resting)

    def sent(self, kept: Kept) -> None:
        """It arrived: forget it."""
        self._note(kept, None)

    def refused(self, kept: Kept, reason: str) -> None:
        """It will never be taken: keep it with the dead letters."""
        self._note(kept, reason)

    def waiting(self) -> Waiting:
        """Counts, as of now; as last known while the disk cannot be read."""
        with self._lock:
            depth = self._outbox.depth() if self._outbox else 0
            if self._outbox is not None:
                with contextlib.suppress(DiskRefused):
                    self._dead, self._dropped = self._outbox.dead(), self._outbox.dropped()
            in_memory = self._memory.dropped
            return Waiting(
                depth=max(0, depth - len(self._unnoted)),
                memory_depth=len(self._memory),
                durable=self._durable,
                not_durable=self._not_durable,
                dead=self._dead,
                dropped={kind: self._dropped[kind] + in_memory[kind] for kind in KINDS},
            )

    def _note(self, kept: Kept, reason: str | None) -> None:
        with self._lock:
            if kept.durable:
                self._unnoted[kept.id] = reason
                self._settle()
            else:
                # It may have moved to the disk while it was sent; then it goes out once more.
                self._memory.remove(kept.id)

    def _on_disk(self, limit: int, resting: Collection[str]) -> list[Kept]:
        if self._outbox is None:
            return []
        try:
            return self._outbox.next(limit, skip=self._unnoted, resting=resting)
        except DiskRefused as error:
            self._disk_refused(error)
            return []

    def _settle(self) -> bool:
        """Brings the disk up to date with memory. True if nothing is left in memory."""
        if self._outbox is None:
            return False
        if self._durable and not self._unnoted and not self._memory:
            return True
        if time.monotonic() < self._try_disk_at:
            return False
        try:
            self._settle_on(self._outbox)
        except DiskRefused as error:
            self._disk_refused(error)
            return False
        return True

    def _settle_on(self, outbox: Outbox) -> None:
        if not self._durable:
            outbox.probe()  # there may be nothing else to write, and the alarm must end
        while self._unnoted:
            kept_id, reason = next(iter(self._unnoted.items()))
            if reason is None:
                outbox.delivered(kept_id)
            else:
                outbox.refused(kept_id, reason)
            del self._unnoted[kept_id]
        while (kept := self._memory.first()) is not None:
            outbox.put(kept.message, kept.event_id, kept.seq, kept.phase)
            self._memory.remove(kept.id)
        if not self._durable:
            _log.warning("the disk takes alerts again")
            self._durable = True

    def _disk_refused(self, error: DiskRefused) -> None:
        self._try_disk_at = time.monotonic() + _DISK_RETRY_S
        if self._durable:
            _log.error("the disk refuses alerts, they wait in memory only: %s", error)
            self._durable = False
