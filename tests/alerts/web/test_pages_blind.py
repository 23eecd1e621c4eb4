"""A camera that cannot see, on the first page in a real Chromium: its alert, its tile, what it
shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

expect = pytest.importorskip("playwright.sync_api").expect


def jpeg(grey: int) -> bytes:
    done, data = cv2.imencode(".jpg", np.full((90, 160, 3), grey, np.uint8))
    assert done
    return data.tobytes()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser: Browser, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Screen]:
    with screen(browser, mosquitto, tmp_path, unhurried()) as one:
        yield one


def test_why_it_cannot_see_and_what_it_shows_until_it_sees_again(shown: Screen) -> None:
    shown.floor.health("hall")
    shown.floor.health("yard", "blurred", "the picture is less sharp than usual")
    shown.floor.view("yard", jpeg(90))
    page = shown.open()
    tile = page.locator(".tile").first
    expect(tile).to_contain_text("Out of focus")
    picture = tile.locator("img")
    expect(picture).to_have_attribute("alt", "What yard shows while it cannot see")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 160
    blind = shown.floor.event("yard", "camera", zone=None, path="blurred", score=1.0)
    card = shown.card(blind)
    expect(card).to_contain_text("Camera cannot see: Out of focus")
    expect(card.locator(".score")).to_be_hidden()
    headline = page.locator("#headline")
    expect(headline).to_contain_text("A camera cannot see")
    fallen = shown.floor.event("hall", zone="bed 3", ordinal=1)
    expect(headline).to_contain_text("Person on the floor")
    expect(page.locator(".card").first).to_have_attribute("data-event", fallen)
    shown.floor.later(blind, phase="updated", path="blocked")
    expect(card).to_contain_text("Camera cannot see: View is blocked")
    shown.floor.health("yard")
    shown.floor.view("yard", b"")
    expect(page.locator(".tile img")).to_have_count(0)
    expect(page.locator('.tile[data-health="trouble"]')).to_have_count(0)
    odd = shown.floor.event("hall", "unusual", zone=None, path="unusual", ordinal=2)
    expect(shown.card(odd)).to_contain_text("Something unusual")
    assert shown.complaints == []
