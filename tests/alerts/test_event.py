from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import schema
from alerts.event import (
    PHASES,
    Blindness,
    Event,
    Evidence,
    EvidenceFile,
    Label,
    ModelUsed,
    ThresholdUsed,
    event_id,
)
from alerts.schema import NotByContract
from alerts.shapes import WHOLE_MAX
from alerts.topics import check_name
from tests.alerts.samples import BEGAN, SHA, an_event

names = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs", "Cn"], exclude_characters="/+#"
    ),
    min_size=1,
    max_size=64,
).filter(lambda name: not name.startswith("$") and name not in {".", ".."})
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc))
fractions = st.floats(0, 1)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
files = st.none() | st.builds(EvidenceFile, name=st.text(min_size=1), sha256=digests)
events = st.builds(
    Event,
    event_id=st.builds(
        event_id, names, names, names, names | st.none(), st.integers(0, 9), moments
    ),
    seq=st.integers(0, WHOLE_MAX),
    phase=st.sampled_from(PHASES),
    label=st.sampled_from(get_args(Label)),
    site=names,
    camera=names,
    zone=names | st.none(),
    occurred_at=moments,
    detected_at=moments,
    published_at=moments | st.none(),
    score=fractions,
    threshold=st.builds(
        ThresholdUsed,
        value=fractions,
        source=st.text(min_size=1),
        target_recall=fractions | st.none(),
        confidence=fractions | st.none(),
        incidents=st.integers(0, WHOLE_MAX) | st.none(),
    ),
    model=st.builds(ModelUsed, name=st.text(min_size=1), sha256=digests),
    path=st.sampled_from(["fast", "slow", "persist", *get_args(Blindness), "unusual"]),
    box=st.tuples(fractions, fractions, fractions, fractions),
    evidence=st.builds(Evidence, files, files, files),
    replayed=st.booleans(),
    durable=st.booleans(),
    drill=st.booleans(),
)


@given(events)
def test_an_event_survives_the_way_through_json(event: Event) -> None:
    check_name("camera", event.camera)
    text = event.to_json()
    assert "\n" not in text
    again = Event.from_json(text)
    assert again == event
    assert again.to_json() == text


def test_the_contract_field_by_field() -> None:
    fields = json.loads(an_event().to_json())
    required = json.loads(schema.text("event"))["required"]
    assert list(fields) == required
    assert fields["occurred_at"] == "2026-11-20T17:45:12.345Z"
    assert fields["box"] == [0.1, 0.2, 0.3, 0.4]
    assert fields["published_at"] is None


def test_times_are_utc_milliseconds_and_boxes_four_digits() -> None:
    there = BEGAN.astimezone(timezone(timedelta(hours=5, minutes=30))) + timedelta(microseconds=678)
    event = an_event(occurred_at=there, box=(1 / 3, 0.99999, 0, 1))
    assert event.occurred_at == BEGAN
    assert event.box == (0.3333, 1.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="time zone"):
        an_event(occurred_at=datetime(2026, 1, 1))


def test_what_json_cannot_hold_is_no_event() -> None:
    with pytest.raises(ValueError, match="JSON"):
        an_event(score=float("nan")).to_json()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"phase": "reopened"}, "phase: 'reopened'"),
        ({"seq": -1}, "seq: -1"),
        ({"score": 1.5}, "score: 1.5"),
        ({"schema_version": 2}, "schema_version"),
        ({"box": [0, 0, 1]}, "box"),
        ({"occurred_at": "2026-11-20T17:45:12Z"}, "occurred_at"),
        ({"occurred_at": "2026-13-40T17:45:12.000Z"}, "occurred_at: .* is not a date"),
        ({"camera": "a/b"}, "camera"),
        ({"evidence": {"snapshot": {"name": "x"}, "clip": None}}, "evidence/snapshot"),
    ],
)
def test_what_is_no_event_is_told(change: dict[str, object], told: str) -> None:
    fields = json.loads(an_event().to_json()) | change
    with pytest.raises(NotByContract, match=told):
        Event.from_json(json.dumps(fields))


def test_what_a_newer_device_adds_is_left_out_by_who_reads_and_forbidden_to_who_sends() -> None:
    file = {"name": "a.jpg", "sha256": SHA}
    fields = json.loads(an_event().to_json()) | {"evidence": {"snapshot": file, "clip": None}}
    plain = Event.from_json(json.dumps(fields))
    for part in (
        fields,
        fields["threshold"],
        fields["model"],
        fields["evidence"],
        fields["evidence"]["snapshot"],
    ):
        part["colour"] = {"red": [1]}
        newer = json.dumps(fields)
        assert Event.from_json(newer) == plain
        with pytest.raises(NotByContract, match="'colour'"):
            schema.check("event", newer)
        del part["colour"]


@pytest.mark.parametrize("rubbish", [b"", b"\xff\xfe", b"null", b"[1]", b"NaN", b"[" * 100_000])
def test_rubbish_is_no_event(rubbish: bytes) -> None:
    with pytest.raises(NotByContract):
        Event.from_json(rubbish)


def test_the_id_is_the_incidents_own() -> None:
    parts = ("site", "hall", "collapse", None, 0, BEGAN)
    assert event_id(*parts) == event_id(*parts)
    assert re.fullmatch(r"20261120T174512345Z-[0-9a-f]{10}", event_id(*parts))
    others = [
        ("site2", "hall", "collapse", None, 0, BEGAN),
        ("site", "hall2", "collapse", None, 0, BEGAN),
        ("site", "hall", "spill", None, 0, BEGAN),
        ("site", "hall", "collapse", "None", 0, BEGAN),
        ("site", "hall", "collapse", None, 1, BEGAN),
        ("site", "hall", "collapse", None, 0, BEGAN + timedelta(milliseconds=1)),
        ("siteh", "all", "collapse", None, 0, BEGAN),
    ]
    assert len({event_id(*parts), *(event_id(*other) for other in others)}) == len(others) + 1
