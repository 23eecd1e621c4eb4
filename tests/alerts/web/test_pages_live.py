"""The live line of the pages: cuts, restarts, a broker away; and screens large and small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.clips import write_clip
from tests.support.dashboard import Served
from tests.support.mosquitto import Mosquitto
from tests.support.screens import PHONE, WALL, Screen, screen, seeing
from tests.support.until import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    with screen(browser, mosquitto, tmp_path, unhurried()) as one:
        yield one


def test_it_outlives_a_restart_of_the_server(shown: Screen, mosquitto: Mosquitto) -> None:
    first = shown.floor.event("hall")
    page = shown.open()
    expect(shown.card(first)).to_be_visible()
    page.evaluate("window.same = true")
    port = int(shown.served.url.rsplit(":", 1)[1])
    shown.served.__exit__(None, None, None)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "lost")
    expect(page.locator("#banners")).to_contain_text("No connection to the server")
    button = shown.card(first).get_by_role("button", name="Acknowledge")
    button.click()
    outcome = shown.card(first).locator(".outcome")
    expect(outcome).to_have_text(
        "Acknowledge: not sent. The server cannot be reached. Press again."
    )
    second = shown.floor.event("ward", ordinal=1)
    more = {**shown.served.more, "port": port}
    with Served(shown.served.folder, shown.served.broker, more, unhurried()):
        expect(shown.card(second)).to_be_visible()
        expect(page.locator(".banner")).to_have_count(0)
        button.click()
        expect(outcome).to_have_text("Acknowledge: sent, waiting for the desk.")
        assert page.evaluate("window.same")
    shown.served.__enter__()


def test_a_press_without_a_broker_says_that_nobody_knows(browser: Browser, tmp_path: Path) -> None:
    with (
        Mosquitto(tmp_path / "broker", persistence=True) as broker,
        screen(browser, broker, tmp_path / "site", unhurried()) as shown,
    ):
        event = shown.floor.event()
        page = shown.open()
        expect(shown.card(event)).to_be_visible()
        broker.stop()
        expect(page.locator("#banners")).to_contain_text("The message broker is out of reach")
        expect(page.locator("#link-state")).to_have_attribute("data-state", "deaf")  # not green
        shown.card(event).get_by_role("button", name="Acknowledge").click()
        outcome = shown.card(event).locator(".outcome")
        expect(outcome).to_contain_text("kept until the broker is back")
        broker.start()
        expect(outcome).to_contain_text("waiting for the desk")
        expect(page.locator("#banners")).not_to_contain_text("out of reach")


def test_picture_and_clip_are_shown_in_the_page(shown: Screen, tmp_path: Path) -> None:
    event = shown.floor.event()
    page = shown.open()
    card = shown.card(event)
    expect(card.get_by_role("img", name="No picture")).to_be_visible()  # where it is, at least
    ok, jpeg = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))
    assert ok
    shown.floor.snapshot(event, jpeg.tobytes())
    picture = card.get_by_role("img", name="Picture: Person on the floor")
    expect(picture).to_have_js_property("naturalWidth", 160)
    pictures = (np.full((64, 96, 3), 20 * i, np.uint8) for i in range(12))
    clip = write_clip(tmp_path / "clip.mp4", pictures, options={"movflags": "+faststart"})
    shown.floor.clip(event, clip.read_bytes())
    card.get_by_role("button", name="Play").click()
    video = card.locator("video")
    expect(video).to_have_js_property("videoWidth", 96)
    expect(video).not_to_have_js_property("currentTime", 0)  # it plays
    page.goto(shown.served.url + f"/events/{event}")
    expect(page.locator("#evidence img")).to_have_js_property("naturalWidth", 160)
    expect(page.locator("#evidence video")).to_have_count(1)


def test_the_heat_map_is_shown_and_hidden(shown: Screen) -> None:
    event = shown.floor.event()
    page = shown.open()
    card = shown.card(event)
    shown.floor.snapshot(event, grey(160))
    picture = card.get_by_role("img", name="Picture: Person on the floor")
    expect(picture).to_have_js_property("naturalWidth", 160)
    heat = card.get_by_role("button", name="Heat map")
    expect(heat).to_have_count(0)  # it could do nothing yet
    shown.floor.plain(event, grey(240))
    expect(heat).to_have_attribute("aria-pressed", "true")
    heat.click()
    expect(heat).to_have_attribute("aria-pressed", "false")
    expect(picture).to_have_js_property("naturalWidth", 240)
    page.keyboard.press("j")  # the card, for keys
    page.keyboard.press("h")
    expect(heat).to_have_attribute("aria-pressed", "true")
    expect(picture).to_have_js_property("naturalWidth", 160)
    page.goto(shown.served.url + f"/events/{event}")
    pictures = page.locator("#evidence img")
    expect(page.locator("#evidence figcaption")).to_have_text(
        ["Snapshot with heat map", "Snapshot"]
    )
    expect(pictures.nth(0)).to_have_js_property("naturalWidth", 160)
    expect(pictures.nth(1)).to_have_js_property("naturalWidth", 240)
    assert shown.complaints == []


def grey(width_px: int) -> bytes:
    done, jpeg = cv2.imencode(".jpg", np.full((90, width_px, 3), 90, np.uint8))
    assert done
    return jpeg.tobytes()


def test_on_a_phone_nothing_is_too_wide_or_too_small(
    browser: Browser, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    phone = {"size": PHONE, "locale": "ko-KR", "has_touch": True, "is_mobile": True}
    with screen(browser, mosquitto, tmp_path, unhurried(), **phone) as shown:
        shown.floor.health("a-camera-with-a-name-that-is-far-too-long-for-any-telephone-at-all")
        event = shown.floor.event("a-camera-with-a-name-that-is-far-too-long-for-any-telephone")
        shown.page.set_viewport_size({"width": 360, "height": 780})
        for path in ("/", "/history", f"/events/{event}"):
            page = shown.open(path)
            expect(page.locator("#cards .card, #rows tbody tr").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") == 360, path
            assert seeing(page, "small") == [], path
        assert page.locator("html").get_attribute("lang") == "ko"


@pytest.mark.parametrize("language", ["en-GB", "ko-KR"])
def test_at_no_width_does_a_card_run_over(
    browser: Browser, mosquitto: Mosquitto, tmp_path: Path, language: str
) -> None:
    with screen(browser, mosquitto, tmp_path, unhurried(), locale=language) as shown:
        escalated = shown.floor.event("hall")
        shown.floor.stands(escalated, "escalated", step=2)
        taken = shown.floor.event("kitchen", "spill", ordinal=1)
        shown.floor.stands(taken, "acknowledged", "Kim")
        shown.floor.event("ward", ordinal=2, drill=True)
        page = shown.open()
        expect(page.locator(".card")).to_have_count(3)
        for width in (360, 600, 721, 900, 1024, 1180, 1280, 1366, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert seeing(page, "over") == [], width
            assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_the_wall_there_is_nothing_to_press(
    browser: Browser, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with screen(browser, mosquitto, tmp_path, unhurried(), size=WALL) as shown:
        for ordinal in range(6):
            shown.floor.event(f"ward-{ordinal}", ordinal=ordinal)
        page = shown.open("/?wall")
        expect(page.locator(".card")).to_have_count(4)
        expect(page.locator("#more")).to_have_text("and 2 more")
        assert page.locator("main button:visible, main input:visible, main a:visible").count() == 0
        last = page.locator(".card").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= WALL[1]


def test_ages_follow_the_server_and_not_this_machine(shown: Screen) -> None:
    page = shown.page
    # This machine is an hour slow.
    page.add_init_script("const real = Date.now; Date.now = () => real() - 3600000")
    event = shown.floor.event(age_s=300)
    shown.open()
    expect(shown.card(event).locator(".age")).to_contain_text("5:")


def ticked(page: Page) -> bool:
    """A moment later, by the page's own clock."""
    page.clock.run_for(20)
    return True


