"""What has always looked a little like somebody lying is nothing new; a person there is."""

from __future__ import annotations

import numpy as np
import pytest

from edge.core import usual
from edge.core.types import Box, Person, Scores
from tests.support.scenes import LYING, NS, brief, down, play, policy, scores, upright

LOOSE = policy(0.2)


def _heap(at_s: float) -> Person:
    """A heap of coats: .33, give or take a tenth, and not seen in every fifth picture."""
    number = round(at_s * 5)
    return down(LYING, 0.0 if number % 5 == 4 else 0.33 + 0.1 * np.sin(number))


def test_a_heap_that_is_always_there_is_not_told_whoever_walks_past() -> None:
    def scene(s: float) -> Scores:
        return scores(s, [_heap(s), *([upright()] if s % 40 < 4 else [])])

    assert not play(scene, 240, LOOSE)


def test_the_same_heap_is_told_where_nothing_was_before() -> None:
    told = play(lambda s: scores(s, [_heap(s)] if s >= 60 else []), 120, LOOSE)
    assert brief(told)[0][:2] == ("collapse", "opened")
    assert 75 < brief(told)[0][2] < 85


@pytest.mark.parametrize("score", [0.35, 0.6])
def test_somebody_who_falls_is_told_as_fast_as_ever(score: float) -> None:
    told = play(lambda s: scores(s, [upright() if s < 90 else down(score=score)]), 120, LOOSE)
    assert brief(told)[0] == ("collapse", "opened", 92.2)


def test_somebody_who_falls_into_a_heap_is_told() -> None:
    def scene(s: float) -> Scores:
        return scores(s, [_heap(s)] if s < 90 else [down(score=0.6)])

    told = play(
        lambda s: scores(s, [*scene(s).people, *([upright()] if s < 90 else [])]), 120, LOOSE
    )
    assert [one[:2] for one in brief(told)][:1] == [("collapse", "opened")]
    assert brief(told)[0][2] < 95


def test_who_lies_there_from_the_first_picture_is_told_if_it_is_sure() -> None:
    assert brief(play(lambda s: scores(s, [down(score=0.5)]), 30, LOOSE))
    assert not play(lambda s: scores(s, [down(score=0.4)]), 30, LOOSE)


def test_a_minute_of_an_empty_place_forgets_what_lay_there() -> None:
    now = None
    for number in range(5 * 60):
        now = usual.remember(now, scores(number / 5, [down(score=0.4)]))
    assert now is not None
    assert usual.least(now, LYING) == 0.45
    for number in range(5 * 60, 5 * 180):
        now = usual.remember(now, scores(number / 5))
    assert usual.least(now, LYING) < 0.1
    assert usual.least(now, Box(0.0, 0.0, 0.001, 0.001)) == 0.0


def test_what_is_usual_does_not_depend_on_how_often_one_looks() -> None:
    levels = []
    for fps in (2, 5, 15):
        now = None
        for number in range(fps * 40):
            at_s = number / fps
            seen = [down(score=0.4)] if at_s >= 20 else []
            now = usual.remember(
                now, Scores(round(at_s * NS), 16 / 9, tuple(seen), np.zeros((1, 1)))
            )
        assert now is not None
        levels.append(usual.least(now, LYING))
    assert max(levels) - min(levels) < 0.02
