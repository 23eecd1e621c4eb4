"""What was told, in the outbox's own file: the events still open, every phase told lately.

Written in the transaction that puts an event into the outbox, so that nothing is ever told that is
not in here. The outbox forgets what the broker has taken; this remembers it for a while, for a
desk that was away (`alerts.recall` reads it). What the disk refused and memory alone carried is
remembered once the disk takes it; pictures never are.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from alerts.kept import PICTURES, Kind
from alerts.ports import Message

# A device without a battery-backed clock starts in 1970 and jumps: such rows have no known age.
CLOCK_WAS_SET_S = 1_700_000_000.0


@dataclass(frozen=True)
class HistoryLimits:
    """How long and how much is remembered; `count_max` are phases, about 1 kB each."""

    keep_s: float = 14 * 24 * 3600.0
    count_max: int = 20_000


class History:
    """The tables `open_event` and `history` of an open outbox. Only for who holds its lock and a
    transaction (`Outbox.together`); raises `sqlite3.Error`."""

    def __init__(self, db: sqlite3.Connection, limits: HistoryLimits) -> None:
        self._db = db
        self._limits = limits

    def note(self, message: Message, event_id: str, seq: int, phase: Kind, now_s: float) -> None:
        """It is told now, at this moment of the wall clock (seconds since 1970)."""
        if phase in PICTURES:
            return
        if phase == "closed":
            self._db.execute("DELETE FROM open_event WHERE event_id = ?", (event_id,))
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO open_event VALUES (?, ?, ?)",
                (event_id, message.topic, message.payload),
            )
        row = self._db.execute(
            "INSERT INTO history (event_id, seq, told_at, topic, payload) VALUES (?, ?, ?, ?, ?)",
            (event_id, seq, now_s, message.topic, message.payload),
        )
        newest = int(row.lastrowid or 0)
        self._db.execute(
            "DELETE FROM history WHERE number <= ?", (newest - self._limits.count_max,)
        )

    def forget_old(self, now_s: float) -> None:
        """Lets go of what was told too long ago."""
        self._db.execute(
            "DELETE FROM history WHERE told_at < ? AND told_at >= ?",
            (now_s - self._limits.keep_s, CLOCK_WAS_SET_S),
        )

    def clock_was_set(self, by_s: float) -> None:
        """What was told grows neither older nor younger by that."""
        self._db.execute(
            "UPDATE history SET told_at = told_at + ? WHERE told_at >= ?", (by_s, CLOCK_WAS_SET_S)
        )
