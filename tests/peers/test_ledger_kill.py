"""The ledger's file: killed at any moment, damaged, of another version, shared by two."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from alerts.errors import DiskRefused, UserError
from alerts.inbox import Received
from alerts.ledger import Change, Ledger, Query
from alerts.ledger.file import SCRIPTS, open_ledger_file
from tests.alerts.full_disk import full_disk
from tests.alerts.samples import an_event
from tests.alerts.telling import JPEG, a_state, pictured, stands, told

# Takes events, states and pictures without end, and says what is taken, when it is taken.
WRITER = """
import os, sys
from pathlib import Path
from alerts.ledger import Ledger
from tests.alerts.samples import an_event
from tests.alerts.telling import JPEG, a_state, pictured, stands, told

with Ledger.open(Path(sys.argv[1])) as ledger:
    for ordinal in range(10**9):
        ledger.take(told(an_event(ordinal)))
        ledger.take(stands(a_state(1, ordinal=ordinal)))
        ledger.take(pictured(ordinal, JPEG + bytes(50_000)))
        os.write(1, f"{ordinal}{chr(10)}".encode())
"""


@pytest.mark.parametrize("lines", [1, 7, 23])
def test_what_was_taken_stays(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "ledger.sqlite3"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, env=environment
    )
    with writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        said += [line for line in writer.stdout.readlines() if line.endswith(b"\n")]
    assert len(said) >= lines
    with Ledger.open(path) as ledger:
        for line in said:
            event = an_event(int(line))
            row = ledger.event(event.event_id)
            assert row is not None
            assert (row.event, row.state) == (event, a_state(1, ordinal=int(line)))
            snapshot = ledger.snapshot(event.event_id)
            assert snapshot is not None
            assert snapshot.read_bytes() == JPEG + bytes(50_000)
        assert len(ledger.events(Query(limit=1000))) in {len(said), len(said) + 1}
    assert not list(tmp_path.glob("*.damaged-*"))


def test_a_damaged_file_is_set_aside_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ledger.sqlite3"
    with Ledger.open(path) as ledger:
        for ordinal in range(40):
            ledger.take(told(an_event(ordinal)))
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + b"rubbish" * 1000 + whole[12_000:])
    with Ledger.open(path) as ledger:
        assert ledger.events() == []
        assert ledger.take(told(an_event()))[0].new
    [aside] = tmp_path.glob("*.damaged-*")
    assert b"rubbish" in aside.read_bytes()
    assert "is damaged" in caplog.text
    assert str(aside) in caplog.text


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    open_ledger_file(path, (*SCRIPTS, "CREATE TABLE newer (it);")).close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="newer floorwatch"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="check the folder's owner and rights"):
        Ledger.open(tmp_path / "file" / "ledger")


def take_all(ledger: Ledger) -> None:
    for seq in range(50):  # more than its log still has room for
        ledger.take(told(an_event(1, seq)))


def test_a_full_disk_refuses_and_what_comes_after_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with Ledger.open(path) as ledger:
        ledger.take(told(an_event(0)))
        with full_disk(path):
            with pytest.raises(DiskRefused):
                take_all(ledger)
            assert ledger.event(an_event(0).event_id) is not None
        ledger.take(told(an_event(1)))
        assert {row.event_id for row in ledger.events()} == {
            an_event(ordinal).event_id for ordinal in range(2)
        }
        assert not ledger.dropped
    assert not list(tmp_path.glob("*.damaged-*"))


def test_two_on_one_file_take_the_same_traffic(tmp_path: Path) -> None:
    """Two desks of which one pages: each message is new to one of them."""
    path = tmp_path / "ledger.sqlite3"
    messages = [told(an_event(ordinal)) for ordinal in range(30)]
    messages += [stands(a_state(1, ordinal=ordinal)) for ordinal in range(30)]
    messages += [pictured(ordinal) for ordinal in range(5)]
    new: list[int] = []
    with Ledger.open(path) as one, Ledger.open(path) as other:

        def take(ledger: Ledger) -> None:
            changes = [patiently(ledger, message) for message in messages]
            new.append(sum(change.new for change in changes[:60]))

        threads = [threading.Thread(target=take, args=(ledger,)) for ledger in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(new) == 2
        assert sum(new) == 60
        assert one.events() == other.events()
        assert one.snapshot(an_event(3).event_id) == other.snapshot(an_event(3).event_id)
        assert one.dropped == other.dropped == {}


def patiently(ledger: Ledger, message: Received) -> Change:
    """What the message changes. Where the disk is slow the other one may keep its turn for longer
    than a ledger waits; what was refused is brought again, as a desk does."""
    for _ in range(10):
        try:
            return ledger.take(message)[0]
        except DiskRefused:
            continue
    raise AssertionError("refused ten times")


def test_tables_of_others_in_the_same_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    Ledger.open(path).__exit__(None, None, None)
    desk = sqlite3.connect(path)
    desk.execute("CREATE TABLE intent (page_id TEXT)")
    desk.execute("INSERT INTO intent VALUES ('p')")
    desk.commit()
    with Ledger.open(path) as ledger:
        ledger.take(told(an_event()))
        assert desk.execute("SELECT page_id FROM intent").fetchall() == [("p",)]
    desk.close()
