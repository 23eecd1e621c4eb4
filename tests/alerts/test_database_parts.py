"""What all our databases share: brought forward whole or not at all, one bad row set apart."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from alerts.database_parts import bring_forward, tried
from alerts.desk.desk_file import SCRIPTS as DESK
from alerts.desk.desk_file import DeskFile
from alerts.errors import UserError
from alerts.ledger.file import SCRIPTS as LEDGER
from alerts.ledger.file import open_ledger_file

FIRST = "CREATE TABLE a (x INTEGER);\nCREATE TABLE b (x INTEGER);\n"
SECOND = "ALTER TABLE a ADD COLUMN y TEXT;\nCREATE UNIQUE INDEX once ON a (x);\n"


def made(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def test_a_script_that_does_not_fit_what_is_there_changes_nothing(tmp_path: Path) -> None:
    with closing(made(tmp_path / "db")) as db:
        bring_forward(db, [FIRST], "the book")
        db.execute("INSERT INTO a VALUES (1), (1)")
        with pytest.raises(UserError, match="the book cannot be brought to version 2") as told:
            bring_forward(db, [FIRST, SECOND], "the book")
        assert "go back to the floorwatch that wrote it" in str(told.value)
        assert [row[1] for row in db.execute("PRAGMA table_info(a)")] == ["x"]
        bring_forward(db, [FIRST], "the book")  # the version before can use it
        db.execute("DELETE FROM a WHERE rowid = 2")
        bring_forward(db, [FIRST, SECOND], "the book")
        with pytest.raises(UserError, match="newer floorwatch"):
            bring_forward(db, [FIRST], "the book")


@pytest.mark.parametrize(
    ("scripts", "opened"),
    [
        (DESK, DeskFile),
        (LEDGER, open_ledger_file),
    ],
    ids=["the desk's", "the ledger's"],
)
def test_a_whole_file_is_not_taken_for_a_damaged_one(
    tmp_path: Path,
    scripts: Sequence[str],
    opened: Callable[[Path, Sequence[str]], DeskFile | sqlite3.Connection],
) -> None:
    path = tmp_path / "kept.sqlite3"
    opened(path, scripts)
    with closing(made(path)) as db:
        db.execute("CREATE TABLE twice (x INTEGER)")
        db.execute("INSERT INTO twice VALUES (1), (1)")
    with pytest.raises(UserError, match="cannot be brought to version"):
        opened(path, [*scripts, "CREATE UNIQUE INDEX once ON twice (x);"])
    assert not list(tmp_path.glob("*.damaged-*"))
    opened(path, scripts)


def test_one_bad_row_is_given_back_and_the_rest_stays() -> None:
    with closing(made(Path(":memory:"))) as db:
        db.execute("CREATE TABLE a (x INTEGER NOT NULL)")
        db.execute("BEGIN")

        def put(value: object) -> None:
            db.execute("INSERT INTO a VALUES (7)")
            db.execute("INSERT INTO a VALUES (?)", (value,))

        assert isinstance(tried(db, lambda: put(None)), sqlite3.IntegrityError)
        assert isinstance(tried(db, lambda: put(2**70)), OverflowError)
        assert tried(db, lambda: put(1)) is None
        with pytest.raises(sqlite3.OperationalError):
            tried(db, lambda: db.execute("SELECT * FROM nowhere").close())
        assert [x for (x,) in db.execute("SELECT x FROM a")] == [7, 1]
