"""The page in a real browser, cut off from everything: what people see of it, and what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.models.evaluation.report import pages
from tests.support.chromium import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

PHONE, DESK = (390, 844), (1280, 900)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(pages.text(pages.many(60)), "utf-8")
    return path.as_uri()


class Visit:
    """The page open, with all that it said and asked."""

    def __init__(self, browser: Browser, file: str, size: tuple[int, int], scheme: str) -> None:
        self.console: list[str] = []
        self.asked: list[str] = []
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            offline=True,
        )
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file)

    def _dialog(self, dialog: Dialog) -> None:
        self.console.append(dialog.message)
        dialog.dismiss()  # else it waits for somebody

    def open_all(self) -> None:
        """Every fold, from top to bottom, by its summary."""
        for summary in self.page.query_selector_all("details:not([open]) > summary"):
            summary.click()


@pytest.fixture(params=[(DESK, "light"), (DESK, "dark"), (PHONE, "light")], ids=str)
def visit(browser: Browser, file: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    opened = Visit(browser, file, *request.param)
    yield opened
    opened.page.context.close()


def test_it_asks_for_nothing_but_itself_and_says_nothing(visit: Visit, file: str) -> None:
    visit.open_all()
    visit.page.wait_for_load_state("networkidle")
    assert [one for one in visit.asked if not one.startswith("data:")] == [file]
    assert visit.console == []


def test_headings_figures_and_pictures_are_seen(visit: Visit) -> None:
    page = visit.page
    for heading in page.query_selector_all("h1, h2"):
        assert heading.is_visible()
    assert len(page.query_selector_all("svg.curve")) >= 6
    for curve in page.query_selector_all("svg.curve"):
        box = curve.bounding_box()
        assert box is not None
        assert box["width"] > 250
        assert box["height"] > 150
    widths = page.eval_on_selector_all(".shot img", "all => all.map(one => one.naturalWidth)")
    assert set(widths) == {160}


def test_what_is_folded_opens_on_a_click_and_by_keyboard(visit: Visit) -> None:
    page = visit.page
    fold = page.locator("details.clips").last
    inside = fold.locator("article.clip").first
    assert not inside.is_visible()
    fold.locator("> summary").click()
    assert inside.is_visible()
    fold.locator("> summary").press("Enter")
    assert not inside.is_visible()


def test_nothing_is_wider_than_the_screen(visit: Visit) -> None:
    visit.open_all()
    page = visit.page
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide == screen


def test_the_table_of_pictures_fits_on_a_desk(visit: Visit) -> None:
    wide = visit.page.locator("#pictures .wide").first
    cut = wide.evaluate("one => one.scrollWidth - one.clientWidth")
    size = visit.page.viewport_size
    assert size is not None
    assert cut <= 0 or size["width"] < DESK[0]


def test_a_name_is_a_name_and_no_program(visit: Visit) -> None:
    page = visit.page
    assert page.title() != "taken"
    assert page.locator("script").count() == 0
    assert page.get_by_text(pages.HOSTILE).first.is_visible()


def test_the_contents_lead_there_and_stay_in_sight(visit: Visit) -> None:
    page = visit.page
    page.locator("nav a", has_text="Errors").click()
    top = page.locator("#h-errors").bounding_box()
    contents = page.locator("nav").bounding_box()
    assert top is not None
    assert contents is not None
    assert contents["y"] == 0
    assert contents["height"] - 2 <= top["y"] < 300


def test_words_stand_out_from_their_paper(visit: Visit) -> None:
    """WCAG 2.1 asks for 4.5 to 1 between text and what is behind it."""
    page = visit.page
    for name in ("--ink", "--soft", "--warn", "--link", "--collapse"):
        assert page.evaluate(_CONTRAST, [name, "--card"]) >= 4.5, name
    for name in ("--collapse-tint", "--spill-tint"):
        assert page.evaluate(_CONTRAST, ["--ink", name]) >= 4.5, name


_CONTRAST = """([one, other]) => {
  const light = name => {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const [r, g, b] = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""
