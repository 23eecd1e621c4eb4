"""Who cannot see well, or uses no mouse: every page, light and dark, as Chromium understands it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen, seeing, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

expect = pytest.importorskip("playwright.sync_api").expect
PAGES = ("/", "/history", "/events/{event}", "/login", "/zones")
REACHED = """[document.activeElement.textContent.trim() || document.activeElement.id,
  getComputedStyle(document.activeElement).outlineStyle]"""
SITE = """\
version: 1
site: {name: clinic}
cameras:
  - name: hall
    url: pattern:still
    zones: [{name: door, polygon: [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]}]
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def shown(
    browser: Browser, mosquitto: Mosquitto, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Screen]:
    """Something of everything: people and liquid, taken and not, a drill, cameras in trouble."""
    folder = tmp_path_factory.mktemp("seen")
    (folder / "site.yaml").write_text(SITE)
    keys = {"site_file": folder / "site.yaml"}
    with screen(browser, mosquitto, folder / "state", unhurried(), keys=keys) as one:
        floor = one.floor
        fallen = floor.event("hall", age_s=400)
        floor.stands(fallen, "escalated", step=2)
        floor.event("kitchen", "spill", ordinal=1)
        floor.event("stairs", ordinal=2, drill=True)
        taken = floor.event("ward", ordinal=3)
        floor.stands(taken, "acknowledged", "Kim", "on my way")
        floor.health("hall")
        floor.health("yard", "blocked", "something stands there")
        floor.desk("offline")
        one.fallen = fallen  # type: ignore[attr-defined] # what the pages below are about
        yield one


def opened(shown: Screen, path: str, scheme: Any) -> Page:
    page = shown.page
    page.emulate_media(color_scheme=scheme)
    page.goto(shown.served.url + path.format(event=shown.fallen))  # type: ignore[attr-defined] # see above
    ready = "#cards .card, #rows tbody tr, .area, #login input"
    expect(page.locator(ready).first).to_be_attached()
    expect(page.locator("[data-t]:not(option):empty")).to_have_count(0)
    return page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(shown: Screen, path: str, scheme: str) -> None:
    page = opened(shown, path, scheme)
    seen = seeing(page, "contrasts")
    assert len(seen) >= 5
    assert not [one for one in seen if one[1] < one[2]]


@pytest.mark.parametrize("path", PAGES)
def test_everything_has_a_name_and_a_place(shown: Screen, path: str) -> None:
    page = opened(shown, path, "light")
    if path != "/login":
        page.locator("#settings summary").click()
    assert seeing(page, "nameless") == []
    tree = page.locator("body").aria_snapshot()
    assert "- main" in tree
    assert "heading" in tree
    assert page.locator("h1").count() == 1
    if path != "/login":
        assert "- banner" in tree
        assert 'navigation "Pages"' in tree
    assert page.evaluate("document.documentElement.lang") == "en"
    ids = page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_the_keyboard_alone_is_enough(shown: Screen) -> None:
    page = opened(shown, "/", "light")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(REACHED))
        if page.evaluate("document.activeElement === document.body"):
            reached.pop()  # past the end, and round again
    names = [name for name, _ in reached]
    assert names[0] == "Skip to the content"
    for wanted in ("Now", "History", "Sound is off", "AcknowledgeA", "ResolvedR", "False alarmF"):
        assert wanted in names
    assert {style for _, style in reached} == {"solid"}  # where one is, is seen


def test_little_motion_is_none(browser: Browser, shown: Screen) -> None:
    page = visit(browser, reduced_motion="reduce")
    page.clock.install()
    page.goto(shown.served.url)
    expect(page.locator("#headline")).to_have_attribute("data-level", "collapse")
    assert page.evaluate("document.getAnimations().length") == 0

    def titles() -> set[str]:
        found = set()
        for _ in range(4):
            page.clock.run_for(1000)
            found.add(page.title())
        return found

    assert titles() == {"(3) Person on the floor · hall · floor"}
    page.emulate_media(reduced_motion="no-preference")
    assert titles() == {"(3) Person on the floor · hall · floor", "▲ 3 need help"}
    page.context.close()


def test_it_is_dark_when_told(shown: Screen) -> None:
    page = opened(shown, "/", "light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("#settings summary").click()
    page.get_by_label("Appearance").select_option("dark")
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark
    page.locator("#settings summary").click()
    page.get_by_label("Language").select_option("ko")
    expect(page.locator("#cards .card").first).to_contain_text("쓰러진 사람")
    expect(page.locator("nav a").first).to_have_text("현재")
