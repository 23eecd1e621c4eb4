"""Likely label errors: found where there is something to find, by probabilities out of sample."""

from __future__ import annotations

import random

import pytest

from models.label import doubts
from models.label.doubts import CLASSES, Said
from models.label.words import Answer


def answers(count: int, days: int, wrong: float, right: float = 0.9) -> tuple[list[Said], set[int]]:
    """A model that is mostly right; of the answers a share is flipped."""
    rng, said, bad = random.Random(6), [], set()
    for n in range(count):
        truth: Answer = rng.choices(CLASSES, (6, 2, 2))[0]
        seen = truth if rng.random() < right else rng.choice(CLASSES)
        collapse, spill = (
            rng.betavariate(9, 3) if seen == label else rng.betavariate(1, 9)
            for label in CLASSES[1:]
        )
        answer = truth
        if rng.random() < wrong:
            answer = rng.choice([other for other in CLASSES if other != truth])
            bad.add(n)
        said.append(Said(n, answer, collapse, spill, f"day {n % days}"))
    return said, bad


@pytest.mark.parametrize(("days", "fitted"), [(20, True), (1, False)])
def test_most_of_what_was_flipped_is_found(days: int, fitted: bool) -> None:
    said, bad = answers(600, days, 0.05)
    found = doubts.doubted(said)
    flagged = {one.item for one in found.doubts}
    assert found.fitted is fitted
    assert len(flagged & bad) >= 0.7 * len(bad)
    assert len(flagged) < 0.2 * len(said)
    assert all(one.likelier != one.answer for one in found.doubts)


def test_the_least_likely_come_first() -> None:
    said, bad = answers(600, 20, 0.05, right=0.98)
    found = doubts.doubted(said)
    likely = [one.probability for one in found.doubts]
    assert likely == sorted(likely)
    first = {one.item for one in found.doubts[: len(bad) // 2]}
    assert len(first & bad) > 0.7 * len(first)


def test_scores_of_another_scale_are_fitted() -> None:
    """A network whose alarms begin at a tenth of ours says the same of its own answers."""
    said, bad = answers(600, 20, 0.05)
    small = [Said(s.item, s.answer, s.collapse / 10, s.spill / 10, s.day) for s in said]
    flagged = {one.item for one in doubts.doubted(small).doubts}
    assert len(flagged & bad) >= 0.7 * len(bad)


def test_where_nothing_can_be_told_nothing_is_doubted() -> None:
    said, _ = answers(50, 5, 0.0)
    quiet = [one for one in said if one.answer == "nothing"]
    assert doubts.doubted(quiet).doubts == ()
    assert doubts.doubted([]).of == 0
    unsure = [Said(1, "unsure", 0.5, 0.5, "day"), *said]
    assert doubts.doubted(unsure).of == len(said)
