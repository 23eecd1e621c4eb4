"""What a ledger says after what was told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from alerts.event import Event, event_id
from alerts.inbox import Received
from alerts.ledger import BadQuery, Ledger, Query
from alerts.standing import EventState
from alerts.status import Health
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.telling import (
    JPEG,
    MP4,
    TOPICS,
    a_page,
    a_state,
    answered,
    empty,
    filmed,
    paged,
    pictured,
    sees,
    stands,
    told,
)
from tests.alerts.test_contract import STATUS

EVENT = an_event()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite3") as ledger:
        yield ledger


def test_an_event_from_its_opening_to_its_end(ledger: Ledger) -> None:
    for seq, new in ((0, True), (0, False), (1, True), (2, True), (1, False)):
        [change] = ledger.take(told(an_event(seq=seq)))
        assert (change.kind, change.site, change.key) == ("event", "site", EVENT.event_id)
        assert (change.new, change.told) == (new, an_event(seq=seq))
    row = ledger.event(EVENT.event_id)
    assert row is not None
    assert (row.first, row.event) == (an_event(seq=0), an_event(seq=2))
    assert (row.opened_at, row.closed_at) == (BEGAN, an_event(seq=2).detected_at)
    assert (row.standing, row.state, row.ongoing, row.replayed) == ("open", None, False, False)
    assert (row.has_snapshot, row.has_clip) == (False, False)
    assert ledger.story(row) == [an_event(seq=0), an_event(seq=1), an_event(seq=2)]
    assert not ledger.dropped


def test_a_copy_told_live_is_preferred_to_the_one_sent_again(ledger: Ledger) -> None:
    again = replace(EVENT, replayed=True, published_at=BEGAN)
    ledger.take(told(again))
    row = ledger.event(EVENT.event_id)
    assert row is not None
    assert row.replayed
    [change] = ledger.take(told(EVENT))
    assert not change.new
    row = ledger.event(EVENT.event_id)
    assert row is not None
    assert not row.replayed


def test_a_lower_version_never_replaces_a_higher(ledger: Ledger) -> None:
    ledger.take(told(EVENT))
    taken, over = a_state(2, "acknowledged"), a_state(3, "resolved")
    new = [ledger.take(stands(one))[0].new for one in (taken, a_state(1), taken, over)]
    assert new == [True, False, False, True]
    row = ledger.event(EVENT.event_id)
    assert row is not None
    assert (row.state, row.standing) == (a_state(3, "resolved"), "resolved")
    versions = [one.version for one in ledger.story(row) if isinstance(one, EventState)]
    assert versions == [1, 2, 3]


def test_a_state_may_come_before_its_event_and_a_picture_before_both(ledger: Ledger) -> None:
    assert ledger.take(pictured())[0].new
    assert ledger.event(EVENT.event_id) is None  # of which there is only a picture
    ledger.take(stands(a_state(1, "acknowledged", camera="hall", ongoing=False)))
    row = ledger.event(EVENT.event_id)
    assert row is not None
    assert (row.event, row.camera, row.label, row.zone) == (None, "hall", "collapse", "floor")
    assert (row.standing, row.ongoing, row.has_snapshot) == ("acknowledged", False, True)
    ledger.take(told(EVENT))
    row = ledger.event(EVENT.event_id)
    assert row is not None
    assert (row.standing, row.ongoing, row.event) == ("acknowledged", True, EVENT)


def test_what_the_desk_clears_is_history_and_a_new_state_is_not(ledger: Ledger) -> None:
    ledger.take(told(EVENT))
    ledger.take(stands(a_state(1)))
    [change] = ledger.take(empty(TOPICS.event_state(EVENT.event_id)))
    assert (change.kind, change.new, change.gone) == ("state", True, True)
    [again] = ledger.take(empty(TOPICS.event_state(EVENT.event_id)))
    assert not again.new
    [row] = ledger.events()
    assert (row.cleared, row.state) == (True, a_state(1))
    assert ledger.events(Query(standing=("open",))) == []
    ledger.take(stands(a_state(2, "open")))
    [row] = ledger.events(Query(standing=("open",)))
    assert not row.cleared
    ledger.take(stands(a_state(3, "resolved")))
    ledger.take(empty(TOPICS.event_state(EVENT.event_id)))
    assert len(ledger.events(Query(standing=("resolved",)))) == 1


def test_answers_and_pages_are_known_by_their_ids(ledger: Ledger) -> None:
    first, other = answered(command_id="c1"), answered(command_id="c2", action="resolve")
    assert [ledger.take(one)[0].new for one in (first, first, other)] == [True, False, True]
    word = Received(TOPICS.event_command(EVENT.event_id), b"false_alarm", retain=False)
    [change] = ledger.take(word)
    assert change.told is not None
    assert change.told.action == "false_alarm"  # type: ignore[union-attr]
    repeat = replace(a_page(), repeat=True)
    assert [ledger.take(paged(one))[0].new for one in (a_page(), repeat)] == [True, False]
    blind = a_page(event_id="camera-hall-20261120T174512345Z", page_id="p")
    assert ledger.take(paged(blind))[0].told == blind
    ledger.take(told(EVENT))
    row = ledger.event(EVENT.event_id)
    assert row is not None
    assert len(ledger.story(row)) == 5
    [camera] = ledger.take(Received(TOPICS.camera_command("hall"), b"acknowledge", retain=False))
    assert (camera.kind, camera.key) == ("camera_command", "hall")
    assert not ledger.dropped


def test_pictures_are_files_and_can_be_taken_back(ledger: Ledger, tmp_path: Path) -> None:
    ledger.take(told(EVENT))
    assert [ledger.take(one)[0].new for one in (pictured(), pictured(), filmed())] == [
        True,
        False,
        True,
    ]
    assert [one.new for one in ledger.take(pictured(payload=JPEG + b"+"))] == [True]
    snapshot, clip = ledger.snapshot(EVENT.event_id), ledger.clip(EVENT.event_id, "site")
    assert snapshot is not None
    assert clip is not None
    assert (snapshot.read_bytes(), clip.read_bytes()) == (JPEG + b"+", MP4)
    assert snapshot.parent.stat().st_mode & 0o777 == 0o700
    assert snapshot.stat().st_mode & 0o777 == (tmp_path / "ledger.sqlite3").stat().st_mode & 0o777
    assert snapshot.stat().st_mode & 0o777 == 0o600
    ledger.take(Received(TOPICS.camera_snapshot("hall"), JPEG, retain=True))
    last = ledger.camera_snapshot("site", "hall")
    assert last is not None
    [change] = ledger.take(empty(TOPICS.camera_snapshot("hall")))
    assert (change.kind, change.gone, change.new) == ("camera_snapshot", True, True)
    assert ledger.camera_snapshot("site", "hall") is None
    assert not last.exists()


def test_what_a_blind_camera_shows_is_kept_until_it_is_taken_back(ledger: Ledger) -> None:
    health = Health("site", "hall", "blocked", BEGAN, "something hangs before the lens")
    ledger.take(Received(TOPICS.health("hall"), health.to_json().encode(), retain=True))
    [change] = ledger.take(Received(TOPICS.view("hall"), JPEG, retain=True))
    assert (change.kind, change.key, change.new) == ("view", "hall", True)
    [row] = ledger.cameras()
    shown = ledger.view("site", "hall")
    assert shown is not None
    assert shown.read_bytes() == JPEG
    assert (row.view_at is not None, row.picture_at) == (True, None)
    ledger.take(empty(TOPICS.view("hall")))
    assert ledger.view("site", "hall") is None
    assert ledger.cameras()[0].view_at is None
    assert not shown.exists()


def test_cameras_and_sites_by_their_last_word(ledger: Ledger) -> None:
    dark = Health("site", "hall", "dark", BEGAN, "the lamp")
    sooner = Health("site", "hall", "ok", BEGAN - timedelta(days=1))  # the clock was set back
    assert [ledger.take(sees(one))[0].new for one in (dark, dark, sooner)] == [True, False, True]
    ledger.take(told(EVENT))
    [camera] = ledger.cameras()
    assert (camera.reason, camera.since, camera.last_event_id) == (
        "ok",
        sooner.since,
        EVENT.event_id,
    )
    for topic, words in (
        (TOPICS.availability, (b"online", b"offline")),
        (TOPICS.desk_availability, (b"online",)),
    ):
        for word in words:
            assert ledger.take(Received(topic, word, retain=True))[0].new
    assert not ledger.take(Received(TOPICS.desk_availability, b"online", retain=True))[0].new
    ledger.take(Received(TOPICS.status, STATUS.to_json().encode(), retain=True))
    [site] = ledger.sites()
    assert (site.availability, site.desk) == ("offline", "online")
    assert site.status == json.loads(STATUS.to_json())
    assert ledger.take(empty(TOPICS.health("hall")))[0].gone
    assert ledger.cameras() == []


def test_a_camera_that_is_blind_for_a_reason_of_a_newer_device_is_seen(ledger: Ledger) -> None:
    fields = json.loads(Health("site", "hall", "dark", BEGAN).to_json()) | {"reason": "rotated"}
    ledger.take(Received(TOPICS.health("hall"), json.dumps(fields).encode(), retain=True))
    [camera] = ledger.cameras()
    assert (camera.reason, camera.since) == ("rotated", None)


@pytest.mark.parametrize(
    ("field", "value"), [("label", "fire"), ("phase", "escalated"), ("schema_version", 2)]
)
def test_an_alert_of_a_newer_kind_is_never_invisible(
    ledger: Ledger, field: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    text = json.dumps(json.loads(EVENT.to_json()) | {field: value})
    topic = TOPICS.alert("hall", "fire" if field == "label" else "collapse")
    [change] = ledger.take(Received(topic, text.encode(), retain=False))
    assert (change.kind, change.key, change.new) == ("unknown", EVENT.event_id, True)
    assert str(change.told).startswith("fire opened" if field == "label" else "collapse")
    assert "update floorwatch" in caplog.text
    assert ledger.events() == []


def many(ledger: Ledger) -> list[Event]:
    """Thirty events, an hour apart, at two cameras of two sites; the newest first."""
    events = []
    for hour in range(30):
        site, camera = f"site {hour % 2}", f"cam {hour // 2 % 2}"
        at = BEGAN + timedelta(hours=hour)
        label = ("collapse", "spill")[hour % 3 == 0]
        event = an_event(
            event_id=event_id(site, camera, label, "Küche", 0, at),
            site=site,
            camera=camera,
            label=label,
            zone="Küche" if hour < 20 else None,
            detected_at=at,
        )
        events.append(event)
        ledger.take(told(event))
    return events[::-1]


def test_questions(ledger: Ledger) -> None:
    events = many(ledger)

    def asked(query: Query) -> list[Event]:
        return [row.event for row in ledger.events(query) if row.event is not None]

    assert asked(Query()) == events
    assert asked(Query(limit=7)) == events[:7]
    assert asked(Query(site="site 1")) == [one for one in events if one.site == "site 1"]
    assert asked(Query(camera="cam 0", label="spill")) == [
        one for one in events if (one.camera, one.label) == ("cam 0", "spill")
    ]
    assert asked(Query(text="KÜCHE")) == events[10:]
    assert asked(Query(text="100%_")) == []
    assert asked(Query(opened_from=BEGAN + timedelta(hours=20))) == events[:10]
    assert asked(Query(opened_until=BEGAN + timedelta(hours=3))) == events[27:]
    page, found = Query(limit=4), list[Event]()
    while rows := ledger.events(page):
        found += [row.event for row in rows if row.event is not None]
        page = replace(page, cursor=rows[-1].cursor)
    assert found == events
    assert asked(Query(standing=("resolved",))) == []
    assert asked(Query(standing=("open", "escalated"))) == events


def test_events_are_counted_by_the_days_of_where_one_is(ledger: Ledger) -> None:
    ledger.take(told(EVENT))
    ledger.take(stands(a_state(1, "false_alarm")))
    late = datetime(2026, 11, 20, 16, 0, tzinfo=timezone.utc)
    other = event_id("site", "hall", "spill", None, 0, late)
    ledger.take(told(an_event(event_id=other, label="spill", zone=None, path="persist")))
    whole = (BEGAN - timedelta(days=9), BEGAN + timedelta(days=9))
    utc = [(one.day, one.label, one.events, one.false_alarms) for one in ledger.counts(*whole)]
    assert utc == [("2026-11-20", "collapse", 1, 1), ("2026-11-20", "spill", 1, 0)]
    seoul = [(one.day, one.label) for one in ledger.counts(*whole, offset_minutes=540)]
    assert seoul == [("2026-11-21", "collapse"), ("2026-11-21", "spill")]
    hawaii = [one.day for one in ledger.counts(*whole, offset_minutes=-600)]
    assert hawaii == ["2026-11-20", "2026-11-20"]
    assert ledger.counts(BEGAN + timedelta(days=1), BEGAN + timedelta(days=2)) == []


def test_a_question_that_cannot_be_answered_says_so() -> None:
    for bad in ({"limit": 0}, {"limit": 10**9}, {"cursor": "x"}, {"cursor": "\0"}):
        with pytest.raises(BadQuery):
            Query(**bad)
    with pytest.raises(BadQuery, match="time zone"):
        Query(opened_from=datetime(2026, 1, 1))


def test_one_id_at_two_sites_is_two_events(ledger: Ledger) -> None:
    ledger.take(told(EVENT))
    ledger.take(told(replace(EVENT, site="another", score=0.1)))
    assert len(ledger.events()) == 2
    row = ledger.event(EVENT.event_id, "site")
    assert row is not None
    assert row.event == EVENT


def test_another_prefix_is_another_world(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger", prefix="acme/floorwatch") as ledger:
        assert ledger.take(told(EVENT)) == ()
        topic = Topics("acme/floorwatch", "site").alert("hall", "collapse")
        assert ledger.take(Received(topic, EVENT.to_json().encode(), retain=False))
        assert ledger.dropped == {"topic": 1}
