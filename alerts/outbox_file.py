"""The outbox's file: opened for one daemon alone, checked, brought to this version's tables.

`SCRIPTS` bring a file forward: the nth from version n − 1 to n, whole or not at all. A released
script is never changed; what waits in a file of any version is delivered by this one.

newer than this version   UserError: install a newer floorwatch, or name another folder
in use by another daemon  UserError: give each daemon its own folder
folder cannot be used     UserError: its owner and rights
disk full or read-only    DiskRefused: a daemon can go on without it, a check should not
cannot be brought forward UserError: nothing was changed, the version before can use it
damaged                   set aside under another name and told, never deleted; starts empty
"""

from __future__ import annotations

import errno
import fcntl
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from alerts.database_parts import bring_forward, keep_to_its_owner, refuse_newer, set_aside
from alerts.errors import DiskRefused, UserError

_BUSY_TIMEOUT_S = 0.5  # somebody may look into the file with sqlite3 while we write
_TABLES = """
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: a late receipt hits nothing else
    rank INTEGER NOT NULL,                 -- what goes first when something must: lowest
    size INTEGER NOT NULL, put_at REAL NOT NULL,
    event_id TEXT NOT NULL, seq INTEGER NOT NULL, phase TEXT NOT NULL,
    topic TEXT NOT NULL, retain INTEGER NOT NULL, qos INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE INDEX outbox_rank ON outbox (rank, id);
CREATE INDEX outbox_events ON outbox (id) WHERE rank > 0;
CREATE TABLE dead_letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT, refused_at REAL NOT NULL, reason TEXT NOT NULL,
    event_id TEXT NOT NULL, seq INTEGER NOT NULL, phase TEXT NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO counter VALUES ('depth', 0), ('bytes', 0);
CREATE TRIGGER outbox_in AFTER INSERT ON outbox BEGIN
    UPDATE counter SET value = value + 1 WHERE name = 'depth';
    UPDATE counter SET value = value + NEW.size WHERE name = 'bytes';
END;
CREATE TRIGGER outbox_out AFTER DELETE ON outbox BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'depth';
    UPDATE counter SET value = value - OLD.size WHERE name = 'bytes';
END;
"""
_OPEN_EVENTS = """
CREATE TABLE open_event (  -- told as open and not yet as closed: the last phase of each
    event_id TEXT PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL);
"""
_HISTORY = """
CREATE TABLE history (  -- every phase told lately, in the order it was, for who asks for it again
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL, seq INTEGER NOT NULL, told_at REAL NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL);
"""
SCRIPTS: tuple[str, ...] = (_TABLES, _OPEN_EVENTS, _HISTORY)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutboxFile:
    """An open file. `lock` is held until closed."""

    db: sqlite3.Connection
    lock: IO[str]

    def close(self) -> None:
        """Closes the database and lets another daemon have it."""
        self.db.close()
        self.lock.close()


def open_outbox_file(path: Path, scripts: Sequence[str] = SCRIPTS) -> OutboxFile:
    """Opens or makes the file. Raises `UserError` or `DiskRefused` (see above)."""
    lock = _lock(path)
    try:
        return _open_or_set_aside(path, lock, scripts)
    except (sqlite3.Error, OSError) as error:
        lock.close()
        raise DiskRefused(f"outbox {path} cannot be opened: {error}") from error
    except UserError:
        lock.close()
        raise


def _open_or_set_aside(path: Path, lock: IO[str], scripts: Sequence[str]) -> OutboxFile:
    try:
        return OutboxFile(_open(path, scripts), lock)
    except sqlite3.OperationalError:  # full, read-only, no rights: nothing is damaged
        raise
    except sqlite3.DatabaseError as error:
        aside = set_aside(path)
        _log.error("outbox %s is damaged (%s): kept as %s, starting empty", path, error, aside)
        return OutboxFile(_open(path, scripts), lock)


def _lock(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("w", encoding="utf-8")
    except OSError as error:
        text = f"outbox {path} cannot be made: {error.strerror}"
        if error.errno in {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise DiskRefused(text) from error
        raise UserError(f"{text}: check the folder's owner and rights") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise UserError(
            f"outbox {path} is in use by another floorwatch: give each its own state folder"
        ) from error
    return lock


def _open(path: Path, scripts: Sequence[str]) -> sqlite3.Connection:
    keep_to_its_owner(path)
    # autocommit; one lock in `Outbox` keeps its threads apart, so sqlite need not.
    db = sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(db, path, scripts)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path, scripts: Sequence[str]) -> None:
    refuse_newer(db, scripts, f"outbox {path}")
    db.execute("PRAGMA journal_mode = WAL")
    # FULL: in WAL mode NORMAL would not fsync each commit, and a power cut would lose alerts.
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA journal_size_limit = {4 * 2**20}")
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(str(found))
    bring_forward(db, scripts, f"outbox {path}")
