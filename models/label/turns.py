"""Which items come next for whom, and for which of them the suggestion is hidden.

First those that were chosen to come first (`Book.queue`), then as they were added; never what the
labeller has answered. Clips and pictures whose suggestion is hidden come one by one. The other
pictures may come as pages of those that have the same suggestion, of one camera where there are
enough, the surest first: then a page is accepted as a whole, and what is wrong with it stands out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.label.book import Book
from models.label.words import Answer, Item

BLIND_SHARE = 0.1
_Known = Mapping[int, tuple[Answer, float]]
SORTED: tuple[Answer, ...] = ("nothing", "collapse", "spill")  # pages of the most first


@dataclass(frozen=True)
class Page:
    """Pictures that have the same suggestion."""

    answer: Answer
    items: tuple[Item, ...]


def is_blind(item: Item, who: str, share: float = BLIND_SHARE) -> bool:
    """Whether the suggestion is hidden from this labeller: drawn once for ever, by the item's
    digest and the labeller's name."""
    drawn = hashlib.sha256(f"{item.digest}\0{item.at_s}\0{who}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") / 2**64 < share


class Turns:
    """The order of a book's items."""

    def __init__(self, book: Book, model_sha256: str, blind_share: float = BLIND_SHARE) -> None:
        self._book = book
        self._model_sha256 = model_sha256
        self._blind_share = blind_share

    def is_blind(self, item: Item, who: str) -> bool:
        """Whether the suggestion is hidden from this labeller."""
        return is_blind(item, who, self._blind_share)

    def ordered(self) -> list[Item]:
        """All items, first those that are to come first."""
        items = {item.number: item for item in self._book.items()}
        first = [turn.item for turn in self._book.turns() if turn.item in items]
        return [items.pop(number) for number in first] + list(items.values())

    def left(self, who: str) -> list[Item]:
        """What the labeller has not answered."""
        answered = {one.item for one in self._book.standing(who)}
        return [item for item in self.ordered() if item.number not in answered]

    def unseen(self) -> list[Item]:
        """What the model has not looked at."""
        known = self._book.suggested(self._model_sha256)
        return [item for item in self.ordered() if item.number not in known]

    def page(self, who: str, count: int, without: Iterable[int] = ()) -> Page | None:
        """The next page of at most `count`; None where there is none. `without` are left to be
        answered one by one."""
        known = self._book.suggested(self._model_sha256)
        out = frozenset(without)
        fitting = [item for item in self._sortable(who, known) if item.number not in out]
        for answer in SORTED:
            alike = [item for item in fitting if known[item.number][0] == answer]
            if alike:
                return Page(answer, _page(alike, known, count))
        return None

    def sortable(self, who: str) -> int:
        """How many pictures may come as pages."""
        known = self._book.suggested(self._model_sha256)
        return len(self._sortable(who, known))

    def _sortable(self, who: str, known: _Known) -> list[Item]:
        return [
            item
            for item in self.left(who)
            if item.kind == "picture"
            and item.number in known
            and known[item.number][0] in SORTED
            and not self.is_blind(item, who)
        ]


def _page(items: Sequence[Item], known: _Known, count: int) -> tuple[Item, ...]:
    """Of the camera of the first of them if it fills a page, else of all; the surest first."""
    by_camera: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_camera[f"{item.site}\0{item.camera}"].append(item)
    full = [alike for alike in by_camera.values() if len(alike) >= count]
    alike = full[0] if full else [item for group in by_camera.values() for item in group]
    surest = sorted(alike, key=lambda item: -known[item.number][1])
    return tuple(surest[:count])
