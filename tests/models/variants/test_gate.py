from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge.core.types import Box, Scores
from models.failures import Look
from models.synth.condition import Condition, Hard
from models.variants.gate import LIMITS, Limits, Loss, loss, shared

NO_PICTURE = np.zeros((0, 0, 3), np.uint8)
SCORES = Scores(0, 1.0, (), np.zeros((1, 1), np.float32), None)
HERE = Box(0.2, 0.2, 0.4, 0.2)


def look(score: float, wanted: bool, box: Box | None = HERE) -> Look:
    """A picture with this score, held against 0.5."""
    hard = Hard(Condition("lies or does not", "collapse", wanted), 0, NO_PICTURE)
    return Look(hard, NO_PICTURE, SCORES, score, 0.5, box)


def test_what_is_found_and_what_is_called_falsely_are_counted_apart() -> None:
    before = [look(0.9, True), look(0.6, True), look(0.2, True), look(0.4, False)]
    after = [look(0.9, True), look(0.4, True), look(0.2, True), look(0.6, False)]
    found = loss(before, after)
    assert (found.incidents, found.found_reference, found.found) == (3, 2, 1)
    assert (found.others, found.called_reference, found.called) == (1, 0, 1)
    assert found.recall == pytest.approx(1 / 3)
    assert found.false == 1.0
    assert found.moved_max == pytest.approx(0.2)


def test_mistakes_that_cancel_each_other_still_show_in_the_scores() -> None:
    before = [look(0.9, True), look(0.1, True)] * 10
    after = [look(0.1, True), look(0.9, True)] * 10
    found = loss(before, after)
    assert found.recall == 0.0
    assert not found.within(LIMITS["int8"])


def test_people_must_stay_where_they_were() -> None:
    moved = HERE._replace(x=HERE.x + HERE.w / 2)
    before, after = [look(0.9, True)] * 4, [look(0.9, True, moved)] * 4
    assert shared(HERE, moved) == pytest.approx(1 / 3)
    assert loss(before, before).within(LIMITS["fp16"])
    assert loss(before, after).overlap == pytest.approx(1 / 3)
    assert not loss(before, after).within(LIMITS["int8"])


def test_boxes_of_what_is_not_called_count_for_nothing() -> None:
    far = Box(0.8, 0.8, 0.1, 0.1)
    assert loss([look(0.1, True)], [look(0.1, True, far)]).overlap == 1.0
    assert loss([look(0.9, True, None)], [look(0.9, True)]).overlap == 1.0


def test_what_is_no_number_is_not_allowed() -> None:
    found = loss([look(0.9, True)] * 100, [look(0.9, True)] * 99 + [look(math.nan, True)])
    assert not found.within(Limits(recall=1.0, false=1.0, moved=1.0, overlap=0.0))


@pytest.mark.parametrize(
    "worse",
    [{"found": 89}, {"called": 14}, {"moved": 0.11}, {"overlap": 0.7}, {"moved_max": math.inf}],
)
def test_each_limit_binds(worse: dict[str, Any]) -> None:
    allowed = Loss(100, 90, 91, 100, 12, 10, 0.1, 0.3, 0.8)
    assert allowed.within(LIMITS["int8"])
    assert not replace(allowed, **worse).within(LIMITS["int8"])
    assert not allowed.within(LIMITS["fp16"])


def test_the_card_gets_every_number_by_the_name_of_its_pictures() -> None:
    numbers = loss([look(0.9, True), look(0.4, False)], [look(0.8, True)] * 2).numbers("rendered")
    assert numbers["rendered_incidents"] == 1
    assert numbers["rendered_score_moved_max"] == pytest.approx(0.4)
    assert all(name.startswith("rendered_") for name in numbers)
    assert all(isinstance(value, (int, float)) for value in numbers.values())
