"""What the outbox remembers of what it told, and how it is read while the outbox is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.errors import DiskRefused
from alerts.history import HistoryLimits
from alerts.kept import Kind
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.recall import Recall

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def tell(outbox: Outbox, event_id: str, seq: int = 0, phase: Kind = "opened") -> None:
    """Puts it and has it delivered."""
    kept_id = outbox.put(
        Message(f"a/{event_id}", f"{event_id}.{seq}".encode()), event_id, seq, phase
    )
    outbox.delivered(kept_id)


def remembered(path: Path) -> list[tuple[str, int]]:
    with Recall(path) as recall:
        return [(one.event_id, one.seq) for one in recall.after(0, recall.newest(), 10**6)]


def test_what_was_delivered_is_remembered_in_order_and_pictures_are_not(path: Path) -> None:
    with Outbox(path) as outbox:
        tell(outbox, "e1")
        tell(outbox, "e2")
        tell(outbox, "e1", 0, "snapshot")
        tell(outbox, "e1", 1, "closed")
        assert outbox.depth() == 0
        with Recall(path) as recall:
            told = recall.after(0, recall.newest(), 10)
            assert [(one.event_id, one.seq) for one in told] == [("e1", 0), ("e2", 0), ("e1", 1)]
            assert told[2].message == Message("a/e1", b"e1.1")
            assert recall.after(told[0].number, told[1].number, 10) == [told[1]]
            assert recall.after(0, told[2].number, 1) == [told[0]]
            tell(outbox, "e3")  # while somebody reads
            assert recall.newest() > told[2].number


def test_the_oldest_beyond_the_count_are_forgotten(path: Path) -> None:
    with Outbox(path, history=HistoryLimits(count_max=3)) as outbox:
        for number in range(5):
            tell(outbox, f"e{number}")
    assert remembered(path) == [("e2", 0), ("e3", 0), ("e4", 0)]


def test_nothing_is_remembered_where_the_site_wants_none(path: Path) -> None:
    with Outbox(path, history=HistoryLimits(count_max=0)) as outbox:
        tell(outbox, "e1")
    assert remembered(path) == []


def test_the_too_old_are_forgotten_but_not_for_a_clock_that_was_set(path: Path) -> None:
    clock = {"now": NOW_S, "ticks": 0.0}

    def outbox() -> Outbox:
        return Outbox(path, now=lambda: clock["now"], ticks=lambda: clock["ticks"])

    with outbox() as one:
        tell(one, "old")
        clock["now"] += 10 * DAY_S
        clock["ticks"] += 10 * DAY_S
        tell(one, "new")
        clock["now"] += 3650 * DAY_S  # somebody sets it
        tell(one, "after")
        assert remembered(path) == [("old", 0), ("new", 0), ("after", 0)]
        clock["now"] += 5 * DAY_S
        clock["ticks"] += 5 * DAY_S
        tell(one, "last")
    assert remembered(path) == [("new", 0), ("after", 0), ("last", 0)]


def test_events_since_a_time_are_whole_events_and_those_of_an_unset_clock(path: Path) -> None:
    clock = {"now": 60.0}  # 1970
    with Outbox(path, now=lambda: clock["now"], ticks=lambda: clock["now"]) as outbox:
        tell(outbox, "unset")
    clock["now"] = NOW_S
    with Outbox(path, now=lambda: clock["now"], ticks=lambda: clock["now"]) as outbox:
        tell(outbox, "before")
        tell(outbox, "across")
        clock["now"] += 100
        tell(outbox, "across", 1, "closed")
        with Recall(path) as recall:
            newest = recall.newest()
            assert recall.events_since(NOW_S + 100, newest) == {"unset", "across"}
            assert recall.events_since(NOW_S + 101, newest) == {"unset"}
            assert recall.events_since(NOW_S, newest - 1) == {"unset", "before", "across"}
            assert recall.events_since(0, 0) == frozenset()


def test_what_the_disk_did_not_take_is_not_remembered_either(path: Path) -> None:
    def half_done(outbox: Outbox) -> None:
        with outbox.together():
            outbox.put(Message("a", b"x"), "e1", 0, "opened")
            raise ZeroDivisionError

    with Outbox(path) as outbox:
        with pytest.raises(ZeroDivisionError):
            half_done(outbox)
        assert outbox.depth() == 0
    assert remembered(path) == []


def test_a_file_that_is_not_there_cannot_be_read(path: Path) -> None:
    with pytest.raises(DiskRefused, match="cannot be read"), Recall(path) as recall:
        recall.newest()
