"""Which of the desks on one file acts: the one that holds the lease. The others listen and wait.

The holder changes one row every few seconds. Whoever has seen that row unchanged for long enough,
by his own clock, takes it over: no two clocks are ever compared. A holder that ended is known at
once, since the kernel lets go of a file it had locked. Every holder has a higher token, and what is
written under a lower one is refused, so that a desk that was asleep does nothing when it wakes;
where its process can be seen it does not wake: it is ended.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator

from alerts.desk.desk_file import DeskFile
from alerts.desk.proof import Proof, end, has_ended
from alerts.desk.ticking import Mark, Ticking
from alerts.errors import UserError

RENEW_S = 5.0
TAKE_OVER_S = 15.0  # so long unchanged: the holder is gone, or hangs
_GOOD_S = 12.0  # so long after its last renewal a holder acts no more: less than the others wait

_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another desk acts now: nothing was written."""


class Lease:
    """Call `keep` about once a second; `token` is this desk's while it holds the lease, else 0.

    `taken` is called inside the transaction that takes it. `own` is a connection to the file that
    nobody else waits for. `keep` raises `UserError` where another desk of this name runs on the
    same file.
    """

    def __init__(
        self,
        file: DeskFile,
        name: str,
        taken: Callable[[sqlite3.Connection], None] = lambda _db: None,
        ticks: Callable[[], float] = time.monotonic,
        *,
        own: DeskFile | None = None,
    ) -> None:
        self.file = file
        self._own = own or file
        self._name = name
        self._taken = taken
        self._ticks = ticks
        self._seen: tuple[int, int] | None = None  # token and beat of the other, as last seen
        self._seen_s = self._looked_s = 0.0
        self._renewed_s = 0.0
        self._proof: Proof | None = None
        self._namesake: tuple[int, int] | None = None  # token and beat of another of our name
        self.token = 0
        self.clock = Ticking(None)

    def good(self) -> bool:
        """Whether this desk may act now."""
        return self.token > 0 and self._ticks() - self._renewed_s < _GOOD_S

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction of the holder. Raises `LeaseLost`, or `DiskRefused`."""
        with self.file.writing() as db:
            row = db.execute("SELECT token FROM lease").fetchone()
            if row is None or not self.token or row[0] != self.token:
                self._lost()
                raise LeaseLost
            yield db

    def keep(self) -> None:
        """Renews it, or takes it where nobody holds it any more. Raises `DiskRefused`."""
        now_s = self._ticks()
        if self.token:
            if now_s - self._renewed_s >= RENEW_S:
                self._renew(now_s)
            return
        rows = self._own.rows("SELECT token, beat, holder, proof FROM lease")
        token, beat, holder, proof = rows[0] if rows else (0, 0, None, None)
        seen = (token, beat)
        slept = now_s - self._looked_s > RENEW_S  # then it has not seen anything unchanged
        self._looked_s = now_s
        if seen != self._seen or slept:
            self._seen, self._seen_s = seen, now_s
        ended = holder is None or self._has_ended(proof)
        if holder == self._name and not ended and now_s - self._seen_s < TAKE_OVER_S:
            self._refuse_namesake(seen, now_s)
        elif ended:
            self._take(seen, holder)
        elif now_s - self._seen_s >= TAKE_OVER_S:
            self._end_holder(holder, proof)
            self._take(seen, holder)

    def release(self) -> None:
        """Lets another have it at once. Raises `DiskRefused`."""
        if self.token:
            with self._own.writing() as db:
                db.execute(
                    "UPDATE lease SET holder = NULL, proof = NULL, beat = beat + 1,"
                    " desk_s = ?, boot = ?, machine_s = ?, wall_s = ? WHERE token = ?",
                    (*_columns(self.clock.mark()), self.token),
                )
        self._lost()

    def _renew(self, now_s: float) -> None:
        with self._own.writing() as db:
            changed = db.execute(
                "UPDATE lease SET beat = beat + 1, desk_s = ?, boot = ?, machine_s = ?, wall_s = ?"
                " WHERE token = ?",
                (*_columns(self.clock.mark()), self.token),
            ).rowcount
        if changed:
            self._renewed_s = now_s
        else:
            _log.error("another desk has taken over: this one stands by")
            self._lost()

    def _take(self, seen: tuple[int, int], holder: str | None) -> None:
        own = Proof(self._own.path)
        try:
            changed, clock = self._write_taken(seen, own.name)
        except BaseException:
            own.close()
            raise
        if not changed:  # another was quicker
            own.close()
            return
        self._proof, self.clock, self.token = own, clock, seen[0] + 1
        self._renewed_s = self._ticks()
        _log.info("desk %s acts%s", self._name, f", after desk {holder}" if holder else "")

    def _end_holder(self, holder: str | None, proof: str | None) -> None:
        """It hangs, and may do so while it keeps the book or the ledger locked."""
        gone = proof is not None and end(self._own.path.with_name(proof))
        done = "it was ended" if gone else "it cannot be seen from here, and is left alone"
        _log.error("desk %s hangs: %s", holder, done)

    def _write_taken(self, seen: tuple[int, int], proof: str) -> tuple[int, Ticking]:
        with self._own.writing() as db:
            mark = db.execute("SELECT desk_s, boot, machine_s, wall_s FROM lease").fetchone()
            clock = Ticking(None if mark is None else Mark(*mark))
            db.execute("INSERT OR IGNORE INTO lease VALUES (1, 0, 0, NULL, NULL, 0, '', 0, 0)")
            changed = db.execute(
                "UPDATE lease SET token = token + 1, beat = 0, holder = ?, proof = ?, desk_s = ?,"
                " boot = ?, machine_s = ?, wall_s = ? WHERE token = ? AND beat = ?",
                (self._name, proof, *_columns(clock.mark()), *seen),
            ).rowcount
            if changed:
                self._taken(db)
        return changed, clock

    def _has_ended(self, proof: str | None) -> bool:
        return proof is not None and has_ended(self._own.path.with_name(proof))

    def _refuse_namesake(self, seen: tuple[int, int], now_s: float) -> None:
        """One that goes on renewing is another desk; one that does not is a former life of ours
        that hangs, and is taken over like any other."""
        if self._namesake is None or self._namesake[0] != seen[0]:
            self._namesake = seen
        elif seen[1] != self._namesake[1]:
            raise UserError(
                f"another desk named {self._name} runs on {self._own.path}: give each its own name"
            )

    def _lost(self) -> None:
        self.token, self._seen = 0, None
        proof, self._proof = self._proof, None
        if proof is not None:
            proof.close()


def _columns(mark: Mark) -> tuple[float, str, float, float]:
    return mark.desk_s, mark.boot, mark.machine_s, mark.wall_s
