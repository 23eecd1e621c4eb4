"""Whose turn it is: what was chosen first, what is hidden, what comes as a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.label.book import Book
from models.label.turns import Turns, is_blind
from models.label.words import Given, Item, Suggestion, Turn


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.open(tmp_path) as opened:
        yield opened


def add(book: Book, count: int, camera: str = "hall", **more: str) -> list[int]:
    begin = len(book.items())
    names = [f"{camera}{begin + number}" for number in range(count)]
    return book.add(
        Item("picture", Path(name), name, camera=camera, **more)  # type: ignore[arg-type]
        for name in names
    )


def suggest(book: Book, scores: dict[int, float], answer: str = "nothing") -> None:
    book.suggest(
        Suggestion(number, answer, score, model_sha256="aa")  # type: ignore[arg-type]
        for number, score in scores.items()
    )


def test_one_in_ten_is_blind_and_stays_so() -> None:
    items = [Item("picture", Path("x"), f"digest {number}") for number in range(3000)]
    blind = {who: [is_blind(item, who) for item in items] for who in ("kim", "lee")}
    for drawn in blind.values():
        assert 240 < sum(drawn) < 360  # 3000 × 0.1, five standard deviations to each side
    both = sum(a and b for a, b in zip(blind["kim"], blind["lee"], strict=True))
    assert both < 80  # 30 by chance: one's is not the other's
    assert [is_blind(item, "kim") for item in items] == blind["kim"]
    assert not any(is_blind(item, "kim", 0.0) for item in items)


def test_what_is_chosen_comes_first_and_what_is_answered_no_more(book: Book) -> None:
    numbers = add(book, 4)
    book.queue([Turn(numbers[2], 1.0), Turn(numbers[1], 2.0)])
    book.give([Given(numbers[1], "kim", "nothing")])
    turns = Turns(book, "aa")
    assert [item.number for item in turns.left("kim")] == [numbers[i] for i in (2, 0, 3)]
    assert [item.number for item in turns.left("lee")] == [numbers[i] for i in (2, 1, 0, 3)]


def test_a_page_is_of_one_suggestion_and_one_camera_the_surest_first(book: Book) -> None:
    hall, ward = add(book, 4, "hall"), add(book, 6, "ward")
    suggest(book, {number: 0.5 + number / 100 for number in hall + ward[:5]})
    suggest(book, {ward[5]: 0.99}, "spill")
    turns = Turns(book, "aa", blind_share=0.0)
    page = turns.page("kim", 5)
    assert page is not None
    assert (page.answer, [item.number for item in page.items]) == ("nothing", ward[4::-1])
    book.give(Given(item.number, "kim", "nothing") for item in page.items)
    page = turns.page("kim", 5, without=hall[:1])
    assert page is not None
    assert [item.number for item in page.items] == hall[:0:-1]
    page = turns.page("kim", 5, without=hall)
    assert page is not None
    assert (page.answer, [item.number for item in page.items]) == ("spill", ward[5:])
    assert turns.sortable("kim") == 5


def test_no_page_of_clips_of_what_is_hidden_or_not_looked_at(book: Book) -> None:
    numbers = add(book, 3)
    [clip] = book.add([Item("clip", Path("c"), "c")])
    suggest(book, {clip: 0.9, numbers[0]: 0.9})
    assert Turns(book, "aa", blind_share=1.0).page("kim", 5) is None
    page = Turns(book, "aa", blind_share=0.0).page("kim", 5)
    assert page is not None
    assert [item.number for item in page.items] == numbers[:1]
    assert [item.number for item in Turns(book, "aa").unseen()] == numbers[1:]
    assert Turns(book, "another model").page("kim", 5) is None
