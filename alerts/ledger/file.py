"""The ledger's file: opened by one or several processes, checked, brought to this version.

`SCRIPTS` bring a file forward, as those of `alerts.outbox_file`. What is damaged is set aside under
another name and told, and begun anew: a resync and the retained messages fill it again.

newer than this version   UserError: install a newer floorwatch, or name another folder
cannot be brought forward UserError: nothing was changed, the version before can use it
folder cannot be used     UserError: its owner and rights
disk full or read-only    DiskRefused
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from alerts.database_parts import bring_forward, keep_to_its_owner, refuse_newer, set_aside
from alerts.errors import DiskRefused, UserError

_BUSY_TIMEOUT_S = 5.0  # another desk on the same file writes for milliseconds
_TABLES = """
CREATE TABLE event (
    event_id TEXT NOT NULL, site TEXT NOT NULL,
    heard_at TEXT NOT NULL,
    camera TEXT, label TEXT, zone TEXT,
    first_seq INTEGER, first TEXT,          -- the lowest seq there was, as JSON
    seq INTEGER, latest TEXT,               -- the highest
    version INTEGER NOT NULL DEFAULT 0, state TEXT,
    standing TEXT NOT NULL DEFAULT 'open',
    cleared INTEGER NOT NULL DEFAULT 0,     -- the version that was taken off the broker
    words TEXT NOT NULL DEFAULT '',         -- what `text` is looked for in
    known INTEGER NOT NULL DEFAULT 0,       -- 0: only pictures or answers came so far
    PRIMARY KEY (event_id, site));
CREATE INDEX event_standing ON event (standing, event_id) WHERE known;
CREATE INDEX event_camera ON event (site, camera, event_id) WHERE known;
CREATE TABLE said (                         -- states, answers and pages of an event
    event_id TEXT NOT NULL, site TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
    rank TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (event_id, site, kind, key)) WITHOUT ROWID;
CREATE TABLE picture (
    kind TEXT NOT NULL, site TEXT NOT NULL, key TEXT NOT NULL,
    file TEXT NOT NULL, size INTEGER NOT NULL, digest TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (kind, key, site)) WITHOUT ROWID;
CREATE INDEX picture_age ON picture (at);
CREATE TABLE camera (
    site TEXT NOT NULL, camera TEXT NOT NULL,
    reason TEXT NOT NULL, since TEXT, detail TEXT,
    PRIMARY KEY (site, camera)) WITHOUT ROWID;
CREATE TABLE site (
    site TEXT PRIMARY KEY, availability TEXT, availability_since TEXT,
    desk TEXT, desk_since TEXT, status TEXT) WITHOUT ROWID;
"""
SCRIPTS: tuple[str, ...] = (_TABLES,)

_log = logging.getLogger(__name__)


def open_ledger_file(path: Path, scripts: Sequence[str] = SCRIPTS) -> sqlite3.Connection:
    """Opens or makes the file, in autocommit. Raises `UserError` or `DiskRefused` (see above)."""
    try:
        with _alone(path):
            return _open_or_set_aside(path, scripts)
    except (sqlite3.Error, OSError) as error:
        raise DiskRefused(f"ledger {path} cannot be opened: {error}") from error


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While one process checks the file and sets it aside, no other does."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("w", encoding="utf-8")
    except OSError as error:
        text = f"ledger {path} cannot be made: {error.strerror}"
        if error.errno in {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise DiskRefused(text) from error
        raise UserError(f"{text}: check the folder's owner and rights") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _open_or_set_aside(path: Path, scripts: Sequence[str]) -> sqlite3.Connection:
    try:
        return _open(path, scripts)
    except sqlite3.OperationalError:  # full, read-only, no rights: nothing is damaged
        raise
    except sqlite3.DatabaseError as error:
        aside = set_aside(path)
        _log.error("ledger %s is damaged (%s): kept as %s, starting empty", path, error, aside)
        return _open(path, scripts)


def _open(path: Path, scripts: Sequence[str]) -> sqlite3.Connection:
    keep_to_its_owner(path)
    # One lock in `Ledger` keeps its threads apart, so sqlite need not.
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
    refuse_newer(db, scripts, f"ledger {path}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # what was taken is acknowledged to the broker
    db.execute(f"PRAGMA journal_size_limit = {4 * 2**20}")
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(str(found))
    bring_forward(db, scripts, f"ledger {path}")
