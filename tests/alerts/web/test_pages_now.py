"""The first page in a real Chromium: what is seen, heard and pressed while events come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.answers import Command
from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen
from tests.support.until import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect
HOSTILE = "<img src=x onerror='window.taken=1'>"
# Counts tones as they are started; they sound all the same.
COUNT_TONES = """(() => { window.tones = []; const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.tones.push(this.frequency.value);
  return start.apply(this, at); }; })()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    with screen(browser, mosquitto, tmp_path, unhurried()) as one:
        yield one


def test_all_is_quiet_until_somebody_falls(shown: Screen) -> None:
    shown.floor.health("hall")
    page = shown.open()
    page.evaluate("window.same = true")  # gone, if the page were loaded again
    headline = page.locator("#headline")
    expect(headline).to_have_attribute("data-level", "calm")
    fallen = shown.floor.event(zone="bed 3")
    card = shown.card(fallen)
    expect(card).to_contain_text("hall · bed 3")
    expect(headline).to_have_attribute("data-level", "collapse")
    expect(page.locator("#say-now")).to_contain_text("New: Person on the floor · hall · bed 3.")
    spilt = shown.floor.event("kitchen", "spill", ordinal=1)
    expect(shown.card(spilt)).to_be_visible()
    # The person first, whatever came first.
    assert page.locator(".card").first.get_attribute("data-event") == fallen
    expect(page).to_have_title("(2) Person on the floor · hall · bed 3")
    assert page.evaluate("window.same")
    assert shown.complaints == []


def test_a_press_is_sent_and_stands_when_the_desk_says_so(
    shown: Screen, mosquitto: Mosquitto
) -> None:
    fallen = shown.floor.event()
    shown.floor.stands(fallen, "open")
    shown.open()
    card = shown.card(fallen)
    card.locator(".ask").fill("on my way")
    with keeping(
        mosquitto.settings("desk"), f"floorwatch/{shown.floor.site}/events/+/command"
    ) as kept:
        card.get_by_role("button", name="Acknowledge").click()
        until(lambda: kept.received, "the command is at the broker")
    command = Command.from_json(kept.received[0].payload)
    assert (command.action, command.note, command.via) == ("acknowledge", "on my way", "dashboard")
    expect(card.locator(".outcome")).to_have_text("Acknowledge: sent, waiting for the desk.")
    expect(card).to_have_attribute("data-untaken", "")  # nobody has said so yet
    shown.floor.stands(fallen, "acknowledged", "Kim", "on my way")
    expect(card.locator(".standing")).to_contain_text("Acknowledged by Kim")
    expect(card.locator(".outcome")).to_have_text("")
    expect(shown.page.locator("#headline")).to_have_attribute("data-level", "taken")
    shown.floor.stands(fallen, "resolved", "Kim")
    expect(card).to_have_count(0)
    expect(shown.page.locator("#done-list")).to_contain_text("Resolved by Kim")


def test_keys_do_what_buttons_do(shown: Screen, mosquitto: Mosquitto) -> None:
    first = shown.floor.event("hall", age_s=60)
    second = shown.floor.event("ward", age_s=30)
    page = shown.open()
    expect(page.locator(".card")).to_have_count(2)
    with keeping(
        mosquitto.settings("desk"), f"floorwatch/{shown.floor.site}/events/+/command"
    ) as kept:
        page.keyboard.press("j")
        expect(shown.card(first)).to_be_focused()
        page.keyboard.press("j")
        expect(shown.card(second)).to_be_focused()
        page.keyboard.press("n")
        page.keyboard.type("far away")  # letters, while somebody writes
        page.keyboard.press("Enter")
        page.keyboard.press("r")
        expect(shown.card(second).get_by_role("button", name="Undo")).to_be_visible()
        page.keyboard.press("r")  # again: at once
        until(lambda: kept.received, "resolved is at the broker")
        page.keyboard.press("k")
        page.keyboard.press("f")
        undo = shown.card(first).get_by_role("button", name="Undo")
        expect(undo).to_be_visible()
        undo.click()
        expect(shown.card(first).locator(".outcome")).to_have_text("")
        expect(shown.card(first)).to_be_focused()
        page.keyboard.press("a")
        until(lambda: len(kept.received) == 2, "acknowledge is at the broker")
    sent = [Command.from_json(one.payload) for one in kept.received]
    assert [(one.action, one.note) for one in sent] == [
        ("resolve", "far away"),
        ("acknowledge", ""),
    ]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_a_false_alarm_is_sent_if_the_page_goes_meanwhile(
    shown: Screen, mosquitto: Mosquitto
) -> None:
    event = shown.floor.event()
    page = shown.open()
    with keeping(
        mosquitto.settings("desk"), f"floorwatch/{shown.floor.site}/events/+/command"
    ) as kept:
        shown.card(event).get_by_role("button", name="False alarm").click()
        expect(shown.card(event).get_by_role("button", name="Undo")).to_be_visible()
        assert not kept.received
        page.goto("about:blank")
        until(lambda: kept.received, "the answer is at the broker")
    assert Command.from_json(kept.received[0].payload).action == "false_alarm"


