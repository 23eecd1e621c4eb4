"""The desk's file: what outlives it, shared by the desks that stand in for each other.

One connection a desk, used by its threads in turn. Each write is on disk, fsynced, when it returns.
`SCRIPTS` bring a file forward, as those of the outbox do: a released script is never changed.

newer than this version   UserError: install a newer floorwatch, or name another folder
cannot be brought forward UserError: nothing was changed, the version before can use it
folder cannot be used     UserError: its owner and rights
disk full or read-only    DiskRefused, now or at any write
damaged                   set aside under another name and told, never deleted; starts empty
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from alerts.database_parts import bring_forward, keep_to_its_owner, set_aside, transaction
from alerts.errors import DiskRefused, UserError

_BUSY_S = 2.0  # the other desk may be writing
_TABLES = """
CREATE TABLE lease (  -- one row: who acts
    one INTEGER PRIMARY KEY CHECK (one = 1),
    token INTEGER NOT NULL,   -- rises with every holder: what an earlier one writes is refused
    beat INTEGER NOT NULL, holder TEXT, proof TEXT,
    desk_s REAL NOT NULL, boot TEXT NOT NULL, machine_s REAL NOT NULL, wall_s REAL NOT NULL);
CREATE TABLE input (  -- what came in, each once, until it was acted on and for some time after
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
    event_id TEXT, topic TEXT NOT NULL, payload BLOB NOT NULL, put_at REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'new');
CREATE INDEX input_state ON input (state, number);
CREATE INDEX input_event ON input (event_id) WHERE state = 'waiting';
CREATE TABLE life (
    event_id TEXT PRIMARY KEY, site TEXT NOT NULL, camera TEXT, label TEXT,
    opened_at TEXT NOT NULL, standing TEXT NOT NULL, stood_s REAL NOT NULL, due_s REAL,
    life TEXT NOT NULL);
CREATE INDEX life_due ON life (due_s) WHERE due_s IS NOT NULL;
CREATE INDEX life_camera ON life (site, camera, opened_at);
CREATE INDEX life_stood ON life (stood_s);
CREATE TABLE page (  -- an intent: on disk before anybody is told
    page_id TEXT PRIMARY KEY, event_id TEXT NOT NULL, round INTEGER NOT NULL,
    step INTEGER NOT NULL, why TEXT NOT NULL, recipient TEXT NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, perhaps_told INTEGER NOT NULL DEFAULT 0,
    due_s REAL NOT NULL, put_s REAL NOT NULL, said TEXT NOT NULL DEFAULT '', page TEXT NOT NULL);
CREATE INDEX page_planned ON page (recipient, put_s, page_id) WHERE state = 'planned';
CREATE INDEX page_event ON page (event_id, round, step);
CREATE TABLE state (  -- the last state of each event, and whether the broker has it
    event_id TEXT PRIMARY KEY, site TEXT NOT NULL, version INTEGER NOT NULL,
    payload BLOB NOT NULL, told INTEGER NOT NULL DEFAULT 0, asked_at_s REAL NOT NULL DEFAULT 0);
CREATE INDEX state_untold ON state (site, event_id) WHERE told = 0;
"""
SCRIPTS: tuple[str, ...] = (_TABLES,)

_log = logging.getLogger(__name__)


class DeskFile:
    """The open file at `path`, made if it is not there. A context manager, thread-safe. `damaged`
    says that it was found to be so since: opened anew it is set aside."""

    def __init__(self, path: Path, scripts: Sequence[str] = SCRIPTS) -> None:
        self.path = path
        self.damaged = False
        self._lock = threading.RLock()
        self._db = _opened(path, scripts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, whole or not at all; on disk when it is over. Raises `DiskRefused`."""
        with self._lock, self._told_as_refusal(), transaction(self._db):
            yield self._db

    def rows(self, query: str, *given: Any) -> list[Any]:
        """What is asked for. Raises `DiskRefused`."""
        with self._lock, self._told_as_refusal():
            return self._db.execute(query, given).fetchall()

    @contextlib.contextmanager
    def _told_as_refusal(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.damaged |= type(error) is sqlite3.DatabaseError
            raise DiskRefused(f"{self.path}: {error}") from error


def _opened(path: Path, scripts: Sequence[str]) -> sqlite3.Connection:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _prepared(path, scripts)
    except sqlite3.OperationalError as error:
        raise DiskRefused(f"{path} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        aside = set_aside(path)
        _log.error("%s is damaged (%s): kept as %s, starting empty", path, error, aside)
        return _prepared(path, scripts)
    except OSError as error:
        raise UserError(
            f"{path} cannot be made ({error.strerror}): check the folder's owner and rights"
        ) from error


def _prepared(path: Path, scripts: Sequence[str]) -> sqlite3.Connection:
    keep_to_its_owner(path)
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # FULL: in WAL mode NORMAL would not fsync each commit, and a power cut would lose intents.
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {4 * 2**20}")
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(str(found))
        bring_forward(db, scripts, str(path))
    except BaseException:
        db.close()
        raise
    return db
