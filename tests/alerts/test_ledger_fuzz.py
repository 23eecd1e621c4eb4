"""Whatever anybody on the broker writes: taken, or counted and dropped, and the ledger goes on."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.answers import Command
from alerts.event import Event
from alerts.inbox import Received
from alerts.ledger import Ledger
from alerts.paging import Page
from alerts.resyncing import Resync
from alerts.schema import MESSAGE_BYTES_MAX, NotByContract
from alerts.standing import EventState
from alerts.status import Health
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.telling import JPEG, TOPICS, a_page, a_state, told
from tests.alerts.test_contract import STATUS
from tests.alerts.test_inbound_fuzz import changed, payloads, trees

EVENT_ID = an_event().event_id
COMMAND = Command("c1", "acknowledge", "Kim", BEGAN, "on my way", "dashboard")
GOOD: dict[str, str] = {
    TOPICS.alert("hall", "collapse"): an_event().to_json(),
    TOPICS.event_state(EVENT_ID): a_state().to_json(),
    TOPICS.event_command(EVENT_ID): COMMAND.to_json(),
    TOPICS.camera_command("hall"): COMMAND.to_json(),
    TOPICS.page("floor"): a_page().to_json(),
    TOPICS.health("hall"): Health("site", "hall", "dark", BEGAN, "lamp").to_json(),
    TOPICS.status: STATUS.to_json(),
}
PICTURES = [
    TOPICS.event_snapshot(EVENT_ID),
    TOPICS.event_plain(EVENT_ID),
    TOPICS.event_clip(EVENT_ID),
    TOPICS.camera_snapshot("hall"),
]
WORDS = [TOPICS.availability, TOPICS.desk_availability]
TRICKS = [
    "../../etc/passwd",
    "..",
    ".",
    "",
    "/",
    "~",
    "a\0b",
    "\ud800",
    "x" * 5000,
    "%2e%2e",
    "-rf",
]
MAY_BE: tuple[Callable[[bytes], object], ...] = (
    EventState.from_json,
    Resync.from_json,
    Page.from_json,
    Command.from_json,
    lambda payload: Command.from_payload("topic", payload, BEGAN),
)
bodies = payloads | st.one_of([changed(json.loads(text)) for text in GOOD.values()])
topics = st.sampled_from([*GOOD, *PICTURES, *WORDS]) | st.lists(
    st.sampled_from(
        ["floorwatch", "site", "events", "cameras", EVENT_ID, "hall", "state", *TRICKS]
    ),
    max_size=6,
).map("/".join)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger") as ledger:
        yield ledger


def folder_of(ledger: Ledger) -> Path:
    ledger.take(Received(PICTURES[0], JPEG, retain=False))
    found = ledger.snapshot(EVENT_ID)
    assert found is not None
    return found.parent.parent


def goes_on(ledger: Ledger) -> None:
    """What is good is still taken, and every file is where it belongs."""
    [change] = ledger.take(told(an_event()))
    assert change.kind == "event"
    row = ledger.event(EVENT_ID)
    assert row is not None
    ledger.story(row), ledger.events(), ledger.cameras(), ledger.sites()
    folder = folder_of(ledger)
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    allowed = re.compile(r"ledger(-wal|-shm|\.lock)?|ledger\.pictures/[0-9a-f]{40}\.(jpg|mp4)")
    assert all(allowed.fullmatch(str(file)) for file in files), files


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(topic=topics, payload=bodies, retain=st.booleans())
def test_a_message_is_taken_or_counted(
    ledger: Ledger, topic: str, payload: bytes, retain: bool
) -> None:
    before = sum(ledger.dropped.values())
    changes = ledger.take(Received(topic, payload, retain))
    counted = sum(ledger.dropped.values()) - before
    assert (len(changes), counted) in {(1, 0), (0, 1), (0, 0)}
    if not changes and not counted:
        assert topic.endswith(("/resync", "/check", "/desk/status"))
    assert len(ledger.dropped) < 40


@settings(max_examples=200)
@given(payload=bodies)
def test_what_is_read_is_a_message_or_said_to_be_none(payload: bytes) -> None:
    for read in MAY_BE:
        try:
            message: Any = read(payload)
        except NotByContract as fault:
            told = str(fault).encode("utf-8", "backslashreplace")
        else:
            told = b""
            assert type(message).from_json(message.to_json()) == message
        assert len(told) < 1500


@given(tree=trees)
def test_an_answer_with_made_up_fields(tree: object) -> None:
    for payload in ({"action": "resolve", "who": tree}, {"action": "resolve", "note": tree}):
        try:
            answer = Command.from_payload("topic", json.dumps(payload).encode(), BEGAN)
        except NotByContract:
            continue
        assert answer.action == "resolve"
        assert Command.from_json(answer.to_json()) == answer


def odd(text: str) -> Iterator[bytes]:
    """What no honest writer sends, of one good message."""
    fields = json.loads(text)
    yield b"[" * 100_000
    yield b'{"a":' * 100_000
    yield from (b"[" * depth + b"]" * depth for depth in range(100, 1100, 50))
    yield b'{"schema_version": ' + b"9" * 4300 + b"}"
    yield text.encode() + b" " * MESSAGE_BYTES_MAX
    yield b"\xff\xfe" + text.encode("utf-16")
    for name in fields:
        values: tuple[Any, ...] = (None, True, -1, 1e300, 10**400, [], {}, [[]] * 1000, *TRICKS)
        for value in values:
            yield json.dumps(fields | {name: value}).encode()
        for raw in (b"NaN", b"-Infinity", b"1e999", b"[" * 900 + b"]" * 900, b'"x\\n"'):
            yield json.dumps(fields | {name: "@"}).encode().replace(b'"@"', raw)
    for day in ("0000-00-00", "2026-02-30", "9999-12-31", "0001-01-01", "99999-01-01"):
        yield re.sub(r"\d{4}-\d\d-\d\d(?=T)", day, text).encode()


def test_what_no_honest_writer_sends(ledger: Ledger) -> None:
    for topic, text in GOOD.items():
        for payload in odd(text):
            ledger.take(Received(topic, payload, retain=False))
    goes_on(ledger)


def test_an_id_with_a_line_feed_at_its_end_is_none(ledger: Ledger) -> None:
    """Python's `$` would let it pass; it would break a header or a log."""
    for name in ("event_id", "camera", "zone"):
        fields = json.loads(an_event().to_json())
        with pytest.raises(NotByContract):
            Event.from_json(json.dumps(fields | {name: fields[name] + "\n"}))