def test_it_rings_until_somebody_answers(shown: Screen) -> None:
    page = shown.page
    page.add_init_script(COUNT_TONES)
    shown.open()
    sound = page.locator("#sound")
    expect(sound).to_have_text("Sound is off")
    sound.click()
    expect(sound).to_have_attribute("data-state", "on")
    before = page.evaluate("window.tones.length")
    spilt = shown.floor.event("kitchen", "spill")
    expect(sound).to_have_attribute("data-state", "ringing")
    page.wait_for_function("count => window.tones.length > count", arg=before)
    low = page.evaluate("Math.max(...window.tones)")
    fallen = shown.floor.event("hall", ordinal=1)
    page.wait_for_function("low => Math.max(...window.tones) > low", arg=low)  # another call
    shown.floor.event("stairs", ordinal=2, drill=True)
    for event in (spilt, fallen):
        shown.floor.stands(event, "acknowledged", "Kim")
    expect(sound).to_have_attribute("data-state", "on")  # a drill rings nobody out of bed
    expect(page).to_have_title("(1) DRILL · Person on the floor · stairs · floor")
    page.reload()
    page.wait_for_selector('#sound[data-state]:not([data-state="off"])')  # it is remembered


def test_names_and_notes_are_text(shown: Screen) -> None:
    name = HOSTILE.replace("/", "")
    event = shown.floor.event(name, zone=name)
    shown.floor.health(name, "blocked", HOSTILE)
    shown.floor.stands(event, "acknowledged", HOSTILE, HOSTILE)
    page = shown.open()
    card = shown.card(event)
    expect(card.locator(".where")).to_have_text(f"{name} · {name}")
    expect(card.locator(".note")).to_have_text(HOSTILE)
    expect(page.locator(".tile")).to_contain_text(HOSTILE)
    shown.open(f"/events/{event}")
    expect(page.locator("#fact-list")).to_contain_text(name)
    shown.open("/history")
    expect(page.locator("#rows tbody")).to_contain_text(HOSTILE)
    assert page.evaluate("window.taken") is None
    assert page.locator("img[src=x]").count() == 0
    assert shown.complaints == []


def test_it_says_what_it_cannot_know(shown: Screen) -> None:
    shown.floor.health("hall")
    shown.floor.health("yard", "blocked", "A cupboard stands in front of it")
    page = shown.open()
    headline = page.locator("#headline")
    expect(headline).to_have_text(
        "No event, but not every camera can see1 of 2 cameras cannot see: yard"
    )
    first = page.locator(".tile").first
    expect(first).to_contain_text("View is blocked")
    expect(first).to_contain_text("A cupboard stands in front of it")
    shown.floor.desk("offline")
    expect(page.locator("#banners")).to_contain_text("No desk is online")
    shown.floor.device("offline")
    expect(page.locator("#banners")).to_contain_text(f"The device at {shown.floor.site} is offline")
    expect(page.locator('.tile[data-health="trouble"]')).to_have_count(2)
    shown.floor.device("online")
    shown.floor.desk("online")
    expect(page.locator(".banner")).to_have_count(0)
