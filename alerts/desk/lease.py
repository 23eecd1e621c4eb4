"""Which of the desks on one file acts: the one that holds the lease. The others listen and wait.

The holder changes one row every few seconds. Whoever has seen that row unchanged for long enough,
by his own clock, takes it over: no two clocks are ever compared. A holder that ended is known at
once, since the kernel lets go of a file it had locked. Every holder has a higher token, and what is
written under a lower one is refused, so that a desk that was asleep does nothing when it wakes.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from alerts.desk.desk_file import DeskFile
from alerts.desk.ticking import Mark, Ticking, machine_s
from alerts.errors import UserError

RENEW_S = 5.0
TAKE_OVER_S = 15.0  # so long unchanged: the holder is gone, or hangs
_GOOD_S = 12.0  # so long after its last renewal a holder acts no more: less than the others wait

_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another desk acts now: nothing was written."""


class Lease:
    """Call `keep` about once a second; `token` is this desk's while it holds the lease, else 0.

    `taken` is called inside the transaction that takes it. Raises `UserError` where another desk
    of this name runs on the same file.
    """

    def __init__(
        self,
        file: DeskFile,
        name: str,
        taken: Callable[[sqlite3.Connection], None] = lambda _db: None,
        ticks: Callable[[], float] = machine_s,
    ) -> None:
        self.file = file
        self._name = name
        self._taken = taken
        self._ticks = ticks
        self._seen: tuple[int, int] | None = None  # token and beat of the other, as last seen
        self._seen_s = 0.0
        self._renewed_s = 0.0
        self._proof: IO[str] | None = None
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
        rows = self.file.rows("SELECT token, beat, holder, proof FROM lease")
        token, beat, holder, proof = rows[0] if rows else (0, 0, None, None)
        if (token, beat) != self._seen:
            self._seen, self._seen_s = (token, beat), now_s
        ended = holder is None or self._has_ended(proof)
        if holder == self._name and not ended:
            self._refuse_namesake(now_s)
        elif ended or now_s - self._seen_s >= TAKE_OVER_S:
            self._take(token, beat, holder, now_s)

    def release(self) -> None:
        """Lets another have it at once. Raises `DiskRefused`."""
        if self.token:
            with self.file.writing() as db:
                db.execute(
                    "UPDATE lease SET holder = NULL, proof = NULL, beat = beat + 1,"
                    " desk_s = ?, boot = ?, machine_s = ?, wall_s = ? WHERE token = ?",
                    (*_columns(self.clock.mark()), self.token),
                )
        self._lost()

    def _renew(self, now_s: float) -> None:
        with self.file.writing() as db:
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

    def _take(self, token: int, beat: int, holder: str | None, now_s: float) -> None:
        proof = self._prove()
        try:
            changed, clock = self._write_taken(token, beat, Path(proof.name).name)
        except BaseException:
            self._unprove(proof)
            raise
        if not changed:  # another was quicker
            self._unprove(proof)
            return
        self._proof, self.clock, self.token, self._renewed_s = proof, clock, token + 1, now_s
        _log.info("desk %s acts%s", self._name, f", after desk {holder}" if holder else "")

    def _write_taken(self, token: int, beat: int, proof: str) -> tuple[int, Ticking]:
        with self.file.writing() as db:
            mark = db.execute("SELECT desk_s, boot, machine_s, wall_s FROM lease").fetchone()
            clock = Ticking(None if mark is None else Mark(*mark))
            db.execute("INSERT OR IGNORE INTO lease VALUES (1, 0, 0, NULL, NULL, 0, '', 0, 0)")
            changed = db.execute(
                "UPDATE lease SET token = token + 1, beat = 0, holder = ?, proof = ?, desk_s = ?,"
                " boot = ?, machine_s = ?, wall_s = ? WHERE token = ? AND beat = ?",
                (self._name, proof, *_columns(clock.mark()), token, beat),
            ).rowcount
            if changed:
                self._taken(db)
        return changed, clock

    def _prove(self) -> IO[str]:
        """A file that is locked for as long as this process lives."""
        path = self.file.path.with_name(f"{self.file.path.name}.holder-{secrets.token_hex(8)}")
        proof = path.open("w", encoding="utf-8")
        fcntl.flock(proof, fcntl.LOCK_EX)
        return proof

    def _has_ended(self, proof: str | None) -> bool:
        """Whether the process that holds the lease is no more."""
        if proof is None:
            return False
        path = self.file.path.with_name(proof)
        try:
            with path.open("r+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
                return True
        except OSError:
            return False  # locked; or not to be seen from here: then the row alone decides

    def _refuse_namesake(self, now_s: float) -> None:
        # A former life of this desk may take a moment to be buried.
        if now_s - self._seen_s > RENEW_S:
            raise UserError(
                f"another desk named {self._name} runs on {self.file.path}: give each its own name"
            )

    def _lost(self) -> None:
        self.token, self._seen = 0, None
        if self._proof is not None:
            self._unprove(self._proof)
            self._proof = None

    @staticmethod
    def _unprove(proof: IO[str]) -> None:
        with contextlib.suppress(OSError):
            os.unlink(proof.name)
        proof.close()


def _columns(mark: Mark) -> tuple[float, str, float, float]:
    return mark.desk_s, mark.boot, mark.machine_s, mark.wall_s
