"""Whatever anybody on the broker writes: a line or silence, never an error."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alerts import schema
from alerts.errors import UserError
from alerts.event import Event
from alerts.inbox import Received
from alerts.status import Health
from alerts.subscribers.console import Console
from alerts.subscribers.journal import Journal, read
from alerts.subscribers.seen import Seen
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event

TOPICS = Topics("floorwatch", "site")
ALERT = TOPICS.alert("hall", "collapse")
EVENT: dict[str, Any] = json.loads(an_event().to_json())
HEALTH: dict[str, Any] = json.loads(Health("site", "hall", "dark", BEGAN, "lamp").to_json())

levels = st.sampled_from(["floorwatch", "site", "alerts", "cameras", "hall", "health", ""])
topics = st.lists(levels | st.text(max_size=5), max_size=7).map("/".join) | st.sampled_from(
    [ALERT, TOPICS.health("hall"), TOPICS.availability]
)
surrogates = st.text(st.characters(), max_size=4)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | surrogates
    | st.sampled_from(
        ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2026-02-30", "\ud800"]
    )
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(surrogates, inner, max_size=3),
    max_leaves=6,
)


def changed(fields: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """The message with some of its fields another way, some gone and some new."""
    places = st.sampled_from(sorted(fields)) | st.text(max_size=4)
    changes = st.dictionaries(places, trees, max_size=3)
    gone = st.lists(st.sampled_from(sorted(fields)), max_size=2)
    return st.builds(
        lambda new, without: json.dumps(
            {key: value for key, value in (fields | new).items() if key not in without}
        ).encode(),
        changes,
        gone,
    )


payloads = (
    st.binary(max_size=200)
    | trees.map(lambda tree: json.dumps(tree).encode())
    | changed(EVENT)
    | changed(HEALTH)
    | st.sampled_from([b"", b"online", b"[" * 50_000, b"1" * 5000, b'"\\ud800"', b"\xed\xa0\x80"])
)


class Shown:
    """A console, and what it wrote on a terminal that takes UTF-8."""

    def __init__(self, *, as_json: bool) -> None:
        self.lines: list[str] = []
        self.console = Console(lambda text: self._keep(text.plain), self._keep, as_json=as_json)

    def _keep(self, line: str) -> None:
        line.encode()
        self.lines.append(line)


@settings(max_examples=300)
@given(topic=topics, payload=payloads, retain=st.booleans())
@example(topic=ALERT, payload=json.dumps(EVENT | {"camera": "\ud800"}).encode(), retain=False)
def test_the_console_gives_one_line_or_none(topic: str, payload: bytes, retain: bool) -> None:
    for as_json in (True, False):
        shown = Shown(as_json=as_json)
        shown.console.show(Received(topic, payload, retain))
        assert len(shown.lines) <= 1
        assert all(line.isprintable() or (as_json and "\n" not in line) for line in shown.lines)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=payloads)
def test_what_is_read_is_a_message_or_said_to_be_none(payload: bytes, tmp_path: Path) -> None:
    for kind in schema.KINDS:
        try:
            schema.read(kind, payload)
        except schema.NotByContract as fault:
            str(fault).encode("utf-8", "backslashreplace")
    try:
        event = Event.from_json(payload)
    except schema.NotByContract:
        return
    assert Event.from_json(event.to_json()) == event
    assert Seen().is_new(event)
    with Journal(tmp_path / "journal", fresh=True) as journal:
        journal.write(event)
    assert list(read(tmp_path / "journal")) == [event]


@given(lines=st.lists(payloads, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_journal_somebody_else_wrote_into(tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"\n".join(lines))
    found: list[Event] = []
    with contextlib.suppress(UserError):  # naming the line: `test_journal`
        found += read(path)
    assert len(found) < len(lines) or not lines


@pytest.mark.parametrize(
    ("field", "value"),
    [("label", "fire"), ("phase", "escalated"), ("path", "guess"), ("schema_version", 2)],
)
def test_an_alert_of_a_newer_kind_is_never_invisible(field: str, value: object) -> None:
    text = json.dumps(EVENT | {field: value})
    received = Received(TOPICS.alert("hall", "fire"), text.encode(), False)
    shown, as_json = Shown(as_json=False), Shown(as_json=True)
    for _ in range(2):  # the copy is known
        shown.console.show(received)
        as_json.console.show(received)
    assert [json.loads(line) for line in as_json.lines] == [json.loads(text)]
    [line] = shown.lines
    assert "ALERT of an unknown kind  site / hall  fire" in line
    assert EVENT["event_id"] in line
    assert str(value) in line


def test_a_camera_that_cannot_see_for_a_reason_of_a_newer_version_is_shown() -> None:
    shown = Shown(as_json=False)
    text = json.dumps(HEALTH | {"reason": "upside_down"})
    shown.console.show(Received(TOPICS.health("hall"), text.encode(), True))
    assert ["site / hall  cannot see: upside_down" in line for line in shown.lines] == [True]


def test_a_camera_taken_out_of_the_site_is_taken_quietly(caplog: pytest.LogCaptureFixture) -> None:
    shown = Shown(as_json=False)
    shown.console.show(Received(TOPICS.health("hall"), b"", True))
    assert shown.lines == []
    assert caplog.text == ""
