"""A SQLite database is three files: made for its owner alone, brought forward, set aside as one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from alerts.errors import UserError

# Of what one row holds or one statement asks; the others are the disk's or the file's.
_OF_ONE_ROW = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


def keep_to_its_owner(path: Path) -> None:
    """Makes the file if it is not there, readable to its owner alone. Before SQLite opens it: its
    -wal and -shm, which hold the same, get the file's rights. Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for part in _parts(path):
        if part.exists():
            part.chmod(0o600)


def set_aside(path: Path) -> Path:
    """Renames a damaged one, whole; gives its new name. Raises OSError."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for part, aside_part in zip(_parts(path), _parts(aside), strict=True):
        if part.exists():
            part.rename(aside_part)
    return aside


def refuse_newer(db: sqlite3.Connection, scripts: Sequence[str], called: str) -> None:
    """Raises `UserError` for a file that only a newer version knows; `called` is what and where it
    is, for people."""
    version = _version(db)
    if version > len(scripts):
        raise UserError(
            f"{called} was written by a newer floorwatch (version {version} of the file, this one "
            f"knows {len(scripts)}): install the newer one or name another folder"
        )


def bring_forward(db: sqlite3.Connection, scripts: Sequence[str], called: str) -> None:
    """Runs the scripts that the file has not seen: the nth brings it from version n - 1 to n, whole
    or not at all; several processes may try at once. `db` is in autocommit.

    Raises `UserError`, as `refuse_newer` and where a script cannot be run on what is in the file;
    what the disk refuses comes out as `sqlite3.OperationalError`.
    """
    refuse_newer(db, scripts, called)
    # Asked without locking first: another process may hang while it keeps the file locked.
    while (version := _version(db)) < len(scripts):
        db.execute("BEGIN IMMEDIATE")
        try:
            if _version(db) == version:  # two may have started at once
                for statement in _statements(scripts[version]):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {version + 1}")
            db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):  # full, read-only: as ever
                raise
            # Not damaged: set aside, what waits in it would never be told.
            raise UserError(
                f"{called} cannot be brought to version {version + 1} of the file ({error}): go "
                "back to the floorwatch that wrote it, and report this"
            ) from error


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Whole or not at all. `db` is in autocommit."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def tried(db: sqlite3.Connection, work: Callable[[], None]) -> Exception | None:
    """Does `work` within a transaction, wholly or not at all, and gives the bug that came out of
    it, for who can set aside what it was about. What the disk refuses is no bug and is raised."""
    db.execute("SAVEPOINT tried")
    try:
        work()
    except Exception as error:
        if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_ONE_ROW):
            raise
        db.execute("ROLLBACK TO tried")
        db.execute("RELEASE tried")
        return error
    db.execute("RELEASE tried")
    return None


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit what was begun."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _parts(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
