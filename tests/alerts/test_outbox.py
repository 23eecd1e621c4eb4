from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from alerts.errors import DiskRefused, UserError
from alerts.event import Event
from alerts.kept import ROW_BYTES, Kind
from alerts.outbox import Outbox
from alerts.ports import Message
from tests.alerts.full_disk import full_disk
from tests.alerts.samples import an_event

NOTHING = {"snapshot": 0, "updated": 0, "closed": 0, "opened": 0}
NOW = 1_800_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outbox.sqlite3"


def put(outbox: Outbox, event_id: str, phase: Kind = "opened", size: int = 10) -> int:
    return outbox.put(Message(f"alerts/{event_id}", b"x" * size), event_id, 0, phase)


def waiting(outbox: Outbox) -> list[tuple[str, str]]:
    return [(kept.event_id, kept.phase) for kept in outbox.next(1000)]


def test_what_is_put_is_given_back_whole_and_in_order(path: Path) -> None:
    message = Message("a/ü", bytes(range(256)), retain=True, qos=0)
    with Outbox(path) as outbox:
        first = outbox.put(message, "e1", 7, "closed")
        second = put(outbox, "e2")
        kept = outbox.next(10)
        assert [one.id for one in kept] == [first, second]
        assert (kept[0].message, kept[0].event_id, kept[0].seq, kept[0].phase) == (
            message, "e1", 7, "closed",
        )  # fmt: skip
        assert outbox.depth() == 2
        outbox.delivered(first)
        assert waiting(outbox) == [("e2", "opened")]


def test_it_survives_being_closed_and_ids_are_never_used_twice(path: Path) -> None:
    with Outbox(path) as outbox:
        last = [put(outbox, f"e{i}") for i in range(3)][-1]
        outbox.delivered(last)
    with Outbox(path) as outbox:
        assert waiting(outbox) == [("e0", "opened"), ("e1", "opened")]
        assert put(outbox, "e9") > last


def test_events_go_before_snapshots_and_what_is_skipped_is_left_out(path: Path) -> None:
    with Outbox(path) as outbox:
        put(outbox, "e1", "opened")
        put(outbox, "e1", "snapshot")
        put(outbox, "e2", "opened")
        skipped = put(outbox, "e3", "opened")
        put(outbox, "e1", "updated")
        assert waiting(outbox) == [
            ("e1", "opened"), ("e2", "opened"), ("e3", "opened"), ("e1", "updated"),
            ("e1", "snapshot"),
        ]  # fmt: skip
        left = outbox.next(10, skip=[skipped], resting=["e1"])
        assert [kept.event_id for kept in left] == ["e2"]
        assert len(outbox.next(2)) == 2


def test_refused_messages_become_dead_letters_and_pictures_are_not_kept(path: Path) -> None:
    with Outbox(path) as outbox:
        outbox.refused(put(outbox, "e1", size=5), "not authorised")
        outbox.refused(put(outbox, "e1", "snapshot", size=5), "too large")
        outbox.refused(12345, "never heard of")
        assert outbox.depth() == 0
        letters = outbox.dead_letters()
        assert [(one.reason, one.message.payload) for one in letters] == [
            ("too large", b""), ("not authorised", b"xxxxx"),
        ]  # fmt: skip
    with Outbox(path) as outbox:
        assert outbox.dead() == 2


def test_the_bound_gives_up_snapshots_then_updates_then_closings_then_openings(path: Path) -> None:
    row = ROW_BYTES + 100
    with Outbox(path, bytes_max=6 * row) as outbox:
        phases: tuple[Kind, ...] = ("opened", "snapshot", "updated", "closed")
        for event in ("e1", "e2"):
            for phase in phases:
                put(outbox, event, phase, size=100)
        assert outbox.dropped() == NOTHING | {"snapshot": 2}
        for event in ("e3", "e4", "e5", "e6", "e7"):
            put(outbox, event, "opened", size=100)
        assert outbox.dropped() == NOTHING | {"snapshot": 2, "updated": 2, "closed": 2, "opened": 1}
        assert waiting(outbox) == [(f"e{i}", "opened") for i in range(2, 8)]
        put(outbox, "e8", "updated", size=100)  # the least of all is the one just put
        assert outbox.dropped()["updated"] == 3
        assert len(waiting(outbox)) == outbox.depth() == 6
        put(outbox, "e9", "closed", size=7 * row)  # larger than all: goes alone
        assert outbox.dropped()["closed"] == 3
        assert outbox.depth() == 6
    with Outbox(path, bytes_max=6 * row) as outbox:
        assert outbox.dropped()["opened"] == 1


