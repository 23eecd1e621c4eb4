"""What came in, on disk before the broker is told that we have it: phases of events, and answers.

Every desk on the file writes down what it hears, each message once; the one that acts takes them
from here, so that whoever stands in for it has missed nothing.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_KEPT_S = 2 * 86_400.0  # done: to know a copy by
_WAITS_S = 3600.0  # an answer to an event that never came


@dataclass(frozen=True)
class Heard:
    """One message as it came; `key` is the same for every copy. `put_at` is the time on the wall
    when it was written down, in seconds since 1970. `event_id` is what it is about, if known."""

    number: int
    key: str
    topic: str
    payload: bytes
    put_at: float
    event_id: str | None = None


def put(
    db: sqlite3.Connection,
    key: str,
    event_id: str | None,
    topic: str,
    payload: bytes,
    *,
    put_at: float,
) -> bool:
    """Writes it down. False for a copy."""
    added = db.execute(
        "INSERT OR IGNORE INTO input (key, event_id, topic, payload, put_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (key, event_id, topic, payload, put_at),
    ).rowcount
    return added > 0


def new(db: sqlite3.Connection, limit: int) -> list[Heard]:
    """The oldest that nobody acted on."""
    rows = db.execute(
        "SELECT number, key, topic, payload, put_at, event_id FROM input WHERE state = 'new'"
        " ORDER BY number LIMIT ?",
        (limit,),
    ).fetchall()
    return [Heard(*row) for row in rows]


def done(db: sqlite3.Connection, heard: Heard) -> None:
    """It was acted on."""
    db.execute("UPDATE input SET state = 'done' WHERE number = ?", (heard.number,))


def set_aside(db: sqlite3.Connection, heard: Heard) -> None:
    """It cannot be acted on: it stays for whoever looks into it."""
    db.execute("UPDATE input SET state = 'aside' WHERE number = ?", (heard.number,))


def wait(db: sqlite3.Connection, heard: Heard) -> None:
    """Nothing is known of its event yet: it waits for that."""
    db.execute("UPDATE input SET state = 'waiting' WHERE number = ?", (heard.number,))


def wake(db: sqlite3.Connection, event_id: str) -> None:
    """That event is known now."""
    db.execute(
        "UPDATE input SET state = 'new' WHERE event_id = ? AND state = 'waiting'", (event_id,)
    )


def forget(db: sqlite3.Connection, now_at: float) -> int:
    """Deletes what is old; gives how many answers never found their event."""
    lost = db.execute(
        "DELETE FROM input WHERE state = 'waiting' AND put_at < ?", (now_at - _WAITS_S,)
    ).rowcount
    db.execute(
        "DELETE FROM input WHERE state IN ('done', 'aside') AND put_at < ?", (now_at - _KEPT_S,)
    )
    return int(lost)
