"""The labelling page in a real Chromium: keys, pages, marks, clips, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from models.label import screen
from models.label.book import Book
from models.label.words import Answer, Curve, Given, Suggestion
from tests.models.evaluation.films import FALL, film
from tests.support.chromium import chromium
from tests.support.labelling import MARKS, MODEL, Labelled, drawn, seen_and_blind, suggest
from tests.support.screens import seeing, until_handled, visit
from tests.support.until import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

PLAYS = "document.querySelector('video')?.readyState >= 2"
expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Shown:
    """A page, the book behind it, and what the page complained of."""

    page: Page
    book: Book
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, who: str = "kim") -> Page:
        """Goes there as somebody who has given a name."""
        self.page.goto(f"{self.url}/?who={who}")
        expect(self.page.locator("#who")).to_have_text(who)
        return self.page

    def answers(self, count: int, who: str = "kim") -> dict[int, Given]:
        """What one has said, once the counter says that it is so much."""
        expect(self.page.locator("#counts")).to_contain_text(f"{count} of")
        return {one.item: one for one in self.book.standing(who)}


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Iterator[Shown]:
    """Pictures of a hall, in half of which something is suggested."""
    drawn(tmp_path / "footage", 26)
    with Book.open(tmp_path / "labels") as book:
        screen.add(book, [tmp_path / "footage"], lambda _: None)
        said: dict[int, Answer] = {
            item.number: "spill" if item.number % 2 else "nothing" for item in book.items()
        }
        suggest(book, said)
        with Labelled(book) as served:
            page = visit(browser)
            one = Shown(page, book, served.url)
            page.on("console", lambda said: one.complaints.append(f"{said.type}: {said.text}"))
            page.on("pageerror", lambda error: one.complaints.append(str(error)))
            yield one
            page.context.close()
    assert one.complaints == []


def held_back(page: Page, asked_for: str) -> list[Route]:
    """Where the first such request will be, once it is made, until it is let go on."""
    held: list[Route] = []

    def hold_the_first(asked: Route) -> None:
        if held:
            asked.continue_()
        else:
            held.append(asked)

    page.route(asked_for, hold_the_first)
    return held


def test_one_key_an_answer_and_enter_takes_what_is_suggested(shown: Shown) -> None:
    seen, blind = seen_and_blind(shown.book.items(), "kim")
    first = seen[0].number
    page = shown.open()
    expected = []
    for item, key, answer in zip(
        shown.book.items(), ("Enter", "c", "s", "n", "u"),
        (None, "collapse", "spill", "nothing", "unsure"), strict=False,
    ):  # fmt: skip
        expect(page.locator("#name")).to_have_text(item.path.name)
        if item in blind:
            expect(page.locator("#suggested")).to_contain_text("hidden")
        else:
            expect(page.locator("#suggested")).to_contain_text("Accept")
        page.keyboard.press(key)
        expected.append((item.number, answer))
    given = shown.answers(5)
    assert first == 1, "the first is seen; else give the pictures another name"
    assert given[1].answer == "spill"
    assert given[1].marks == MARKS  # seen and accepted
    assert [(number, given[number].answer) for number, _ in expected[1:]] == expected[1:]
    assert [one.presses for one in given.values()] == [1] * 5
    assert given[2].marks.boxes is None  # the answer was another: the model's marks are not taken


def test_back_and_forth_and_on_where_one_stopped(shown: Shown) -> None:
    page = shown.open()
    for name in ("000.png", "001.png"):
        expect(page.locator("#name")).to_have_text(name)
        page.keyboard.press("n")
    assert len(shown.answers(2)) == 2
    page.keyboard.press("z")
    expect(page.locator("#name")).to_have_text("001.png")
    shown.answers(1)
    page.keyboard.press("y")
    expect(page.locator("#name")).to_have_text("002.png")
    shown.answers(2)
    page.keyboard.press("z")
    expect(page.locator("#name")).to_have_text("001.png")
    page.keyboard.press("c")
    assert shown.answers(2)[2].answer == "collapse"
    page.reload()
    expect(page.locator("#name")).to_have_text("002.png")
    page.locator("#who").click()
    page.locator("#who-name").fill("lee")
    page.keyboard.press("Enter")
    expect(page.locator("#name")).to_have_text("000.png")  # each labeller sees everything
    shown.answers(0, "lee")


def test_a_page_is_accepted_at_one_press_and_single_ones_are_taken_out(shown: Shown) -> None:
    seen, blind = seen_and_blind(shown.book.items(), "kim")
    assert len([item for item in seen if item.number % 2 == 0]) >= 9, "draw more pictures"
    page = shown.open()
    expect(page.locator("#mode")).to_be_enabled()
    page.keyboard.press("g")
    tiles = page.locator(".tile")
    expect(page.locator("#page-title")).to_contain_text("Nothing?")
    count = tiles.count()
    assert count == 9
    later, other, point = (int(tiles.nth(at).get_attribute("data-number") or 0) for at in (1, 3, 5))
    page.keyboard.press("2")  # collapse, spill, later
    page.keyboard.press("2")
    tiles.nth(1).click()
    page.keyboard.press("4")
    tiles.nth(5).hover()
    page.keyboard.press("u")
    expect(page.locator("#accept-page")).to_contain_text("Accept 8")
    page.keyboard.press("Enter")
    given = shown.answers(8)
    assert later not in given
    assert (given.pop(other).answer, given.pop(point).answer) == ("collapse", "unsure")
    assert {one.answer for one in given.values()} == {"nothing"}
    assert {one.mode for one in given.values()} == {"grid"}
    # G, 2, 2, click, 4, U, Enter
    assert sum(one.presses for one in shown.book.standing("kim")) == 7
    assert not set(given) & {item.number for item in blind}
    page.keyboard.press("z")
    shown.answers(0)
    page.keyboard.press("y")
    shown.answers(8)


def test_a_page_that_was_asked_for_stays_whatever_comes_late(shown: Shown) -> None:
    page = shown.page
    held = held_back(page, "**/api/next*")
    shown.open()
    expect(page.locator("#mode")).to_be_enabled()
    until_handled(page, lambda: held, "the first picture is asked for")
    page.keyboard.press("g")
    expect(page.locator(".tile")).to_have_count(9)
    with page.expect_response("**/api/next*"):
        held[0].continue_()
    page.wait_for_timeout(500)  # in which what came late would have been shown
    expect(page.locator(".tile").first).to_be_visible()
    page.keyboard.press("g")
    expect(page.locator("#name")).to_have_text("000.png")
    page.keyboard.press("n")
    expect(page.locator("#name")).to_have_text("001.png")
    shown.answers(1)


def test_until_pictures_come_a_page_says_so_and_takes_no_answer(shown: Shown) -> None:
    page = shown.open()
    expect(page.locator("#name")).to_have_text("000.png")
    page.keyboard.press("g")
    expect(page.locator(".tile")).to_have_count(9)
    page.keyboard.press("g")
    expect(page.locator("#name")).to_have_text("000.png")
    held = held_back(page, "**/api/page*")
    page.keyboard.press("g")
    until_handled(page, lambda: held, "pictures are asked for")
    expect(page.locator("#page-title")).to_have_text("Looking for pictures…")
    expect(page.locator("#accept-page")).to_be_hidden()
    expect(page.locator(".tile")).to_have_count(0)
    for key in ("Enter", "ArrowRight", "1", "x"):
        page.keyboard.press(key)
    held[0].continue_()
    expect(page.locator(".tile")).to_have_count(9)
    expect(page.locator("#accept-page")).to_be_visible()
    assert shown.book.standing("kim") == []
    page.keyboard.press("Enter")
    shown.answers(9)


def test_boxes_and_outlines_are_drawn_moved_and_taken_back(shown: Shown) -> None:
    page = shown.open()
    expect(page.locator("#name")).to_have_text("000.png")
    page.keyboard.press("m")  # nobody, dry: away with what is suggested
    expect(page.locator("#marks-count")).to_have_text("0 marks")
    frame = page.locator(".frame").bounding_box()
    assert frame is not None

    def at(x: float, y: float) -> tuple[float, float]:
        return frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]

    page.keyboard.press("b")
    page.mouse.move(*at(0.25, 0.25))
    page.mouse.down()
    page.mouse.move(*at(0.6, 0.6))
    page.mouse.move(*at(0.5, 0.75))
    page.mouse.up()
    page.keyboard.press("3")
    page.keyboard.press("l")
    for x, y in ((0.6, 0.8), (0.8, 0.8), (0.7, 0.95)):
        page.mouse.click(*at(x, y))
    page.keyboard.press("Enter")
    expect(page.locator("#marks-count")).to_have_text("2 marks")
    page.mouse.move(*at(0.3, 0.3))  # into the box: it moves
    page.mouse.down()
    page.mouse.move(*at(0.4, 0.3))
    page.mouse.up()
    page.keyboard.press("z")  # and back
    page.keyboard.press("c")
    given = shown.answers(1)[1]
    assert given.marks.boxes is not None
    assert given.marks.areas is not None
    [box], [area] = given.marks.boxes, given.marks.areas
    assert (box.state, area.kind) == ("down", "spill")
    assert box.box == pytest.approx((0.25, 0.25, 0.25, 0.5), abs=0.01)
    wanted = ((0.6, 0.8), (0.8, 0.8), (0.7, 0.95))
    assert area.corners == tuple(pytest.approx(corner, abs=0.01) for corner in wanted)


def test_a_clip_is_scrubbed_and_its_begin_set(browser: Browser, tmp_path: Path) -> None:
    film(tmp_path / "footage" / "fall.mp4", FALL, 8.0)
    film(tmp_path / "footage" / "other.mp4", (), 4.0)
    with Book.open(tmp_path / "labels") as book:
        screen.add(book, [tmp_path / "footage"], lambda _: None)
        curve = Curve((0.0, 3.0, 6.0), (0.0, 0.5, 0.9), (0.0, 0.0, 0.0))
        made = Suggestion(1, "collapse", 0.9, model_sha256=MODEL.card.sha256, onset_s=3.0)
        book.suggest([Suggestion(**{**made.__dict__, "end_s": 8.0, "curve": curve})])
        suggest(book, {2: "nothing"})
        with Labelled(book, more={"blind_share": 0.0}) as served:
            page = visit(browser)
            one = Shown(page, book, served.url)
            one.open()
            until(lambda: page.evaluate(PLAYS), "the clip can be played")
            expect(page.locator(".curve")).to_have_count(2)
            page.keyboard.press("Home")
            page.keyboard.press("Shift+ArrowRight")
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("[")
            expect(page.locator("#times")).to_contain_text("0:04.8")
            page.keyboard.press("c")
            expect(page.locator("#name")).to_have_text("other.mp4")
            until(lambda: page.evaluate(PLAYS), "the clip can be played")
            page.keyboard.press("s")  # a spill, of which nobody has said when it began
            expect(page.locator("#ask")).to_contain_text("when does it begin?")
            page.keyboard.press("Home")
            page.keyboard.press("ArrowRight")
            page.keyboard.press("[")
            page.keyboard.press("Enter")
            given = one.answers(2)
            page.context.close()
    assert (given[1].answer, given[1].onset_s, given[1].end_s) == ("collapse", 4.8, 8.0)
    assert (given[2].answer, given[2].onset_s, given[2].end_s) == ("spill", 0.2, None)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whoever_sees_badly_or_uses_no_mouse(shown: Shown, scheme: Any) -> None:
    page = shown.page
    page.emulate_media(color_scheme=scheme)
    for size in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        shown.open()
        page.locator("#marks-fold summary").click()
        for view, words in (("#single", "#name"), ("#page", "#accept-page")):
            expect(page.locator(view)).to_be_visible()
            expect(page.locator(words)).not_to_be_empty()  # it is drawn, too
            seen = seeing(page, "contrasts")
            assert len(seen) >= 5
            assert not [one for one in seen if one[1] < one[2]]
            # A tile says what it is; its picture need not say it again.
            assert [one for one in seeing(page, "nameless") if 'alt=""' not in one] == []
            assert [one for one in seeing(page, "small") if "marks" not in one] == []
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size[0]
            page.keyboard.press("g")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#settings summary").click()
    page.locator("#language").select_option("ko")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator("[data-t]:not(option):empty")).to_have_count(0)


def test_answers_wait_while_the_program_is_away(browser: Browser, tmp_path: Path) -> None:
    drawn(tmp_path / "footage", 3)
    with Book.open(tmp_path / "labels") as book:
        screen.add(book, [tmp_path / "footage"], lambda _: None)
        with Labelled(book, more={"model": None}) as served:
            port = int(served.url.rpartition(":")[2])
            page = visit(browser)
            Shown(page, book, served.url).open()
            expect(page.locator("#name")).to_have_text("000.png")
        page.keyboard.press("c")  # it is gone by now
        expect(page.locator("#trouble")).to_contain_text("keep this page open")
        assert book.standing() == []
        with Labelled(book, more={"model": None, "port": port}):
            expect(page.locator("#trouble")).to_be_hidden()
            expect(page.locator("#counts")).to_contain_text("1 of")
        page.context.close()
        assert [one.answer for one in book.standing("kim")] == ["collapse"]
