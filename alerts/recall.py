"""Reading what was told, while the daemon goes on telling.

A connection of its own, which only reads: in WAL mode neither waits for the other. Each read is
short, so that the file's log can be emptied in between.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from alerts.errors import DiskRefused
from alerts.history import CLOCK_WAS_SET_S
from alerts.ports import Message

_BUSY_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Past:
    """One phase that was told. `number` only grows: it is the order in which they were."""

    number: int
    event_id: str
    seq: int
    message: Message


class Recall:
    """What the outbox at `path` remembers. A context manager, for one thread; all raise
    `DiskRefused` where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._db = sqlite3.connect(
                f"{self._path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S
            )
        except sqlite3.Error as error:
            raise self._refused(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._db.close()

    def newest(self) -> int:
        """The number of what was told last; 0 before anything was."""
        try:
            row = self._db.execute("SELECT coalesce(max(number), 0) FROM history").fetchone()
        except sqlite3.Error as error:
            raise self._refused(error) from error
        return int(row[0])

    def events_since(self, since_s: float, until_number: int) -> frozenset[str]:
        """The events with a phase told at `since_s` (seconds since 1970) or later, or told while
        the clock was not set; of what was told up to `until_number`."""
        try:
            rows = self._db.execute(
                "SELECT DISTINCT event_id FROM history"
                " WHERE (told_at >= ? OR told_at < ?) AND number <= ?",
                (since_s, CLOCK_WAS_SET_S, until_number),
            ).fetchall()
        except sqlite3.Error as error:
            raise self._refused(error) from error
        return frozenset(str(row[0]) for row in rows)

    def after(self, number: int, until_number: int, limit: int) -> list[Past]:
        """What was told next, up to `until_number`, in the order it was."""
        try:
            rows = self._db.execute(
                "SELECT number, event_id, seq, topic, payload FROM history"
                " WHERE number > ? AND number <= ? ORDER BY number LIMIT ?",
                (number, until_number, limit),
            ).fetchall()
        except sqlite3.Error as error:
            raise self._refused(error) from error
        return [Past(r[0], r[1], r[2], Message(r[3], bytes(r[4]))) for r in rows]

    def _refused(self, error: sqlite3.Error) -> DiskRefused:
        return DiskRefused(f"what was told cannot be read from {self._path}: {error}")
