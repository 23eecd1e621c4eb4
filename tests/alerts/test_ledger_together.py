"""Several messages in one transaction: each is taken or refused as if it were alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.errors import DiskRefused
from alerts.inbox import Received
from alerts.ledger import Ledger, Query
from tests.alerts.samples import an_event
from tests.alerts.telling import a_state, answered, pictured, stands, told


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def test_together_they_change_what_they_change_alone(ledger: Ledger, tmp_path: Path) -> None:
    event = an_event()
    said = [
        told(event),
        Received("elsewhere", b"", retain=False),
        pictured(),
        told(an_event(seq=1)),
        stands(a_state()),
        Received(told(event).topic, b"{", retain=False),
        answered(),
        told(an_event(1)),
    ]
    changes = ledger.take_many(said)
    with Ledger.open(tmp_path / "other.sqlite3") as other:
        assert changes == tuple(change for one in said for change in other.take(one))
        assert ledger.events() == [
            replace(row, heard_at=mine.heard_at)
            for row, mine in zip(other.events(), ledger.events(), strict=True)
        ]
        assert ledger.dropped == other.dropped == {"topic": 1, "alert_not_by_the_contract": 1}


def test_what_is_refused_in_the_middle_leaves_nothing_behind(ledger: Ledger) -> None:
    event = an_event()
    stranger = replace(an_event(seq=1), label="spill")  # the id of another one
    last = an_event(1)
    assert len(ledger.take_many([told(event), told(stranger), told(last)])) == 2
    assert ledger.dropped == {"alert_with_the_id_of_another_one": 1}
    assert {row.event_id for row in ledger.events()} == {event.event_id, last.event_id}
    (row,) = [row for row in ledger.events() if row.event_id == event.event_id]
    assert row.event == event
    assert ledger.story(row) == [event]


def test_each_change_can_bring_the_event_as_it_stood_then(ledger: Ledger) -> None:
    phases = [an_event(seq=seq) for seq in range(3)]
    changes = ledger.take_many([*map(told, phases), stands(a_state())], with_rows=True)
    rows = [change.row for change in changes]
    assert [row.event for row in rows if row is not None] == [*phases, phases[-1]]
    assert [row.state is not None for row in rows if row is not None] == [False] * 3 + [True]


def test_where_the_disk_refuses_none_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with Ledger.open(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # as an administrator's tool does
        with pytest.raises(DiskRefused):
            ledger.take_many([told(an_event(0)), told(an_event(1))])
        other.close()
        assert ledger.events(Query()) == []
        assert len(ledger.take_many([told(an_event(0)), told(an_event(1))])) == 2
