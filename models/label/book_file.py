"""The book's file, `labels.sqlite`: opened, checked, brought to this version's tables.

Several programs may have it open at once: the page, and a verb that reads it. `SCRIPTS` bring a
file forward, each whole or not at all; a released script is never changed. What was answered is
never changed or deleted either, by the file's own triggers: to undo is to say so in a row more.

newer than this version  BadBook: install a newer floorwatch
damaged, or none of ours BadBook: people's work is in it, so it is not set aside by itself
cannot be made or opened BadBook: its folder's owner and rights
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from alerts.database_parts import bring_forward, keep_to_its_owner, transaction
from alerts.errors import UserError

_BUSY_S = 10.0  # another program may be writing
_TABLES = """
CREATE TABLE item (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('picture', 'clip')),
    path TEXT NOT NULL,
    digest TEXT NOT NULL,              -- SHA-256 of the file
    at_s REAL,                         -- a moment of a recording
    site TEXT NOT NULL, camera TEXT NOT NULL, source TEXT NOT NULL,
    occurred_at TEXT, event_id TEXT, said TEXT,
    width_px INTEGER NOT NULL, height_px INTEGER NOT NULL, length_s REAL, note TEXT NOT NULL);
CREATE UNIQUE INDEX item_same ON item (digest, kind, ifnull(at_s, -1));
CREATE TABLE suggestion (
    item INTEGER NOT NULL REFERENCES item (number),
    kind TEXT NOT NULL, model_sha256 TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('collapse', 'spill', 'nothing', 'unsure')),
    score REAL NOT NULL, collapse REAL NOT NULL, spill REAL NOT NULL,
    onset_s REAL, end_s REAL,
    boxes TEXT, areas TEXT,            -- JSON; NULL: nobody looked
    curve TEXT,                        -- JSON
    made_at TEXT NOT NULL,
    PRIMARY KEY (item, kind, model_sha256));
CREATE TABLE answer (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    item INTEGER NOT NULL REFERENCES item (number),
    who TEXT NOT NULL, at TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('collapse', 'spill', 'nothing', 'unsure')),
    onset_s REAL, end_s REAL, boxes TEXT, areas TEXT,
    took_s REAL NOT NULL, presses INTEGER NOT NULL,
    blind INTEGER NOT NULL, suggested TEXT, model_sha256 TEXT NOT NULL,
    mode TEXT NOT NULL, redoes INTEGER REFERENCES answer (number));
CREATE INDEX answer_item ON answer (item, who, number);
CREATE INDEX answer_who ON answer (who, number);
CREATE TABLE undone (
    answer INTEGER PRIMARY KEY REFERENCES answer (number),
    who TEXT NOT NULL, at TEXT NOT NULL);
CREATE TRIGGER answer_stays BEFORE UPDATE ON answer BEGIN
    SELECT raise(ABORT, 'an answer is never changed'); END;
CREATE TRIGGER answer_kept BEFORE DELETE ON answer BEGIN
    SELECT raise(ABORT, 'an answer is never deleted'); END;
CREATE TRIGGER undone_stays BEFORE UPDATE ON undone BEGIN
    SELECT raise(ABORT, 'what was undone stays so'); END;
CREATE TRIGGER undone_kept BEFORE DELETE ON undone BEGIN
    SELECT raise(ABORT, 'what was undone stays so'); END;
CREATE VIEW standing AS             -- the last answer of each labeller to each item
    SELECT * FROM answer WHERE number IN (
        SELECT max(number) FROM answer
        WHERE number NOT IN (SELECT answer FROM undone) GROUP BY item, who);
CREATE TABLE turn (
    item INTEGER PRIMARY KEY REFERENCES item (number),
    rank REAL NOT NULL, why TEXT NOT NULL, probability REAL);
"""
SCRIPTS: tuple[str, ...] = (_TABLES,)


class BadBook(UserError):
    """The file of labels cannot be used."""


class BookFile:
    """The open file. Thread-safe; one transaction at a time."""

    def __init__(self, path: Path, scripts: Sequence[str] = SCRIPTS) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._db = _opened(path, scripts)

    def close(self) -> None:
        """Closes it."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, whole or not at all; on disk when it is over. Raises BadBook."""
        with self._lock, self._told(), transaction(self._db):
            yield self._db

    def rows(self, query: str, *given: Any) -> list[sqlite3.Row]:
        """What is asked for. Raises BadBook."""
        with self._lock, self._told():
            return self._db.execute(query, given).fetchall()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise BadBook(f"{self.path}: {error}: make room, or mend the file's rights") from error
        except sqlite3.IntegrityError:  # ours, not the file's
            raise
        except sqlite3.DatabaseError as error:
            raise BadBook(f"{self.path} is damaged ({error}): put back a copy of it") from error


def _opened(path: Path, scripts: Sequence[str]) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_to_its_owner(path)  # it says who answered what, and how fast
        db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise BadBook(f"{path} cannot be opened ({error}): mend its folder's rights") from error
    try:
        db.row_factory = sqlite3.Row
        _prepare(db, path, scripts)
    except sqlite3.OperationalError as error:
        db.close()
        raise BadBook(f"{path} cannot be opened ({error}): mend its folder's rights") from error
    except sqlite3.DatabaseError as error:
        db.close()
        raise BadBook(
            f"{path} is damaged or no file of labels ({error}): put back a copy of it, or move it "
            "away and label anew"
        ) from error
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path, scripts: Sequence[str]) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # a power cut loses no answer
    db.execute("PRAGMA foreign_keys = ON")
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(str(found))
    bring_forward(db, scripts, f"labels {path}")
