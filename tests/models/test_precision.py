"""Average precision of people down, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edge.core.types import Box, Person, Scores
from models import precision
from models.labels import UNKNOWN, Labelled

DOWN = precision.DOWN
_DRY = np.zeros((2, 2), np.float32)
_HERE, _THERE = (0.2, 0.7, 0.2, 0.1), (0.7, 0.7, 0.2, 0.1)


def _marked(where: tuple[float, ...], state: int = DOWN) -> Labelled:
    x, y, w, h = where
    return Labelled(x + w / 2, y + h / 2, w, h, state)


def _seen(*found: tuple[tuple[float, float, float, float], float]) -> Scores:
    people = tuple(Person(Box(*where), score, 0.0, 0.0, 1.0, 0.0) for where, score in found)
    return Scores(0, 16 / 9, people, _DRY)


def test_one_found_one_missed_and_one_false() -> None:
    both = (_marked(_HERE), _marked(_THERE))
    found = precision.of([(both, _seen((_HERE, 0.8), ((0.4, 0.1, 0.2, 0.1), 0.9)))])
    assert found.right.tolist() == [False, True]
    assert found.average == pytest.approx(0.5 * 0.5)  # recall .5 at precision .5
    assert found.at(0.85) == (0, 1)
    assert found.at(0.5) == (1, 1)
    assert "1 of 2 found, 1 false in 1 pictures" in found.line(0.5)


def test_a_person_is_found_once_and_the_surest_box_is_the_right_one() -> None:
    found = precision.of([((_marked(_HERE),), _seen((_HERE, 0.3), (_HERE, 0.6)))])
    assert found.scores.tolist() == [0.6, 0.3]
    assert found.right.tolist() == [True, False]
    assert found.average == pytest.approx(1.0)


def test_who_sits_counts_as_false_and_who_is_unknown_neither_way() -> None:
    pictures = [
        ((_marked(_HERE, UNKNOWN),), _seen((_HERE, 0.9))),
        ((_marked(_HERE, DOWN - 1),), _seen((_HERE, 0.8))),
        ((_marked(_THERE),), _seen((_THERE, 0.7))),
    ]
    found = precision.of(pictures)
    assert found.right.tolist() == [False, True]
    assert found.average == pytest.approx(0.5)


def test_precision_is_made_to_fall_only() -> None:
    """Right, wrong, right: 1 up to recall .5, then the best that is still to come, 2/3."""
    pictures = [
        ((_marked(_HERE),), _seen((_HERE, 0.9))),
        ((), _seen((_HERE, 0.8))),
        ((_marked(_HERE),), _seen((_HERE, 0.7))),
    ]
    assert precision.of(pictures).average == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_without_anybody_down_there_is_no_number() -> None:
    found = precision.of([((), _seen((_HERE, 0.9)))])
    assert found.average is None
    assert found.line(0.5) == "nobody is down in 1 pictures"


def test_half_a_body_is_found_and_less_is_not() -> None:
    def seen(share: float) -> bool:
        x, y, w, h = _HERE
        found = precision.of([((_marked(_HERE),), _seen(((x, y, w * share, h), 0.9)))])
        return bool(found.right[0])

    assert seen(0.55)
    assert not seen(0.45)
