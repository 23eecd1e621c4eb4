"""More events open than anybody reads: the page shows some, counts all, and hides no new one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.event import event_id
from alerts.ledger import Ledger
from alerts.moments import from_text
from tests.alerts.samples import an_event
from tests.alerts.telling import a_state, stands, told
from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.floor import now
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect
OPEN, GIVEN, CARDS = 620, 500, 200


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    site, began = tmp_path.name, now() - timedelta(minutes=20)
    said = []
    for ordinal in range(OPEN):
        at = began + timedelta(seconds=ordinal)
        made = event_id(site, "hall", "collapse", "floor", ordinal, at)
        event = an_event(event_id=made, site=site, occurred_at=at, detected_at=at)
        said += [told(event), stands(a_state(event_id=made, site=site, opened_at=at))]
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.take_many(said)
    with screen(browser, mosquitto, tmp_path, unhurried()) as one:
        yield one


def test_some_are_shown_all_are_counted_and_a_new_one_is_seen(shown: Screen) -> None:
    page = shown.open()
    with shown.served.visitor() as visitor:
        told = visitor.json("/api/overview")
        first = visitor.json("/api/events?limit=1")["events"][0]["opened_at"]
    assert told["open_count"] == OPEN
    assert told["untaken"] == {"collapse": OPEN}
    opened = [event["opened_at"] for event in told["open"]]
    assert len(opened) == GIVEN
    assert opened == sorted(opened, reverse=True)
    assert opened[0] == first  # the newest, and the one that waits longest, are among them
    assert timedelta(seconds=OPEN - 1) == from_text(opened[0]) - from_text(opened[-1])

    cards, more = page.locator(".card"), page.locator("#more")
    expect(cards).to_have_count(CARDS)
    expect(more).to_have_text(f"and {OPEN - CARDS} more")
    expect(page.locator("#headline-words")).to_contain_text(str(OPEN))

    new = shown.floor.event("ward")
    expect(shown.card(new)).to_be_visible()
    expect(shown.card(new).get_by_role("button", name="Acknowledge")).to_be_enabled()
    expect(cards).to_have_count(CARDS)
    expect(more).to_have_text(f"and {OPEN + 1 - CARDS} more")
    shown.floor.stands(new, "resolved", "Kim")
    expect(shown.card(new)).to_have_count(0)
    expect(more).to_have_text(f"and {OPEN - CARDS} more")
