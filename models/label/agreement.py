"""How far labellers agree, beyond chance, and what they have to settle between them.

Of two, Cohen's kappa (Educ. Psychol. Meas. 20, 1960); of any number, who need not all have answered
everything, Krippendorff's alpha for categories (Content Analysis, 2004). The one package for alpha
is GPL; it is ten lines. Bounds are the middle 95 % of a bootstrap over items, seeded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.label.book import SETTLED
from models.label.words import ANSWERS, Answer, Given

DRAWS = 2000
_MIDDLE = (2.5, 97.5)  # per cent
_SEED = 20
Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """A value with its bounds; all None where chance alone could not have disagreed."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Pair:
    """Two labellers over the items that both answered: the share alike, and Cohen's kappa."""

    who: tuple[str, str]
    items: int
    alike: float
    kappa: Measured


@dataclass(frozen=True)
class Several:
    """All labellers over the items that two or more answered: Krippendorff's alpha."""

    labellers: int
    items: int
    alpha: Measured


@dataclass(frozen=True)
class Disagreement:
    """An item of which labellers say different things, and what each says."""

    item: int
    said: tuple[tuple[str, Answer], ...]


@dataclass(frozen=True)
class Onsets:
    """How far apart two labellers date the same incident, seconds; of so many pairs of answers."""

    pairs: int
    p50_s: float | None
    p95_s: float | None


def by_item(standing: Sequence[Given]) -> Mapping[int, tuple[Given, ...]]:
    """Each labeller's answer to each item; what was settled between them is none of theirs."""
    found: dict[int, list[Given]] = defaultdict(list)
    for one in standing:
        if one.who != SETTLED:
            found[one.item].append(one)
    return {item: tuple(said) for item, said in found.items()}


def pairs(standing: Sequence[Given]) -> list[Pair]:
    """Every two labellers who answered anything in common."""
    both: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for said in by_item(standing).values():
        for one, other in combinations(sorted(said, key=lambda given: given.who), 2):
            codes = ANSWERS.index(one.answer), ANSWERS.index(other.answer)
            both[one.who, other.who].append(codes)
    return [_pair(who, codes) for who, codes in sorted(both.items())]


def _pair(who: tuple[str, str], codes: Sequence[tuple[int, int]]) -> Pair:
    table = np.zeros((len(ANSWERS), len(ANSWERS)))
    for one, other in codes:
        table[one, other] += 1
    cells = table.ravel()
    kappa = _measured(cells, lambda drawn: _kappas(drawn.reshape(-1, *table.shape)))
    return Pair(who, len(codes), float(np.trace(table) / table.sum()), kappa)


def _kappas(tables: Counts) -> Counts:
    """Of each N×K×K table of counts; NaN where only one answer was ever given."""
    total = tables.sum((1, 2))
    alike = tables.trace(axis1=1, axis2=2) / total
    chance = (tables.sum(1) * tables.sum(2)).sum(1) / total**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((alike - chance) / (1 - chance))


def several(standing: Sequence[Given]) -> Several | None:
    """Of all labellers together; None where no item was answered by two."""
    shared = {item: said for item, said in by_item(standing).items() if len(said) > 1}
    if not shared:
        return None
    counts = [
        tuple(sum(one.answer == answer for one in said) for answer in ANSWERS)
        for said in shared.values()
    ]
    who = {one.who for said in shared.values() for one in said}
    return Several(len(who), len(shared), alpha(counts))


def alpha(items: Sequence[tuple[int, ...]]) -> Measured:
    """Krippendorff's, of items that two or more answered: how many gave each of the answers."""
    patterns = Counter(items)  # items on which as many said the same are drawn as one
    of_pattern = np.array([_coincidences(np.array(one, np.float64)) for one in patterns])
    times = np.array([*patterns.values()], np.float64)
    return _measured(times, lambda drawn: _alphas(np.tensordot(drawn, of_pattern, 1)))


def _coincidences(counts: Counts) -> Counts:
    """K×K: how often two answers to one item meet, each item weighing as many as answered it."""
    return np.asarray((np.outer(counts, counts) - np.diag(counts)) / (counts.sum() - 1))


def _alphas(tables: Counts) -> Counts:
    """Of each N×K×K table of coincidences; NaN where only one answer was ever given."""
    of_answer = tables.sum(2)
    total = of_answer.sum(1)
    apart = total - tables.trace(axis1=1, axis2=2)
    by_chance = (total**2 - (of_answer**2).sum(1)) / (total - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - apart / by_chance)


def _measured(times: Counts, of: Callable[[Counts], Counts]) -> Measured:
    """`of` maps N×cells of counts to N values; `times` are the cells' own."""
    value = float(of(times[None])[0])
    if not np.isfinite(value):
        return Measured(None)
    rng = np.random.default_rng(_SEED)
    count = int(times.sum())
    drawn = of(rng.multinomial(count, times / count, DRAWS).astype(np.float64))
    lower, upper = np.nanpercentile(drawn, _MIDDLE)
    return Measured(value, float(lower), float(upper))


def disagreements(standing: Sequence[Given]) -> list[Disagreement]:
    """What is to be settled: items of which two who are sure say different things. Somebody who is
    unsure disagrees with nobody."""
    settled = {one.item for one in standing if one.who == SETTLED}
    found = []
    for item, said in by_item(standing).items():
        if len({one.answer for one in said} - {"unsure"}) > 1 and item not in settled:
            found.append(Disagreement(item, tuple((one.who, one.answer) for one in said)))
    return found


def onsets(standing: Sequence[Given]) -> Onsets:
    """Of every two who say the same of a clip and when it begins."""
    apart_s = [
        abs(one.onset_s - other.onset_s)
        for said in by_item(standing).values()
        for one, other in combinations(said, 2)
        if one.answer == other.answer and one.onset_s is not None and other.onset_s is not None
    ]
    if not apart_s:
        return Onsets(0, None, None)
    p50_s, p95_s = np.percentile(apart_s, (50, 95))
    return Onsets(len(apart_s), float(p50_s), float(p95_s))
