from __future__ import annotations

import numpy as np
import pytest

from edge.core.types import Box, Person, Scores
from models import measure

_DRY = np.zeros((8, 8), np.float32)


def _frames(seconds: float, down: float, start_s: float = 0.0) -> list[Scores]:
    """Someone in the middle, standing or lying for a while, at five frames a second."""
    box = Box(0.4, 0.6, 0.3, 0.1) if down > 0.5 else Box(0.45, 0.3, 0.1, 0.4)
    who = Person(box, 1.0, 1.0 - down, 0.0, down, 0.0)
    times = start_s + np.arange(0, seconds, 0.2)
    return [Scores(round(at * 1e9), 16 / 9, (who,), _DRY) for at in times]


def test_lying_for_long_trips_up_to_how_sure_it_is() -> None:
    assert measure.highest(_frames(30, 0.8))["collapse"] == pytest.approx(0.8)


def test_standing_and_a_moment_on_the_floor_do_not_trip() -> None:
    frames = _frames(10, 0.0) + _frames(1, 0.9, start_s=10) + _frames(10, 0.0, start_s=11)
    assert measure.highest(frames)["collapse"] < 0.1


def test_an_empty_clip_trips_at_nothing() -> None:
    assert measure.highest([]) == {"collapse": 0.0, "spill": 0.0}


def test_one_wet_cell_is_a_quarter_of_four() -> None:
    grid = np.zeros((8, 8), np.float32)
    grid[3, 3] = 1.0
    assert measure.wet_score(grid) == pytest.approx(0.25)
