"""Decisions to events: one id for an incident, whatever the wall clock does meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from alerts import schema
from alerts.event import Evidence, ThresholdUsed
from edge.core.types import Label
from edge.eventing import Eventing
from tests.edge.frames import decision, pattern_card
from tests.edge.stepped_clock import SteppedClock

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
CAMERAS = ("hall", "door")
LABELS: tuple[Label, ...] = ("collapse", "spill")
USED = ThresholdUsed(0.5, "the test", target_recall=0.95, confidence=0.9, incidents=60)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def eventing(clock: SteppedClock, tmp_path: Path) -> Eventing:
    thresholds = {(camera, label): USED for camera in CAMERAS for label in LABELS}
    return Eventing("lab", pattern_card(tmp_path), clock, thresholds)


def test_an_event_keeps_the_contract_and_says_what_was_decided(eventing: Eventing) -> None:
    event = eventing.event(decision(at_s=12))
    schema.check("event", event.to_json())
    assert (event.site, event.camera, event.zone, event.label) == (
        "lab",
        "hall",
        "ward",
        "collapse",
    )
    assert event.occurred_at == NOON + timedelta(seconds=4)
    assert event.detected_at == NOON + timedelta(seconds=12)
    assert (event.threshold, event.model.name, event.evidence) == (USED, "pattern", Evidence())
    assert event.box == (0.2, 0.62, 0.36, 0.16)


@pytest.mark.parametrize("step", [timedelta(days=-20_000), timedelta(seconds=-3), timedelta(56)])
def test_one_id_and_one_beginning_though_the_wall_clock_is_stepped_in_between(
    eventing: Eventing, clock: SteppedClock, step: timedelta
) -> None:
    opened = eventing.event(decision("opened"))
    clock.step = step
    updated = eventing.event(decision("updated", seq=1, at_s=40))
    closed = eventing.event(decision("closed", seq=2, at_s=70))
    assert opened.event_id == updated.event_id == closed.event_id
    assert opened.occurred_at == updated.occurred_at == closed.occurred_at
    assert closed.detected_at == NOON + step + timedelta(seconds=70)


def test_different_incidents_have_different_ids(eventing: Eventing) -> None:
    others = [
        decision(),
        decision(camera="door"),
        decision(label="spill"),
        decision(zone=None),
        decision(zone="None"),
        decision(ordinal=1),
        decision(opened_s=10.5),
    ]
    assert len({eventing.event_id(one) for one in others}) == len(others)


def test_an_incident_that_goes_on_is_remembered_through_a_thousand_others(
    eventing: Eventing, clock: SteppedClock
) -> None:
    flood = decision("updated", label="spill")
    before = eventing.event_id(flood)
    for number in range(1000):
        eventing.event(decision(opened_s=20 + number))
        if number % 100 == 99:  # it is told of now and then, as long as it lasts
            clock.step += timedelta(seconds=1)
            assert eventing.event_id(flood) == before


def test_the_same_recording_gives_the_same_ids(tmp_path: Path) -> None:
    card = pattern_card(tmp_path)
    used: dict[tuple[str, Label], ThresholdUsed] = {("hall", "collapse"): USED}
    one, other = (Eventing("lab", card, SteppedClock(NOON), used) for _ in range(2))
    assert one.event_id(decision()) == other.event_id(decision())
