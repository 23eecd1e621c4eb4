"""Keys where no card was chosen, and pages that have nothing to press."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect
SENT = "Acknowledge: sent, waiting for the desk."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    with screen(browser, mosquitto, tmp_path, unhurried()) as one:
        yield one


def test_a_key_answers_the_only_one_and_of_several_shows_which(shown: Screen) -> None:
    first = shown.floor.event("hall", age_s=90)
    page = shown.open()
    expect(shown.card(first)).to_be_visible()
    page.keyboard.press("a")
    expect(shown.card(first).locator(".outcome")).to_have_text(SENT)
    shown.floor.stands(first, "acknowledged", "Kim")
    second = shown.floor.event("ward", ordinal=1, age_s=60)
    third = shown.floor.event("ward", ordinal=2)
    expect(page.locator(".card")).to_have_count(3)
    page.keyboard.press("a")
    expect(shown.card(second)).to_be_focused()
    expect(page.locator("#say")).to_contain_text("Press the same key again")
    outcomes = page.locator(".outcome", has_text="Acknowledge")
    expect(outcomes).to_have_count(0)  # nobody was answered by mistake
    page.keyboard.press("a")
    expect(shown.card(second).locator(".outcome")).to_have_text(SENT)
    expect(shown.card(third).locator(".outcome")).to_have_text("")
    assert shown.complaints == []


def test_zones_without_a_site_file_are_said_to_be_so(shown: Screen) -> None:
    page = shown.open("/zones")
    expect(page.locator("#hint")).to_contain_text("this dashboard was given none")
    assert page.locator("main button:visible, main select:visible").count() == 0
    assert shown.complaints == []


def test_a_name_that_is_not_ours_is_refused_in_words(shown: Screen) -> None:
    port = shown.served.url.rpartition(":")[2]
    page = shown.page
    page.goto(f"http://wall.localhost:{port}/")  # every browser takes it to this machine
    expect(page.locator("body")).to_contain_text("names: [wall.localhost]")
    with shown.served.visitor() as visitor:
        html = {"host": "<b>x", "accept": "text/html"}
        assert "<b>x" not in visitor.get("/", headers=html).text
        plain = visitor.get("/", headers={"host": "wall.localhost"})
        assert plain.json()["code"] == "host"
