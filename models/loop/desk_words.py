"""What people said at the desk, as labels: an alarm that was called false shows nothing."""

from __future__ import annotations

from collections.abc import Iterator

from models.label.book import Book
from models.label.words import Given

DESK = "desk"


def take_over(book: Book) -> int:
    """Notes it in the desk's name for every item that nobody at the desk has answered yet; how
    many. Whoever looks again may say otherwise: then the two disagree, and neither is learnt."""
    return len(book.give(list(_answers(book))))


def _answers(book: Book) -> Iterator[Given]:
    answered = {one.item for one in book.given() if one.who == DESK}
    for item in book.items():
        if item.source == DESK and item.number not in answered:
            yield Given(item.number, DESK, "nothing", mode=DESK)


def waiting(book: Book) -> int:
    """Of how many items nothing is known that could be learnt."""
    return len(book.items()) - len({one.item for one in book.standing()})
