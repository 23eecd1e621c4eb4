"""What is past its bounds goes, the oldest first; and which pictures there are."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from alerts import moments
from alerts.ledger.pictures import PictureKind
from alerts.ledger.rows import LedgerLimits
from alerts.shapes import EVENT_ID, matches

_OF_EVENTS: tuple[PictureKind, ...] = ("snapshot", "plain", "clip")
_FILE_BYTES_MIN = 4096  # what a file takes on a disk, however small it is


def past_bounds(
    db: sqlite3.Connection, now: datetime, limits: LedgerLimits
) -> tuple[int, list[str]]:
    """Forgets events and pictures, inside a transaction: how many events, and which files.

    Age counts from when the ledger heard of it: a device without a clock begins in 1970, and its
    alerts are not old.
    """
    try:
        before = moments.to_text(now - timedelta(days=limits.keep_days))
    except OverflowError:  # longer than there has been time
        before = ""
    gone = db.execute("SELECT event_id, site FROM event WHERE heard_at < ?", (before,)).fetchall()
    gone += db.execute(
        # First what is no more than an answer to nothing, then what is over, then the rest.
        "SELECT event_id, site FROM event WHERE heard_at >= ? ORDER BY known DESC, "
        "(standing IN ('resolved', 'false_alarm') OR version BETWEEN 1 AND cleared), "
        "heard_at DESC, event_id DESC LIMIT -1 OFFSET ?",
        (before, limits.events_max),
    ).fetchall()
    files: list[str] = []
    for event_id, site in gone:
        db.execute("DELETE FROM event WHERE event_id = ? AND site = ?", (event_id, site))
        db.execute("DELETE FROM said WHERE event_id = ? AND site = ?", (event_id, site))
        names = [forget_picture(db, kind, site, event_id) for kind in _OF_EVENTS]
        files += [name for name in names if name is not None]
    return len(gone), files + _pictures_past_bounds(db, before, limits)


def _pictures_past_bounds(db: sqlite3.Connection, before: str, limits: LedgerLimits) -> list[str]:
    old = db.execute(
        "SELECT kind, site, key FROM picture"
        " WHERE at < ? AND kind NOT IN ('camera_snapshot', 'view')",
        (before,),
    ).fetchall()
    found = db.execute(
        "SELECT kind, site, key, size FROM picture"
        " WHERE at >= ? OR kind IN ('camera_snapshot', 'view') "
        "ORDER BY at DESC, kind, site, key",
        (before,),
    )
    total = 0
    for kind, site, key, size in found.fetchall():
        total += max(size, _FILE_BYTES_MIN)
        if total > limits.pictures_bytes_max:
            old.append((kind, site, key))
    names = [forget_picture(db, kind, site, key) for kind, site, key in old]
    return [name for name in names if name is not None]


def files(db: sqlite3.Connection) -> set[str]:
    """The names of all files that are noted."""
    return {str(row[0]) for row in db.execute("SELECT file FROM picture")}


def noted(db: sqlite3.Connection, kind: PictureKind, site: str, key: str) -> str | None:
    """The digest of a picture that is noted."""
    found = db.execute(
        "SELECT digest FROM picture WHERE kind = ? AND key = ? AND site = ?", (kind, key, site)
    ).fetchone()
    return None if found is None else str(found[0])


def note_picture(
    db: sqlite3.Connection, kind: PictureKind, site: str, key: str, note: tuple[str, int, str, str]
) -> None:
    """Notes a picture that was written: its file, size in bytes, digest, and when it came."""
    name, size, digest, at = note
    db.execute(
        "INSERT OR REPLACE INTO picture (kind, site, key, file, size, digest, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (kind, site, key, name, size, digest, at),
    )


def forget_picture(db: sqlite3.Connection, kind: PictureKind, site: str, key: str) -> str | None:
    """The file to be removed, if one was noted."""
    where = (kind, key, site)
    found = db.execute(
        "SELECT file FROM picture WHERE kind = ? AND key = ? AND site = ?", where
    ).fetchone()
    db.execute("DELETE FROM picture WHERE kind = ? AND key = ? AND site = ?", where)
    return None if found is None else str(found[0])


def no_event_id(key: str, kind: PictureKind) -> str | None:
    """Why a picture of the event `key` is not kept, or None."""
    return None if matches(EVENT_ID, key) else f"{kind} of no event"
