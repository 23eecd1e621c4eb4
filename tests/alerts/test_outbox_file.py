"""The outbox's file is brought forward whole or not at all, and never used by what is older."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.errors import UserError
from alerts.outbox import Outbox
from alerts.outbox_file import SCRIPTS, open_outbox_file
from tests.support.until import until

OUTBOXES = Path(__file__).parent / "outboxes"
ADDS_A_COLUMN = "ALTER TABLE outbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;"
# Writes more than fits into memory, so that some of it is in the file's log, and never ends.
NEVER_ENDS = f"""
{ADDS_A_COLUMN}
DELETE FROM dead_letter;
CREATE TABLE ballast (it BLOB);
INSERT INTO ballast WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT zeroblob(100000) FROM n LIMIT 100;
INSERT INTO ballast WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT count(*) FROM n;
"""
MIGRATES = """
import sys
from pathlib import Path
from alerts.outbox_file import SCRIPTS, open_outbox_file

open_outbox_file(Path(sys.argv[1]), (*SCRIPTS, sys.argv[2]))
"""


def an_old_file(folder: Path, version: int) -> Path:
    """The outbox of that version, as its floorwatch left it."""
    path = folder / "outbox.sqlite3"
    db = sqlite3.connect(path)
    db.executescript((OUTBOXES / f"v{version}.sql").read_text("utf-8"))
    db.close()
    return path


def columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")]


def version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_there_is_an_outbox_of_every_version() -> None:
    found = {path.name for path in OUTBOXES.iterdir()}
    assert found == {f"v{number}.sql" for number in range(1, len(SCRIPTS) + 1)}


def test_an_old_file_has_the_tables_that_its_scripts_make(tmp_path: Path) -> None:
    def tables(path: Path) -> list[str]:
        db = sqlite3.connect(path)
        found = [str(row[0]) for row in db.execute("SELECT sql FROM sqlite_schema ORDER BY name")]
        db.close()
        return found

    for number in range(1, len(SCRIPTS) + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        old = an_old_file(folder, number)
        open_outbox_file(folder / "new.sqlite3", SCRIPTS[:number]).close()
        assert tables(old) == tables(folder / "new.sqlite3")


def test_a_further_script_brings_it_forward_and_older_ones_leave_it_alone(tmp_path: Path) -> None:
    path = an_old_file(tmp_path, 1)
    file = open_outbox_file(path, (*SCRIPTS, ADDS_A_COLUMN))
    assert version(file.db) == len(SCRIPTS) + 1
    assert columns(file.db, "outbox")[-1] == "tries"
    assert file.db.execute("SELECT count(*) FROM outbox").fetchone() == (8,)
    file.close()
    open_outbox_file(path, (*SCRIPTS, ADDS_A_COLUMN)).close()  # and not once more
    before = path.read_bytes()
    with pytest.raises(UserError, match="newer floorwatch"):
        Outbox(path)
    assert path.read_bytes() == before


def test_killed_in_the_midst_of_it_nothing_has_changed(tmp_path: Path) -> None:
    path = an_old_file(tmp_path, 1)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    migrating = subprocess.Popen(
        [sys.executable, "-c", MIGRATES, str(path), NEVER_ENDS], env=environment
    )
    log = path.with_name(path.name + "-wal")
    with migrating:
        until(lambda: log.exists() and log.stat().st_size > 4_000_000, "it is in the midst of it")
        migrating.send_signal(signal.SIGKILL)
    with Outbox(path, age_s_max=1e10) as outbox:
        assert (outbox.depth(), outbox.dead()) == (8, 2)
    file = open_outbox_file(path)
    assert version(file.db) == len(SCRIPTS)
    assert "tries" not in columns(file.db, "outbox")
    assert columns(file.db, "ballast") == []
    file.close()
    assert not list(tmp_path.glob("*.damaged-*"))


def test_what_cannot_be_brought_forward_is_told_and_not_set_aside(tmp_path: Path) -> None:
    path = an_old_file(tmp_path, len(SCRIPTS))
    fails = f"{ADDS_A_COLUMN} INSERT INTO counter VALUES ('depth', 1);"  # there is one already
    with pytest.raises(UserError, match=rf"version {len(SCRIPTS) + 1} .*go back"):
        open_outbox_file(path, (*SCRIPTS, fails))
    with Outbox(path, age_s_max=1e10) as outbox:
        assert outbox.depth() == 8
    assert not list(tmp_path.glob("*.damaged-*"))
