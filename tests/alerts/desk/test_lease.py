"""Which desk acts: taken over from one that is gone or hangs, by nobody's clock on the wall."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import RENEW_S, TAKE_OVER_S, Lease, LeaseLost
from alerts.desk.proof import end
from alerts.errors import UserError


@dataclass
class Ticks:
    """A clock of one desk."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Two:
    """Two desks on one file, each with a connection and a clock of its own."""

    one: Lease
    other: Lease
    one_s: Ticks
    other_s: Ticks
    taken: list[str]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    path, taken = tmp_path / "desk.sqlite3", list[str]()
    with DeskFile(path) as first, DeskFile(path) as second:
        one_s, other_s = Ticks(), Ticks(5_000_000.0)  # started at other times
        one = Lease(first, "one", lambda _db: taken.append("one"), one_s)
        other = Lease(second, "other", lambda _db: taken.append("other"), other_s)
        one.keep()
        yield Two(one, other, one_s, other_s, taken)
        for lease in (one, other):
            lease.release()


def watch(lease: Lease, ticks: Ticks, seconds: float) -> None:
    """Once a second, as the desk does."""
    for _ in range(int(seconds)):
        ticks.now_s += 1
        lease.keep()


def alone(two: Two) -> None:
    """As in another container: the other's process cannot be seen, nor ended."""
    for proof in two.one.file.path.parent.glob("*.holder-*"):
        proof.unlink()


def test_the_first_acts_and_the_other_waits(two: Two) -> None:
    for _ in range(100):
        two.one_s.now_s += 1
        two.other_s.now_s += 1
        two.one.keep()
        two.other.keep()
    assert two.one.good()
    assert not two.other.good()
    assert two.taken == ["one"]


def test_one_that_hangs_acts_no_more_before_the_other_takes_over(two: Two) -> None:
    alone(two)
    two.other.keep()
    two.one_s.now_s += TAKE_OVER_S - 1
    watch(two.other, two.other_s, TAKE_OVER_S - 1)
    assert not two.one.good()  # it has not been renewed for too long
    assert not two.other.good()
    watch(two.other, two.other_s, 1)
    assert two.other.good()
    assert two.other.token == 2
    with pytest.raises(LeaseLost), two.one.writing():
        pass
    assert two.one.token == 0
    two.one.keep()
    assert not two.one.good()


def test_what_one_that_lost_it_writes_is_not_written(two: Two) -> None:
    alone(two)
    two.other.keep()
    watch(two.other, two.other_s, TAKE_OVER_S)
    with pytest.raises(LeaseLost), two.one.writing() as db:
        db.execute("UPDATE lease SET beat = 77")
    assert two.other.file.rows("SELECT beat FROM lease") == [(0,)]


def test_one_that_woke_in_time_goes_on(two: Two) -> None:
    two.other.keep()
    watch(two.other, two.other_s, TAKE_OVER_S - 1)
    two.one_s.now_s += TAKE_OVER_S - 1
    two.one.keep()
    assert two.one.good()
    watch(two.other, two.other_s, TAKE_OVER_S - 1)
    assert not two.other.good()


def test_who_slept_itself_has_not_seen_another_hang(two: Two) -> None:
    two.other.keep()
    two.other_s.now_s += 3600
    two.other.keep()
    assert not two.other.good()


def test_one_that_gave_it_back_is_followed_at_once(two: Two) -> None:
    two.one.release()
    two.other.keep()
    assert two.other.good()
    assert two.taken == ["one", "other"]


def test_taking_it_and_what_comes_with_it_are_one(tmp_path: Path) -> None:
    def broken(_db: sqlite3.Connection) -> None:
        raise RuntimeError("a bug")

    with DeskFile(tmp_path / "desk.sqlite3") as file:
        lease = Lease(file, "one", broken)
        with pytest.raises(RuntimeError, match="a bug"):
            lease.keep()
        assert file.rows("SELECT * FROM lease") == []


def test_two_of_one_name_are_told_so(two: Two) -> None:
    ticks = Ticks()
    namesake = Lease(two.other.file, "one", ticks=ticks)
    namesake.keep()  # it may be the same desk's former life, which hangs
    two.one_s.now_s += RENEW_S
    two.one.keep()
    with pytest.raises(UserError, match="another desk named one"):
        namesake.keep()


HANGS = """
import os, signal, sys
from pathlib import Path
from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import Lease

with DeskFile(Path(sys.argv[1])) as file:
    lease = Lease(file, "hanging")
    lease.keep()
    with lease.writing() as db:
        db.execute("UPDATE lease SET beat = 77")
        os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_one_that_hangs_while_it_writes_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": root}
    with subprocess.Popen([sys.executable, "-c", HANGS, str(path)], env=environment) as other:
        try:
            os.waitid(os.P_PID, other.pid, os.WSTOPPED | os.WNOWAIT)
            _take_over(path)
            assert other.wait(20) == -signal.SIGKILL
        finally:
            other.kill()


def _take_over(path: Path) -> None:
    with DeskFile(path) as file:
        ticks = Ticks()
        lease = Lease(file, "one", ticks=ticks)
        lease.keep()
        assert not lease.good()
        watch(lease, ticks, TAKE_OVER_S)
        assert lease.good()
        assert file.rows("SELECT token, beat FROM lease") == [(2, 0)]
        lease.release()


def test_who_cannot_be_seen_is_not_ended(tmp_path: Path) -> None:
    path = tmp_path / "proof"
    assert not end(path)
    path.write_text(f"{os.getpid()} 1\n")  # our own number, but not our beginning
    assert not end(path)
    path.write_text("../etc\n")
    assert not end(path)


def test_the_desk_s_clock_goes_on_from_holder_to_holder(two: Two) -> None:
    before_s = two.one.clock.now_s()
    two.one.release()
    two.other.keep()
    after_s = two.other.clock.now_s()
    assert before_s <= after_s < before_s + 60