def test_tricks_in_topics_and_in_what_should_match_them(ledger: Ledger) -> None:
    for trick in TRICKS:
        for topic in (
            TOPICS.event_snapshot(trick),
            TOPICS.event_plain(trick),
            TOPICS.event_state(trick),
            TOPICS.event_command(trick),
            TOPICS.camera_snapshot(trick),
            TOPICS.page(trick),
            f"floorwatch/{trick}/cameras/hall/snapshot",
        ):
            for payload in (JPEG, b"", b"acknowledge"):
                ledger.take(Received(topic, payload, retain=False))
    fields = json.loads(an_event().to_json())
    for changes in ({"camera": "yard"}, {"site": "other"}, {"label": "spill"}):
        text = json.dumps(fields | changes).encode()
        assert ledger.take(Received(TOPICS.alert("hall", "collapse"), text, retain=False)) == ()
    goes_on(ledger)


def test_other_things_than_pictures_are_no_pictures(ledger: Ledger) -> None:
    for payload in (b"<script>", b"GIF89a", b"\x89PNG\r\n", b"\xff\xd8", b"ftyp"):
        for topic in PICTURES:
            assert ledger.take(Received(topic, payload, retain=False)) == ()


@pytest.mark.parametrize("topic", [*GOOD, *WORDS, PICTURES[0], PICTURES[2]])
def test_ten_megabytes_are_not_even_looked_at(ledger: Ledger, topic: str) -> None:
    whole = b'{"cameras": [' + b"0," * 5_000_000 + b"0]}"
    received = Received(topic, whole, retain=False)
    tracemalloc.start()
    try:
        assert ledger.take(received) == ()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("topic", list(GOOD))
def test_a_megabyte_that_is_all_faults_takes_no_more_than_its_bound(
    ledger: Ledger, topic: str
) -> None:
    fields = json.loads(GOOD[topic])
    name = next((name for name in ("cameras", "reason") if name in fields), "schema_version")
    whole = json.dumps(fields | {name: ["x"] * 200_000, "counters": {"Ä" * 9: 1}}).encode()
    assert len(whole) < MESSAGE_BYTES_MAX
    tracemalloc.start()
    try:
        assert ledger.take(Received(topic, whole, retain=False)) == ()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000


def test_a_status_of_many_counters_is_bounded(ledger: Ledger) -> None:
    fields = json.loads(STATUS.to_json())
    fields["counters"] = {f"c{number}": 1 for number in range(30_000)}
    assert ledger.take(Received(TOPICS.status, json.dumps(fields).encode(), retain=True)) == ()
    assert ledger.dropped["status_too_large"] == 1
