"""History, one event, logging in: searched, turned, saved, and kept from those who may not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.web.users import add
from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen, until_handled

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Browser, Route

expect = pytest.importorskip("playwright.sync_api").expect
PASSWORD = "a horse that staples batteries"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    with screen(browser, mosquitto, tmp_path, unhurried()) as one:
        yield one


def test_it_is_searched_turned_and_saved(shown: Screen) -> None:
    for ordinal in range(54):
        shown.floor.event("hall", age_s=100 + ordinal, ordinal=ordinal)
    mopped = shown.floor.event("kitchen", "spill", zone="sink", age_s=50)
    shown.floor.stands(mopped, "resolved", "Kim", '=1+1,"mopped"')
    page = shown.open("/history")
    rows = page.locator("#rows tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("kitchen · sink")
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(5)
    expect(page.locator("#found")).to_have_text("51 to 55")
    page.get_by_role("button", name="Newer").click()
    expect(rows).to_have_count(50)
    page.get_by_role("searchbox", name="Text").fill("mopped")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    assert "text=mopped" in page.url  # the search can be passed on
    expect(page.locator("#counts tbody tr").first).to_contain_text("hall")
    expect(page.locator("#chart > svg")).to_have_attribute(
        "aria-label", "Last 30 days: 54 times a person on the floor, 1 times liquid."
    )
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as CSV").click()
    text = waiting.value.path().read_text("utf-8-sig")
    [saved] = csv.DictReader(io.StringIO(text))
    assert saved["event_id"] == mopped
    assert saved["note"] == '\'=1+1,"mopped"'  # a spreadsheet runs nothing
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(50)
    page.get_by_label("What").select_option("spill")
    expect(rows).to_have_count(1)
    rows.first.get_by_role("link").click()
    expect(page.locator("#fact-list")).to_contain_text(mopped)
    assert shown.complaints == []


def test_an_event_tells_its_story_and_follows_it(shown: Screen) -> None:
    event = shown.floor.event(age_s=30)
    shown.floor.stands(event, "open")
    page = shown.open(f"/events/{event}")
    timeline = page.locator("#timeline")
    expect(timeline).to_contain_text("Seen, score 0.87")
    shown.floor.stands(event, "escalated", step=2)
    expect(timeline).to_contain_text("Escalated to step 2")
    shown.floor.stands(event, "acknowledged", "Kim", "on my way")
    expect(timeline).to_contain_text("Acknowledged by Kim")
    expect(timeline.locator("q").last).to_have_text("on my way")
    shown.floor.later(event, phase="closed")
    expect(timeline).to_contain_text("No longer seen")
    shown.open("/events/20200101T000000000Z-0000000000")
    expect(page.locator("#cards")).to_contain_text("There is no such event.")


def test_who_may_only_look_has_nothing_to_press(
    browser: Browser, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    users = tmp_path / "users.yaml"
    add(users, "vera", "viewer", PASSWORD)
    keys = {"users": users}
    folder = tmp_path / "site"
    with screen(browser, mosquitto, folder, unhurried(), keys=keys) as shown:
        event = shown.floor.event()
        page = shown.page
        page.goto(shown.served.url + f"/events/{event}")
        expect(page).to_have_url(f"{shown.served.url}/login?next=/events/{event}")
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#login-problem")).to_have_text("Name or password is wrong.")
        page.get_by_label("Language").select_option("ko")
        expect(page.locator("#login-problem")).to_have_text(
            "이름 또는 비밀번호가 올바르지 않습니다."
        )
        page.get_by_label("언어").select_option("en")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(f"{shown.served.url}/events/{event}")
        expect(shown.card(event)).to_be_visible()
        assert page.locator(".press:visible, .ask:visible").count() == 0
        page.locator("#settings summary").click()
        expect(page.locator("#who")).to_have_text("vera, may look")
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_url(f"{shown.served.url}/login")
        page.goto(shown.served.url + "/login?next=//example.org/")
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{shown.served.url}/")  # never to somebody else's place


@pytest.fixture
def vera(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    """Somebody logged in, the live line is there, and the settings are open."""
    users = tmp_path / "users.yaml"
    add(users, "vera", "viewer", PASSWORD)
    keys = {"users": users}
    with screen(browser, mosquitto, tmp_path / "site", unhurried(), keys=keys) as shown:
        page = shown.page
        page.goto(shown.served.url + "/login?next=/history")
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector('#link-state[data-state="live"]', state="attached")
        page.locator("#settings summary").click()
        yield shown


def test_nothing_that_comes_late_sends_back_who_logs_out(vera: Screen) -> None:
    page = vera.page
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/logout", lambda asked: held.append((asked, asked.fetch())))
    page.get_by_role("button", name="Log out").click()
    until_handled(page, lambda: held, "the session has ended")
    asks = "import('/static/server.js').then((it) => it.get('/api/overview'))"
    assert page.evaluate(f"{asks}.catch((error) => error.status)") == 401
    page.wait_for_timeout(1000)  # in which the live line would have said so too
    assert page.url == f"{vera.served.url}/history"
    held[0][0].fulfill(response=held[0][1])
    expect(page).to_have_url(f"{vera.served.url}/login")


def test_whoever_could_not_log_out_is_told_and_stays(vera: Screen) -> None:
    page = vera.page
    page.route("**/logout", lambda asked: asked.abort())
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#log-out-problem")).to_have_text(
        "The server cannot be reached. Press again."
    )
    expect(page.locator("#who")).to_have_text("vera, may look")
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    page.unroute("**/logout")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{vera.served.url}/login")
