from __future__ import annotations

import numpy as np
import pytest

from edge.core.types import Box, Person, Scores
from models import measure


def test_three_quarters_of_a_window_are_enough() -> None:
    quiet = [0.1] * 100
    down = [0.8] * 38 + [0.2] * 12  # 50 samples are ten seconds
    assert measure.sustained(quiet + down + quiet) == pytest.approx(0.8)
    assert measure.sustained(quiet + [0.8] * 37 + [0.2] * 13 + quiet) == pytest.approx(0.2)


def test_a_short_clip_is_one_window() -> None:
    assert measure.sustained([0.5, 0.5, 0.5, 0.5]) == 0.5
    assert measure.sustained([]) == 0.0


def test_the_likeliest_fallen_person_counts() -> None:
    box = Box(0, 0, 0.1, 0.1)
    people = (Person(box, 0.9, 1.0, 0.0, 0.0, 0.0), Person(box, 0.5, 0.1, 0.1, 0.8, 0.0))
    scores = Scores(0, 1.7, people, np.zeros((2, 2), np.float32))
    assert measure.down_score(scores) == pytest.approx(0.4)


def test_one_wet_cell_is_a_quarter_of_four() -> None:
    grid = np.zeros((8, 8), np.float32)
    grid[3, 3] = 1.0
    assert measure.wet_score(grid) == pytest.approx(0.25)
