"""What a book of labels holds, and how far it can be trusted."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from statistics import median
from typing import Any

from models.evaluation import bounds
from models.label import agreement, anchoring, choosing
from models.label.book import SETTLED, Book
from models.label.usable import camera_day
from models.label.words import ANSWERS, Given, Item, Suggestion
from models.seen import DIGITS

_TWO_SIDED = 0.975


@dataclass(frozen=True)
class Labeller:
    """One of them: answers that stand, and what an answer took."""

    who: str
    answers: int
    seconds_p50: float
    seconds_mean: float
    presses_mean: float


@dataclass(frozen=True)
class Rate:
    """The share of an answer among those drawn by chance (`choosing.drawn`), with bounds at 95 %
    (Clopper and Pearson, two-sided): what the whole footage holds. What was not agreed on counts
    as `unsure`."""

    answer: str
    share: float
    lower: float
    upper: float
    of: int


@dataclass(frozen=True)
class Doubted:
    """An answer that is likely wrong."""

    item: int
    path: str
    answer: str
    probability: float
    likelier: str


@dataclass(frozen=True)
class Report:
    """All of it. `doubts` is None where no model's scores are there, or cleanlab is not."""

    items: int
    counts: Mapping[str, int]
    verdicts: Mapping[str, int]
    labellers: tuple[Labeller, ...]
    pairs: tuple[agreement.Pair, ...]
    several: agreement.Several | None
    onsets: agreement.Onsets
    disagreements: tuple[tuple[str, agreement.Disagreement], ...]
    anchoring: anchoring.Anchoring
    rates: tuple[Rate, ...]
    doubts: tuple[Doubted, ...] | None
    doubted_of: int
    doubts_missing: str

    def numbers(self) -> dict[str, Any]:
        """As JSON has it."""
        swayed = self.anchoring.more()
        return {**asdict(self), "swayed_by": swayed and dict(zip(_MORE, swayed, strict=True))}


_MORE = ("more", "lower", "upper")


def report(book: Book, model_sha256: str, seen: Collection[str] = frozenset()) -> Report:
    """Of a book. `seen` are the digests of what the model was trained on (`models.seen.read`)."""
    items = {item.number: item for item in book.items()}
    standing, verdicts = book.standing(), book.verdicts()
    scores = book.suggestions(model_sha256=model_sha256)
    doubts, doubted_of, missing = _doubts(items, verdicts, scores, seen)
    wrong = agreement.disagreements(standing)
    return Report(
        items=len(items),
        counts=dict(Counter(one.answer for one in standing if one.who != SETTLED)),
        verdicts=dict(Counter(one.answer for one in verdicts.values())),
        labellers=tuple(_labellers(standing)),
        pairs=tuple(agreement.pairs(standing)),
        several=agreement.several(standing),
        onsets=agreement.onsets(standing),
        disagreements=tuple((_name(items[one.item]), one) for one in wrong),
        anchoring=anchoring.measured(standing),
        rates=tuple(_rates(items, standing, verdicts)),
        doubts=doubts,
        doubted_of=doubted_of,
        doubts_missing=missing,
    )


def _name(item: Item) -> str:
    return str(item.path) if item.at_s is None else f"{item.path} at {item.at_s:g} s"


def _labellers(standing: Sequence[Given]) -> list[Labeller]:
    found = []
    for who in dict.fromkeys(one.who for one in standing):
        mine = [one for one in standing if one.who == who]
        took_s = [one.took_s for one in mine]
        presses = sum(one.presses for one in mine)
        found.append(
            Labeller(who, len(mine), median(took_s), sum(took_s) / len(mine), presses / len(mine))
        )
    return found


def _rates(
    items: Mapping[int, Item], standing: Sequence[Given], verdicts: Mapping[int, Given]
) -> list[Rate]:
    """By the items of the lowest numbers, up to the first that nobody has answered."""
    answered = {one.item for one in standing}
    order = sorted(items.values(), key=lambda item: choosing.drawn(item.digest, item.at_s))
    first = [item.number for item in takewhile(lambda item: item.number in answered, order)]
    said = [verdicts[number].answer if number in verdicts else "unsure" for number in first]
    return [
        Rate(
            answer, said.count(answer) / len(said),
            bounds.share_lower(said.count(answer), len(said), _TWO_SIDED),
            bounds.share_upper(said.count(answer), len(said), _TWO_SIDED), len(said),
        )
        for answer in ANSWERS if said
    ]  # fmt: skip


def _doubts(
    items: Mapping[int, Item],
    verdicts: Mapping[int, Given],
    scores: Mapping[int, Suggestion],
    seen: Collection[str],
) -> tuple[tuple[Doubted, ...] | None, int, str]:
    """The likely errors, of how many answers; or None and why there are none to tell."""
    if importlib.util.find_spec("cleanlab") is None:
        return None, 0, "cleanlab is not installed: pip install '.[label]' in floorwatch's folder"
    from models.label import doubts  # noqa: PLC0415  (its extra may not be installed)

    said = [
        doubts.Said(number, one.answer, scores[number].collapse, scores[number].spill,
                    camera_day(items[number]))
        for number, one in verdicts.items()
        if number in scores and items[number].digest[:DIGITS] not in seen
    ]  # fmt: skip
    if not said:
        return (
            None,
            0,
            "the model has not looked at anything that was answered, or learnt all of it",
        )
    found = doubts.doubted(said)
    return (
        tuple(
            Doubted(d.item, _name(items[d.item]), d.answer, d.probability, d.likelier)
            for d in found.doubts
        ),
        found.of,
        "",
    )
