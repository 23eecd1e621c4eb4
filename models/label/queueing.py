"""The book's queue: what was chosen to be labelled next, out of what the model has looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import cv2
import numpy as np

from alerts import moments
from edge.core.card import Card
from edge.core.types import LABELS, Rgb
from edge.errors import BadClip
from models.label import agreement, choosing, footage
from models.label.book import SETTLED, Book
from models.label.choosing import LOOK_SIZE, Candidate, Incident, Look, Mix
from models.label.words import Given, Item, Suggestion, Turn

COUNT = 200  # a sitting
AGAIN_SHARE = 0.1  # of it, that others have answered
_SMALL = (640, 360)
Known = Mapping[int, Suggestion]


def renew(
    book: Book, card: Card, *, who: str | None = None, count: int = COUNT, mix: Mix | None = None
) -> list[Turn]:
    """Choose what comes next, and queue it in the book. What anybody has answered is not chosen
    again, but for a few that the others are asked, too: how far labellers agree is not to be known
    otherwise. For `SETTLED` it is what they disagree on. The same for the same book."""
    if who == SETTLED:
        wrong = agreement.disagreements(book.standing())
        turns = [Turn(one.item, rank, "disagreed") for rank, one in enumerate(wrong)]
    else:
        turns = _chosen(book, card, count, mix or choosing.DEFAULT) + _again(book, count)
    book.queue(turns)
    return turns


def _chosen(book: Book, card: Card, count: int, mix: Mix) -> list[Turn]:
    items = {item.number: item for item in book.items()}
    known = book.suggestions(model_sha256=card.sha256)
    answered = {one.item for one in book.standing()}
    thresholds: dict[str, float] = {label: card.thresholds[label].value for label in LABELS}
    candidates = [
        Candidate(
            number, _over(known[number], thresholds), choosing.drawn(item.digest, item.at_s),
            _camera(item), _at_s(item),
        )
        for number, item in items.items()
        if number in known and number not in answered
    ]  # fmt: skip
    return choosing.choose(
        candidates,
        count,
        incidents=_incidents(items, book.verdicts()),
        look_of=_looks(items, known),
        mix=mix,
    )


def _again(book: Book, count: int) -> list[Turn]:
    """Some of what one alone has answered, drawn by chance, among the others. Who answered it is
    not asked again."""
    items = {item.number: item for item in book.items()}
    once = [item for item, said in agreement.by_item(book.standing()).items() if len(said) == 1]
    once.sort(key=lambda n: choosing.drawn(items[n].digest, items[n].at_s))
    step = round(1 / AGAIN_SHARE)
    return [Turn(n, step * rank + 0.5, "again") for rank, n in enumerate(once[: count // step])]


def _over(one: Suggestion, thresholds: Mapping[str, float]) -> float:
    """The score that stands highest over its threshold, as a multiple of it."""
    return max(one.collapse / thresholds["collapse"], one.spill / thresholds["spill"])


def _camera(item: Item) -> str:
    return f"{item.site}/{item.camera}"


def _at_s(item: Item) -> float | None:
    """When it was seen: UTC where that is known, else its place in the recording."""
    if item.occurred_at is None:
        return item.at_s
    return moments.from_text(item.occurred_at).timestamp() + (item.at_s or 0.0)


def _incidents(items: Mapping[int, Item], verdicts: Mapping[int, Given]) -> list[Incident]:
    found = []
    for number, given in verdicts.items():
        at_s = _at_s(items[number])
        if given.answer in LABELS and at_s is not None:
            found.append(Incident(_camera(items[number]), at_s + (given.onset_s or 0.0)))
    return found


def _looks(items: Mapping[int, Item], known: Known) -> Callable[[int], Look | None]:
    @cache
    def look_of(number: int) -> Look | None:
        item = items[number]
        try:
            return look(_picture(item, known[number]))
        except BadClip:  # gone since, or damaged: the page says so when its turn comes
            return None

    return look_of


def _picture(item: Item, suggested: Suggestion) -> Rgb:
    """Of a clip the picture that scored highest."""
    if item.kind == "picture":
        return footage.small(item, _SMALL)
    curve = suggested.curve
    strongest = np.maximum(curve.collapse, curve.spill)
    peak_s = curve.at_s[int(strongest.argmax())] if curve.at_s else (item.length_s or 0.0) / 2
    return footage.moment(item.path, peak_s)


def look(rgb: Rgb) -> Look:
    """Grey levels of H×W×3, as `choosing.alike` compares them."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, LOOK_SIZE, interpolation=cv2.INTER_AREA), np.int16)
