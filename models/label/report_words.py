"""The report on a book of labels, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models.label.agreement import Measured
from models.label.anchoring import Anchoring
from models.label.book import SETTLED
from models.label.report import Rate, Report
from models.label.words import ANSWERS

_SHOWN_MAX = 20  # of each list


def lines(of: Report) -> list[str]:
    """A line for each thing to know."""
    told = [f"{of.items} items; answers: {_counted(of.counts)}"]
    told += [f"to go by (agreed or settled): {_counted(of.verdicts)}"]
    told += [
        f"  {one.who}: {one.answers} answers, {one.seconds_p50:.1f} s each (middle; mean "
        f"{one.seconds_mean:.1f} s), {one.presses_mean:.1f} presses"
        for one in of.labellers
    ]
    return [*told, *_agreed(of), *_swayed(of.anchoring), *_estimated(of.rates), *_doubted(of)]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[one]} {one}" for one in ANSWERS if counts.get(one)) or "none"


def _bounded(of: Measured) -> str:
    if of.value is None or of.lower is None or of.upper is None:
        return "not to be told (one answer only)"
    return f"{of.value:.2f} ({of.lower:.2f} to {of.upper:.2f})"


def _agreed(of: Report) -> list[str]:
    told = [
        f"{one.who[0]} and {one.who[1]}: {one.alike:.0%} alike of {one.items}, Cohen's kappa "
        f"{_bounded(one.kappa)}"
        for one in of.pairs
    ]
    if of.several is not None and of.several.labellers > 2:
        several = of.several
        told.append(
            f"all {several.labellers}: Krippendorff's alpha {_bounded(several.alpha)} over "
            f"{several.items} items"
        )
    if of.onsets.pairs:
        on = of.onsets
        told.append(
            f"onsets: {on.p50_s:.1f} s apart (p50), {on.p95_s:.1f} s (p95), {on.pairs} pairs"
        )
    if of.disagreements:
        told.append(f"{len(of.disagreements)} to settle, by `floorwatch label --who {SETTLED}`:")
        told += _some(
            f"  {name}: " + ", ".join(f"{who} says {answer}" for who, answer in one.said)
            for name, one in of.disagreements
        )
    return told


def _some(told: Iterable[str]) -> list[str]:
    all_ = list(told)
    more = [f"  … and {len(all_) - _SHOWN_MAX} more"] if len(all_) > _SHOWN_MAX else []
    return [*all_[:_SHOWN_MAX], *more]


def _swayed(of: Anchoring) -> list[str]:
    more = of.more()
    if more is None:
        return []
    sides = []
    for name, side in (("shown", of.shown), ("hidden", of.blind)):
        lower, upper = side.within()
        sides.append(f"{side.share:.0%} of {side.of} ({lower:.0%} to {upper:.0%}) where {name}")
    told = f"answers as suggested: {', '.join(sides)}"
    return [f"{told}; seeing it sways by {more[0]:+.0%} ({more[1]:+.0%} to {more[2]:+.0%})"]


def _estimated(rates: Sequence[Rate]) -> list[str]:
    if not rates:
        return []
    shares = ", ".join(
        f"{one.answer} {one.share:.1%} ({one.lower:.1%} to {one.upper:.1%})" for one in rates
    )
    return [f"of all footage, by {rates[0].of} drawn by chance: {shares}"]


def _doubted(of: Report) -> list[str]:
    if of.doubts is None:
        return [f"likely errors are not told: {of.doubts_missing}"]
    if not of.doubts:
        return [f"no likely errors among {of.doubted_of} answers"]
    return [
        f"{len(of.doubts)} likely errors among {of.doubted_of} answers, the likeliest first:",
        *_some(
            f"  {one.path}: {one.answer}, {one.probability:.0%} likely; rather {one.likelier}"
            for one in of.doubts
        ),
    ]
