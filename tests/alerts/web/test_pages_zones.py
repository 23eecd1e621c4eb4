"""Zones and masks drawn in a real Chromium, by mouse and by keys, into a real site file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect
SITE = """\
version: 1
site: {name: clinic}
cameras:
  - name: hall   # by the door
    url: pattern:still
    zones:
      - name: entrance
        polygon: [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    keys = {"site_file": file}
    folder = tmp_path / "state"
    with screen(browser, mosquitto, folder, unhurried(), keys=keys) as one:
        one.open("/zones")
        expect(one.page.locator(".area")).to_have_count(1)
        yield one


def areas(shown: Screen) -> Any:
    """As the file says now."""
    return yaml.safe_load((shown.served.folder.parent / "site.yaml").read_text())["cameras"][0]


def press(shown: Screen, x: float, y: float) -> None:
    """The picture, at these fractions of it."""
    box = shown.page.locator(".sheet-svg").bounding_box()
    assert box is not None
    shown.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_mask_is_drawn_by_mouse_named_and_saved(shown: Screen) -> None:
    page = shown.page
    page.get_by_role("button", name="Draw a mask").click()
    for x, y in [(0.6, 0.2), (0.9, 0.2), (0.9, 0.6), (0.6, 0.6), (0.6, 0.2)]:
        press(shown, x, y)
    expect(page.locator(".area")).to_have_count(2)
    name = page.get_by_role("textbox", name="Name").last
    expect(name).to_have_value("mask 1")
    name.fill("couch")
    page.get_by_label("Liquid on the floor").last.uncheck()
    expect(page.locator("#yaml")).to_contain_text("couch")  # before anything is written
    assert "masks" not in areas(shown)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#hint")).to_contain_text("Saved", timeout=60_000)
    [mask] = areas(shown)["masks"]
    assert (mask["name"], mask["labels"]) == ("couch", ["collapse"])
    assert mask["polygon"][2] == pytest.approx([0.9, 0.6], abs=0.005)
    assert "# by the door" in (shown.served.folder.parent / "site.yaml").read_text()


def test_corners_are_moved_added_and_taken_away_by_keys(shown: Screen) -> None:
    page = shown.page
    corner = page.get_by_role("button", name="Corner 3 of 4 of entrance: 50 % from the left")
    corner.focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("button", name="Corner 3 of 4 of entrance: 70 %")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Corner 4 of 5 of entrance")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(".corner")).to_have_count(4)
    page.keyboard.press("Control+z")
    expect(page.locator(".corner")).to_have_count(5)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")  # the moves of one corner are one step
    expect(page.get_by_role("button", name="Corner 3 of 4 of entrance: 50 %")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()


def test_what_cannot_be_is_said_beside_it_and_not_saved(shown: Screen) -> None:
    page = shown.page
    page.get_by_role("button", name="Draw a zone").click()
    page.get_by_role("button", name="Use a rectangle").click()
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_enabled()
    box = page.locator(".sheet-svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    page.mouse.up()
    problem = page.locator("#areas .problem").last
    expect(problem).to_contain_text("It crosses itself")
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Undo").click()
    expect(problem).to_have_text("")
    name = page.get_by_role("textbox", name="Name").last
    name.fill("entrance")
    expect(problem).to_have_text("The name entrance is taken.")
    name.fill("a/b")
    expect(problem).to_contain_text("no slash")
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Remove").last.click()
    expect(page.locator(".area")).to_have_count(1)
