"""Answers, states, resyncs and pages: to JSON and back, and what plain clients may send."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import schema
from alerts.addressed import addressed
from alerts.answers import ACTIONS, Command
from alerts.event import event_id, opened_at
from alerts.resyncing import Resync
from alerts.schema import NotByContract
from alerts.shapes import matches
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.telling import TOPICS, a_page, a_state

COMMAND = Command("c-1", "acknowledge", "김하나", BEGAN, "two lines\nof note", "dashboard")
RESYNC = Resync("r_1", BEGAN, "desk-1")
SAID: list[tuple[schema.Kind, Any]] = [
    ("command", COMMAND),
    ("state", a_state(3, "resolved", note="wet floor, wiped")),
    ("resync", RESYNC),
    ("page", a_page(link="https://desk.example/a?b=c", repeat=True)),
]


@pytest.mark.parametrize(("kind", "message"), SAID)
def test_there_and_back(kind: schema.Kind, message: Any) -> None:
    text = message.to_json()
    assert "\n" not in text
    assert type(message).from_json(text) == message
    assert type(message).from_json(text.encode()) == message
    fields = schema.check(kind, text)
    assert list(fields) == json.loads(schema.text(kind))["required"]
    newer = json.dumps(fields | {"mood": "fine"})
    assert type(message).from_json(newer) == message
    with pytest.raises(NotByContract):
        schema.check(kind, newer)


def test_moments_are_told_in_utc_and_cut_to_milliseconds() -> None:
    seoul = timezone(timedelta(hours=9))
    pressed = datetime(2026, 11, 21, 2, 45, 12, 345_678, seoul)
    assert replace(COMMAND, at=pressed) == COMMAND
    with pytest.raises(ValueError, match="time zone"):
        replace(COMMAND, at=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (COMMAND, {"who": ""}),
        (COMMAND, {"who": "x" * 65}),
        (COMMAND, {"who": "a\nb"}),
        (COMMAND, {"note": "x" * 501}),
        (COMMAND, {"note": "\x1b[31m"}),
        (COMMAND, {"command_id": "a/b"}),
        (COMMAND, {"command_id": "a\n"}),
        (COMMAND, {"via": "pigeon"}),
        (COMMAND, {"action": "dance"}),
        (a_state(), {"version": 0}),
        (a_state(), {"event_id": "../../etc/passwd"}),
        (a_state(), {"standing": "lost"}),
        (a_state(), {"score": 1.5}),
        (a_state(), {"camera": "a/b"}),
        (RESYNC, {"request_id": ""}),
        (a_page(), {"subject": "a\r\nBcc: all"}),
        (a_page(), {"link": "https://a b"}),
        (a_page(), {"page_id": "\ud800"}),
        (a_page(), {"step": -1}),
    ],
)
def test_what_the_contract_does_not_allow_is_not_said(message: Any, changes: Any) -> None:
    with pytest.raises(NotByContract):
        replace(message, **changes).to_json()


@pytest.mark.parametrize(("kind", "message"), SAID)
def test_a_day_that_there_is_not(kind: schema.Kind, message: Any) -> None:
    text = message.to_json().replace("2026-11-20T", "2026-02-30T")
    schema.check(kind, text)  # it looks like one
    with pytest.raises(NotByContract, match="is not a date"):
        type(message).from_json(text)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_bare_word_is_an_answer(action: str) -> None:
    topic = TOPICS.event_command(an_event().event_id)
    answer = Command.from_payload(topic, f" {action}\n".encode(), BEGAN)
    assert (answer.action, answer.who, answer.via, answer.at) == (action, "mqtt", "mqtt", BEGAN)
    copy = Command.from_payload(topic, f" {action}\n".encode(), BEGAN + timedelta(seconds=1))
    assert copy.command_id == answer.command_id
    later = Command.from_payload(topic, f" {action}\n".encode(), BEGAN + timedelta(minutes=1))
    elsewhere = Command.from_payload(topic + "x", f" {action}\n".encode(), BEGAN)
    assert len({answer.command_id, later.command_id, elsewhere.command_id}) == 3


def test_an_answer_may_leave_out_all_but_what_is_to_be_done() -> None:
    answer = Command.from_payload("t", b'{"action": "resolve", "who": "Node-RED", "x": 1}', BEGAN)
    assert (answer.action, answer.who, answer.note) == ("resolve", "Node-RED", "")
    assert Command.from_payload("t", COMMAND.to_json().encode(), BEGAN) == COMMAND
    for bad in (b"", b"dance", b'"resolve"', b"[]", b"{}", b'{"action": "dance"}', b"\xff"):
        with pytest.raises(NotByContract):
            Command.from_payload("t", bad, BEGAN)


def test_an_id_says_when_its_event_was_opened() -> None:
    assert opened_at(an_event().event_id) == BEGAN
    for bad in ("", "x", an_event().event_id + "\n", "20260230T000000000Z-0000000000"):
        with pytest.raises(ValueError, match=r"no id|day is out of range|match"):
            opened_at(bad)


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8).filter(
    lambda name: not set(name) & set("/+#") and not name.startswith("$") and name not in {".", ".."}
)
prefixes = st.lists(names, min_size=1, max_size=3).map("/".join)


@given(prefixes, names, names)
def test_every_topic_leads_back_to_what_it_is_built_from(prefix: str, site: str, name: str) -> None:
    topics = Topics(prefix, site)
    event = event_id(site, name, "spill", None, 0, BEGAN)
    built = {
        "alert": topics.alert(name, "spill"),
        "snapshot": topics.event_snapshot(event),
        "plain": topics.event_plain(event),
        "clip": topics.event_clip(event),
        "state": topics.event_state(event),
        "command": topics.event_command(event),
        "health": topics.health(name),
        "camera_snapshot": topics.camera_snapshot(name),
        "camera_command": topics.camera_command(name),
        "availability": topics.availability,
        "status": topics.status,
        "desk": topics.desk_availability,
        "page": topics.page(name),
        "resync": topics.resync,
        "check": topics.check,
        "camera_label": topics.camera_label(name, "spill"),
        "desk_status": topics.desk_status,
    }
    for place, topic in built.items():
        found = addressed(prefix, topic)
        assert found is not None
        assert (found.place, found.site) == (place, site)
        assert {found.camera, found.event_id, found.recipient} <= {"", name, event}
        assert addressed(prefix, topic + "/more") is None
        assert addressed(prefix + "x", topic) is None


@pytest.mark.parametrize(
    ("pattern", "text", "good"),
    [("^a$", "a", True), ("^a$", "a\n", False), ("a", "bab\n", True), ("^[^b]+$", "a\n", True)],
)
def test_a_pattern_ends_where_json_schema_says(pattern: str, text: str, good: bool) -> None:
    assert matches(pattern, text) is good
