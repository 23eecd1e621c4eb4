"""Whether a new model is to be proposed: both evaluated on the same recordings, which neither was
trained nor tuned on.

A model that misses what the old one found is not better, however quiet it is: misses cost most. So
a new model is advised where it finds no fewer incidents of any label and cries wolf no more often,
and does one of the two better. Nothing is decided here: a person accepts, or does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from models.evaluation.metrics_file import Measured
from models.evaluation.side_by_side import Comparison, Row, compare

Verdict = Literal["better", "no better", "worse", "not judged"]
SURE_P = 0.05  # less than this is hardly chance
WORDS = {
    "better": "The new model is better on what was kept apart.",
    "no better": "The new model is no better on what was kept apart.",
    "worse": "The new model is worse on what was kept apart.",
    "not judged": "Whether the new model is better cannot be told yet.",
}


@dataclass(frozen=True)
class Judgement:
    """`reasons` are whole sentences. `sure`: chance alone seldom makes such a difference."""

    verdict: Verdict
    reasons: tuple[str, ...]
    sure: bool = False


def judge(before: Measured, after: Measured) -> tuple[Judgement, Comparison]:
    """By two evaluations of the same truth. Raises BadMetrics where they are not."""
    found = compare(before, after, sources=False)
    judged = judgement(found.rows)
    who = [word for word, count in zip(("old", "new"), found.trained, strict=True) if count]
    flattered = tuple(
        f"The {one} model learnt some of these incidents: it flatters." for one in who
    )
    verdict: Verdict = (
        "not judged" if "new" in who and judged.verdict == "better" else judged.verdict
    )
    return Judgement(verdict, (*judged.reasons, *flattered), judged.sure), found


def judgement(rows: tuple[Row, ...]) -> Judgement:
    """By the rows of a comparison, the old model's as A, the new one's as B."""
    judged = [row for row in rows if row.incidents or row.b.numbers.normal_hours]
    worse = tuple(reason for row in judged for reason in _worse(row))
    # Where no incident is, a model that has gone blind is as quiet.
    told = [row for row in judged if row.incidents]
    better = tuple(reason for row in told for reason in _better(row))
    blind = tuple(
        f"{row.label}: no incident was kept apart, so whether it still finds them cannot be told."
        for row in judged
        if told and not row.incidents
    )
    sure = any(p is not None and p < SURE_P for row in judged for p in _chances(row))
    if worse:
        return Judgement("worse", (*worse, *better, *blind), sure)
    if not told:
        return Judgement(
            "not judged",
            (
                *(reason for row in judged for reason in _better(row)),
                "No incident was kept apart, so a model that has gone blind would look best: label "
                "clips of incidents, or name some with --also.",
            ),
        )
    return Judgement("better" if better else "no better", (*better, *blind), sure)


def _worse(row: Row) -> Iterator[str]:
    if row.only_a > row.only_b:
        yield (
            f"{row.label}: it misses {row.only_a} that the old one finds, and finds {row.only_b} "
            f"that the old one misses, of {row.incidents}."
        )
    before, after = _rates(row)
    if after > before:
        yield f"{row.label}: false alarms rise from {before:.2f} to {after:.2f} a camera-hour."


def _better(row: Row) -> Iterator[str]:
    if row.only_b > row.only_a:
        yield (
            f"{row.label}: it finds {row.only_b} that the old one misses, and misses {row.only_a} "
            f"that the old one finds, of {row.incidents}."
        )
    before, after = _rates(row)
    if after < before:
        yield f"{row.label}: false alarms fall from {before:.2f} to {after:.2f} a camera-hour."


def _rates(row: Row) -> tuple[float, float]:
    """False alarms a camera-hour, before and after."""
    one, other = (
        side.numbers.false_alarms / side.numbers.normal_hours if side.numbers.normal_hours else 0.0
        for side in (row.a, row.b)
    )
    return one, other


def _chances(row: Row) -> Iterator[float | None]:
    if row.only_a != row.only_b:
        yield row.recall_p
    yield row.false_alarms_p


def answered(answer: Mapping[str, Any]) -> str:
    """What people said to a proposal, when, and why if they said why."""
    word, why = "accepted" if answer["accepted"] else "rejected", answer["why"]
    return f"{word} {answer['at']}" + (f": {why}" if why else "")
