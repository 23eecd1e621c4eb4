"""A ledger's bounds: the oldest go first, and nothing grows for ever."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from alerts.inbox import Received
from alerts.ledger import Ledger, LedgerLimits, Query
from alerts.ledger.latest import CAMERAS_MAX
from alerts.ledger.pictures import Pictures
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.telling import (
    JPEG,
    TOPICS,
    a_state,
    answered,
    filmed,
    pictured,
    stands,
    told,
)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now


def ids(ledger: Ledger) -> set[str]:
    return {row.event_id for row in ledger.events(Query(limit=1000))}


def test_what_is_old_goes_with_its_files_and_what_was_heard_lately_stays(tmp_path: Path) -> None:
    clock = Clock()
    with Ledger.open(tmp_path / "ledger", LedgerLimits(keep_days=10), clock=clock) as ledger:
        ledger.take(told(an_event(0)))
        ledger.take(pictured(0))
        ledger.take(filmed(0))
        ledger.take(pictured(7))  # its event never came
        snapshot = ledger.snapshot(an_event(0).event_id)
        assert snapshot is not None
        clock.now += timedelta(days=9)
        ledger.take(told(an_event(1)))  # as old, but heard only now: an answer to a resync
        assert ledger.sweep(clock.now) == 0
        clock.now += timedelta(days=2)
        assert ledger.sweep(clock.now) == 1
        assert ids(ledger) == {an_event(1).event_id}
        assert list(snapshot.parent.iterdir()) == []
        assert ledger.sweep(clock.now + timedelta(days=365_000)) == 1


def test_of_too_many_the_oldest_go_and_those_first_that_are_over(tmp_path: Path) -> None:
    clock = Clock()
    with Ledger.open(tmp_path / "ledger", LedgerLimits(events_max=4), clock=clock) as ledger:
        for ordinal in range(6):
            clock.now += timedelta(seconds=1)
            ledger.take(told(an_event(ordinal)))
        ledger.take(stands(a_state(1, "resolved", ordinal=4)))
        for number in range(3):
            ledger.take(answered(100 + number))  # to events there are not
        assert ledger.sweep(clock.now) == 5
        assert ids(ledger) == {an_event(ordinal).event_id for ordinal in (1, 2, 3, 5)}


def test_bounds_hold_without_anybody_who_sweeps(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger", LedgerLimits(events_max=50)) as ledger:
        for ordinal in range(320):
            ledger.take(told(an_event(ordinal)))
        assert len(ids(ledger)) < 50 + 256


def test_pictures_have_a_bound_of_their_own_and_the_newest_stays(tmp_path: Path) -> None:
    clock = Clock()
    limits = LedgerLimits(pictures_bytes_max=100_000, picture_bytes_max=30_000)
    with Ledger.open(tmp_path / "ledger", limits, clock=clock) as ledger:
        for ordinal in range(30):
            clock.now += timedelta(seconds=1)
            ledger.take(told(an_event(ordinal)))
            ledger.take(pictured(ordinal, JPEG + bytes(10_000)))
            files = list((tmp_path / "ledger.pictures").iterdir())
            assert sum(file.stat().st_size for file in files) <= 100_000
        assert ledger.snapshot(an_event(29).event_id) is not None
        assert ledger.snapshot(an_event(0).event_id) is None
        assert len(ids(ledger)) == 30
        assert ledger.take(pictured(0, JPEG + bytes(30_000))) == ()
        assert ledger.dropped == {"snapshot_too_large": 1}


def test_who_makes_up_cameras_does_not_fill_the_disk(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger") as ledger:
        health = b'{"reason": "ok"}'
        for number in range(CAMERAS_MAX + 5):
            ledger.take(Received(TOPICS.health(f"cam {number}"), health, retain=True))
        assert ledger.dropped == {"too_many_cameras": 5}
        ledger.take(Received(TOPICS.health("cam 3"), health, retain=True))
        assert ledger.dropped == {"too_many_cameras": 5}


def test_files_that_a_kill_left_are_removed_and_those_of_others_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "ledger.pictures"
    old = time.time() - 7200
    with Ledger.open(tmp_path / "ledger") as ledger:
        ledger.take(pictured())
        name = Pictures.name("snapshot", "site", "gone")
        for stray in (name, f"{name}.part-12-0", "notes.txt"):
            (folder / stray).write_bytes(b"")
            os.utime(folder / stray, (old, old))
        fresh = folder / f"{name}.part-13-0"  # somebody writes it now
        fresh.write_bytes(b"")
        ledger.sweep(BEGAN)
        kept = ledger.snapshot(an_event().event_id)
        assert kept is not None
        assert set(folder.iterdir()) == {kept, folder / "notes.txt", fresh}


def test_a_disk_that_refuses_pictures_still_takes_alerts(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger") as ledger:
        (tmp_path / "ledger.pictures").rmdir()
        assert ledger.take(pictured()) == ()
        assert ledger.dropped == {"snapshot_refused_by_the_disk": 1}
        assert ledger.take(told(an_event()))
