"""The outbox: what is to be sent, on disk and fsynced before anybody tries to send it.

Bounded by size and age. Given up are, the oldest first, plain pictures, then snapshots, `updated`,
`closed`, and `opened` only when nothing else is left; each is counted. One daemon writes; its
threads may share one `Outbox`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from alerts.errors import DiskRefused
from alerts.history import CLOCK_WAS_SET_S, History, HistoryLimits
from alerts.kept import COUNTED, RANK, DeadLetter, Kept, Kind
from alerts.orphans import closing, goes_on
from alerts.outbox_file import open_outbox_file
from alerts.ports import Message

_DEAD_MAX = 1000
_AGE_CHECK_EVERY_S = 60.0

_log = logging.getLogger(__name__)


class Outbox:
    """The messages waiting at `path`, made if it is not there. A context manager.

    `now` is the wall clock in seconds since 1970, `ticks` the monotonic one. Raises
    `UserError` if the file cannot be used at all; every method raises `DiskRefused` when the disk
    does not go along.
    """

    def __init__(
        self,
        path: Path,
        *,
        bytes_max: int = 200 * 2**20,
        age_s_max: float = 7 * 24 * 3600.0,
        history: HistoryLimits | None = None,
        now: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = open_outbox_file(path)
        self._db = self._file.db
        self.history = History(self._db, history or HistoryLimits())
        self._bytes_max = bytes_max
        self._age_s_max = age_s_max
        self._now = now
        self._ticks = ticks
        self._apart_s = now() - ticks()  # grows and shrinks only when somebody sets the clock
        self._lock = threading.RLock()
        self._age_check_at = 0.0
        self._counted: dict[str, int] = {}
        self._dead = 0
        try:
            with self._writing():
                self._give_up_old()
                self._dead = self._count_dead()
        except DiskRefused:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self, timeout_s: float = 10.0) -> None:
        """Lets go of the file; leaves it to the process's end if a hung write holds it longer."""
        if not self._lock.acquire(timeout=timeout_s):
            _log.error("outbox: the disk hangs, so the file stays open until the process ends")
            return
        try:
            self._file.close()
        finally:
            self._lock.release()

    def put(self, message: Message, event_id: str, seq: int, phase: Kind) -> int:
        """Keeps a message: when this returns it is committed and fsynced. Gives its id.

        Room is made by giving up what matters least, which can be this very message.
        """
        kept = Kept(0, message, event_id, seq, phase)
        with self._writing():
            self._give_up_old()
            row = self._db.execute(
                "INSERT INTO outbox (event_id, seq, phase, topic, payload, retain, qos, rank,"
                " size, put_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (event_id, seq, phase, message.topic, message.payload, message.retain,
                 message.qos, RANK[phase], kept.bytes, self._now()),
            )  # fmt: skip
            if kept.bytes > self._bytes_max:  # all the others would go for nothing
                self._give_up("id = ?", (int(row.lastrowid or 0),))
            self._give_up_least()
            self.history.note(message, event_id, seq, phase, self._now())
        return int(row.lastrowid or 0)

    def close_orphans(self) -> list[str]:
        """Puts a `closed` for each event that was open when an earlier process ended. Gives their
        ids; call it before anything is put."""
        at = datetime.fromtimestamp(self._now(), timezone.utc)
        with self.together():
            found = self._db.execute("SELECT event_id, topic, payload FROM open_event").fetchall()
            rows = [row for row in found if not goes_on(row[2])]
            for event_id, topic, payload in rows:
                closed = closing(payload, at)
                if closed is not None:
                    self.put(Message(topic, closed[1]), event_id, closed[0], "closed")
                self._db.execute("DELETE FROM open_event WHERE event_id = ?", (event_id,))
        return [str(row[0]) for row in rows]

    def forget_pictures(self, up_to: Kind = "snapshot") -> None:
        """Gives up the pictures that wait, or the plain ones: they may not be sent any more."""
        with self._writing():
            self._give_up("rank <= ?", (RANK[up_to],))

    def next(
        self, limit: int, *, skip: Collection[int] = (), resting: Collection[str] = ()
    ) -> list[Kept]:
        """The messages to send now, in order: events as they came, then snapshots, then plain ones.

        Leaves out the ids in `skip` and the events in `resting`.
        """
        with contextlib.suppress(DiskRefused):
            self.tidy()
        with self._reading():
            rows = self._next("rank > 0", limit, skip, resting)
            for which in ("rank = 0", "rank = -1"):
                rows += self._next(which, limit - len(rows), skip, resting)
        return [Kept(r[0], Message(r[1], r[2], bool(r[3]), r[4]), r[5], r[6], r[7]) for r in rows]

    def _next(
        self, which: str, limit: int, skip: Collection[int], resting: Collection[str]
    ) -> list[Any]:
        return self._db.execute(
            "SELECT id, topic, payload, retain, qos, event_id, seq, phase FROM outbox"  # noqa: S608 - `which` is written above, never by a user
            f" WHERE {which} AND event_id NOT IN (SELECT value FROM json_each(?))"
            " AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?",
            (json.dumps(list(resting)), json.dumps(list(skip)), limit),
        ).fetchall()

    def tidy(self) -> None:
        """Gives up what is too old, if that was not looked for lately."""
        if self._age_check_is_due():
            with self._writing():
                self._give_up_old()

    def delivered(self, kept_id: int) -> None:
        """The broker has it: it need not be kept any longer."""
        with self._writing():
            self._db.execute("DELETE FROM outbox WHERE id = ?", (kept_id,))

    def refused(self, kept_id: int, reason: str) -> None:
        """The broker will never take it: put it among the dead letters."""
        with self._writing():
            self._db.execute(
                "INSERT INTO dead_letter"
                " (refused_at, reason, event_id, seq, phase, topic, payload)"
                " SELECT ?, ?, event_id, seq, phase, topic, iif(rank <= 0, x'', payload)"
                " FROM outbox WHERE id = ?",
                (self._now(), reason, kept_id),
            )
            self._db.execute("DELETE FROM outbox WHERE id = ?", (kept_id,))
            self._db.execute(
                "DELETE FROM dead_letter WHERE number <= (SELECT max(number) FROM dead_letter) - ?",
                (_DEAD_MAX,),
            )
            dead = self._count_dead()
        self._dead = dead

    def probe(self) -> None:
        """Writes something of no meaning: does the disk take it again?"""
        with self._writing():
            self._db.execute(
                "INSERT INTO counter VALUES ('probes', 1)"
                " ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )

    def depth(self) -> int:
        """How many messages wait. As with all counts: as of the last write, without waiting."""
        return self._counted["depth"]

    def size_bytes(self) -> int:
        """What the messages that wait count for in the bound."""
        return self._counted["bytes"]

    def dead(self) -> int:
        """How many dead letters are kept."""
        return self._dead

    def dead_letters(self, limit: int = _DEAD_MAX) -> list[DeadLetter]:
        """The newest dead letters, newest first."""
        with self._reading():
            rows = self._db.execute(
                "SELECT topic, payload, event_id, seq, phase, reason, refused_at"
                " FROM dead_letter ORDER BY number DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [DeadLetter(Message(r[0], r[1]), *r[2:]) for r in rows]

    def dropped(self) -> dict[Kind, int]:
        """How many messages of each kind were given up since the file was made."""
        counted = self._counted
        return {kind: counted.get(f"dropped_{kind}", 0) for kind in COUNTED}

    def _age_check_is_due(self) -> bool:
        return abs(self._now() - self._age_check_at) >= _AGE_CHECK_EVERY_S

    def _give_up_old(self) -> None:
        if self._age_check_is_due():
            self._age_check_at = self._now()
            self._follow_a_clock_that_was_set()
            oldest = self._now() - self._age_s_max
            self._give_up("put_at < ? AND put_at >= ?", (oldest, CLOCK_WAS_SET_S))
            self.history.forget_old(self._now())

    def _follow_a_clock_that_was_set(self) -> None:
        """What waits grows no older by it: a device that finds its time server after days without
        power would give up what it has just seen."""
        apart_s = self._now() - self._ticks()
        set_by_s = apart_s - self._apart_s
        if abs(set_by_s) >= _AGE_CHECK_EVERY_S:
            self._apart_s = apart_s
            self._db.execute(
                "UPDATE outbox SET put_at = put_at + ? WHERE put_at >= ?",
                (set_by_s, CLOCK_WAS_SET_S),
            )
            self.history.clock_was_set(set_by_s)

    def _give_up_least(self) -> None:
        while self._total("bytes") > self._bytes_max:
            least = self._db.execute("SELECT id FROM outbox ORDER BY rank, id LIMIT 1").fetchone()
            self._give_up("id = ?", (least[0],))

    def _give_up(self, where: str, values: tuple[float, ...]) -> None:
        self._db.execute(
            "INSERT INTO counter SELECT 'dropped_' || iif(rank < 0, 'snapshot', phase), count(*)"  # noqa: S608 - `where` is written above, never by a user
            f" FROM outbox WHERE {where} GROUP BY 1"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            values,
        )
        self._db.execute(f"DELETE FROM outbox WHERE {where}", values)  # noqa: S608 - as above

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise DiskRefused(str(error)) from error

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is changed inside is committed, and fsynced, once: all of it or nothing."""
        with self._writing():
            yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._reading():
            if self._db.in_transaction:  # together with something else
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself already.
                if self._db.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                raise
            rows = self._db.execute("SELECT name, value FROM counter").fetchall()
            self._counted = {str(name): int(value) for name, value in rows}

    def _count_dead(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM dead_letter").fetchone()[0])

    def _total(self, name: str) -> int:
        row = self._db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
        return int(row[0])