def test_what_is_too_old_is_given_up_also_after_a_long_time_off(path: Path) -> None:
    clock = [NOW]
    with Outbox(path, age_s_max=3600, now=lambda: clock[0], ticks=lambda: clock[0]) as outbox:
        put(outbox, "old")
        clock[0] += 3000
        put(outbox, "young")
        clock[0] += 1000
        put(outbox, "new")
        assert [event for event, _ in waiting(outbox)] == ["young", "new"]
    clock[0] += 2700
    with Outbox(path, age_s_max=3600, now=lambda: clock[0], ticks=lambda: clock[0]) as outbox:
        assert [event for event, _ in waiting(outbox)] == ["new"]
        assert outbox.dropped() == NOTHING | {"opened": 2}
        clock[0] += 1000
        assert waiting(outbox) == []  # also with nothing put since
        assert outbox.dropped() == NOTHING | {"opened": 3}


def test_a_clock_that_was_not_set_makes_nothing_old(path: Path) -> None:
    clock = [30.0]  # a device without a battery wakes in 1970
    with Outbox(path, age_s_max=3600, now=lambda: clock[0]) as outbox:
        put(outbox, "e1")
        clock[0] = NOW
        put(outbox, "e2")
        assert outbox.depth() == 2


@pytest.mark.parametrize("days", [30, -30])
def test_a_clock_that_is_set_makes_nothing_older_or_younger(path: Path, days: int) -> None:
    wall, ticks = [NOW], [0.0]
    with Outbox(path, age_s_max=3600, now=lambda: wall[0], ticks=lambda: ticks[0]) as outbox:
        put(outbox, "before")
        wall[0] += days * 86_400
        assert [event for event, _ in waiting(outbox)] == ["before"]
        put(outbox, "after")
        for clock in (wall, ticks):
            clock[0] += 3000
        assert [event for event, _ in waiting(outbox)] == ["before", "after"]
        for clock in (wall, ticks):
            clock[0] += 1000
        assert waiting(outbox) == []


def set_aside(path: Path) -> list[Path]:
    return list(path.parent.glob("*.damaged-*Z"))


def test_a_damaged_file_is_set_aside_whole_and_told(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but it may matter to somebody" * 100)
    with Outbox(path) as outbox:
        put(outbox, "e1")
    (aside,) = set_aside(path)
    assert aside.read_bytes().startswith(b"this is no database")
    assert f"kept as {aside}, starting empty" in caplog.text
    with Outbox(path) as outbox:
        assert outbox.depth() == 1
    assert set_aside(path) == [aside]


def test_a_file_damaged_in_the_middle_is_set_aside_too(path: Path) -> None:
    with Outbox(path) as outbox:
        for i in range(50):
            put(outbox, f"e{i}", size=3000)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 16384)
    with Outbox(path) as outbox:
        assert outbox.depth() == 0
    (aside,) = set_aside(path)
    assert aside.stat().st_size > 100_000


def test_a_newer_file_is_left_alone(path: Path) -> None:
    Outbox(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="newer floorwatch"):
        Outbox(path)
    assert path.read_bytes() == before


def test_two_daemons_do_not_share_one(path: Path) -> None:
    with Outbox(path), pytest.raises(UserError, match="in use by another floorwatch"):
        Outbox(path)
    Outbox(path).close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="owner and rights"):
        Outbox(tmp_path / "file" / "outbox.sqlite3")


def rights(path: Path) -> dict[str, int]:
    parts = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
    return {part.name: part.stat().st_mode & 0o777 for part in [*parts, path.parent]}