def test_a_card_that_just_slid_under_the_finger_takes_no_press(shown: Screen) -> None:
    page = shown.page
    page.clock.install()
    shown.floor.event("kitchen", "spill")
    shown.open()
    expect(page.locator(".card")).to_have_count(1)
    page.clock.run_for(1000)
    fallen = shown.floor.event("hall", ordinal=1)  # more urgent: it takes the first place
    until(lambda: ticked(page) and page.locator(".card").count() == 2, "both are shown")
    button = shown.card(fallen).get_by_role("button", name="Acknowledge")
    button.click()
    expect(page.locator("#say")).to_contain_text("The list moved just now")
    expect(shown.card(fallen).locator(".outcome")).to_have_text("")
    page.clock.run_for(500)
    button.click()
    outcome = shown.card(fallen).locator(".outcome")
    expect(outcome).to_have_text("Acknowledge: sent, waiting for the desk.")
    page.clock.run_for(11_000)
    expect(outcome).to_contain_text("no desk has confirmed it")


def test_a_line_on_which_no_heart_beats_is_made_anew(shown: Screen) -> None:
    page = shown.page
    page.clock.install()
    shown.open()
    with page.expect_request(lambda request: request.url.endswith("/api/stream")):
        page.clock.fast_forward(60_000)  # the machine slept
    expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    event = shown.floor.event()
    until(lambda: ticked(page) and shown.card(event).count(), "what comes is shown")
