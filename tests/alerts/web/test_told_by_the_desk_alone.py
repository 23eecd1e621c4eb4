"""Events whose alerts came before there was this dashboard: the broker has kept how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.inbox import MqttInbox
from alerts.ports import Message
from alerts.resyncing import Resync
from alerts.standing import EventState
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.dashboard import Served, publish
from tests.support.floor import Floor, now
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    with screen(browser, mosquitto, tmp_path, unhurried()) as one:
        yield one


def test_a_new_dashboard_asks_for_all_though_it_knows_how_some_stand(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with Floor(mosquitto.settings("floor-new"), "new") as floor:
        floor.stands(floor.event(), "escalated")
        asked = MqttInbox(mosquitto.settings("device-of-new"), [floor.topics.resync])
        with asked as device, Served(tmp_path, mosquitto.settings("new"), timing=unhurried()):
            received = device.get(10)
    assert received is not None
    assert Resync.from_json(received.payload).since < now() - timedelta(days=13)


def test_what_is_over_is_not_still_seen_and_said_again_is_told_once(
    shown: Screen, mosquitto: Mosquitto
) -> None:
    opened_at = now()
    event = an_event(site=shown.floor.site, detected_at=opened_at, occurred_at=opened_at)
    first = EventState(
        event_id=event.event_id,
        version=1,
        standing="escalated",
        by=None,
        at=opened_at,
        note="",
        step=2,
        site=event.site,
        camera=event.camera,
        label=event.label,
        zone=None,
        opened_at=opened_at,
        ongoing=True,
        score=0.9,
        desk="desk",
    )
    topic = Topics("floorwatch", event.site).event_state(event.event_id)
    said = [Message(topic, one.to_json().encode(), True) for one in _said_twice(first)]
    publish(mosquitto.settings("desk-of-told"), said)
    page = shown.open()
    expect(shown.card(event.event_id)).to_contain_text("no longer seen")
    page = shown.open(f"/events/{event.event_id}")
    expect(page.locator("#timeline li")).to_have_count(1)


def _said_twice(first: EventState) -> tuple[EventState, EventState]:
    """The second time because the camera has seen the end of it."""
    return first, replace(first, version=2, ongoing=False)