def test_the_file_its_log_and_the_folder_are_for_their_owner_alone(path: Path) -> None:
    with Outbox(path) as outbox:
        put(outbox, "e1")
        assert set(rights(path).values()) == {0o600, 0o700}
        assert rights(path)["state"] == 0o700


def test_a_file_that_everybody_could_read_is_for_its_owner_from_now_on(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)  # somebody looks into it
    other.executescript("PRAGMA journal_mode = WAL; CREATE TABLE theirs (x);")
    path.chmod(0o644)
    path.with_name(path.name + "-wal").chmod(0o644)
    with Outbox(path) as outbox:
        put(outbox, "e1")
        assert {mode for name, mode in rights(path).items() if name != "state"} == {0o600}
    other.close()


def test_a_full_disk_refuses_loses_nothing_and_is_got_over(path: Path) -> None:
    with Outbox(path) as outbox:
        first = put(outbox, "e1")
        with full_disk(path):
            with pytest.raises(DiskRefused):
                put(outbox, "e2")
            with pytest.raises(DiskRefused):
                outbox.delivered(first)
            assert waiting(outbox) == [("e1", "opened")]
        put(outbox, "e3")
        assert waiting(outbox) == [("e1", "opened"), ("e3", "opened")]
        assert outbox.depth() == 2


def test_what_is_changed_together_is_kept_together_or_not_at_all(path: Path) -> None:
    with Outbox(path) as outbox:
        first = put(outbox, "first")

        def fails_halfway() -> None:
            with outbox.together():
                outbox.delivered(first)
                put(outbox, "second")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fails_halfway()
        assert waiting(outbox) == [("first", "opened")]
        assert outbox.depth() == 1
        with outbox.together():
            outbox.delivered(first)
            put(outbox, "third")
        assert waiting(outbox) == [("third", "opened")]
        assert outbox.depth() == 1


def tell(outbox: Outbox, event: Event) -> None:
    message = Message(f"alerts/{event.event_id}", event.to_json().encode())
    outbox.delivered(outbox.put(message, event.event_id, event.seq, event.phase))


def test_what_was_open_when_the_process_was_killed_is_closed_by_the_next(path: Path) -> None:
    killed, whole, updated = (an_event(ordinal) for ordinal in range(3))
    with Outbox(path) as outbox:
        for event in (killed, whole, updated):
            tell(outbox, event)
        tell(outbox, replace(updated, phase="updated", seq=1, score=0.875))
        tell(outbox, replace(whole, phase="closed", seq=1))
        outbox.put(Message("picture", b"jpeg"), killed.event_id, 0, "snapshot")
    with Outbox(path, now=lambda: NOW) as outbox:
        assert sorted(outbox.close_orphans()) == sorted([killed.event_id, updated.event_id])
        waiting = {one.event_id: one for one in outbox.next(1000) if one.phase == "closed"}
        for event_id, seq in ((killed.event_id, 1), (updated.event_id, 2)):
            closed = Event.from_json(waiting[event_id].message.payload)
            assert (closed.phase, closed.seq, waiting[event_id].seq) == ("closed", seq, seq)
            assert closed.detected_at == datetime.fromtimestamp(NOW, timezone.utc)
        assert Event.from_json(waiting[updated.event_id].message.payload).score == 0.875
        assert outbox.close_orphans() == []


def test_a_camera_that_could_not_see_is_left_to_who_goes_on_with_it(path: Path) -> None:
    blind = an_event(label="camera", path="blurred")
    with Outbox(path) as outbox:
        tell(outbox, blind)
    for _ in range(2):
        with Outbox(path) as outbox:
            assert outbox.close_orphans() == []
            assert outbox.next(1000) == []
    with Outbox(path) as outbox:
        tell(outbox, replace(blind, phase="closed", seq=1))


def test_what_is_no_event_is_not_closed_and_not_kept(path: Path) -> None:
    with Outbox(path) as outbox:
        for number, payload in enumerate((b"not JSON", b"[]", b"{}", b'{"seq": []}')):
            outbox.put(Message("a", payload), str(number), 0, "opened")
        assert len(outbox.close_orphans()) == 4
        assert {one.phase for one in outbox.next(1000)} == {"opened"}
        assert outbox.close_orphans() == []
