from __future__ import annotations

import numpy as np
import pytest

from edge.normal.density import Features
from edge.normal.forecast import Forecast


def wave(second: float, rng: np.random.Generator) -> Features:
    """Features that go round: the next second follows from the last two."""
    turn = 0.4 * second
    return np.array([np.sin(turn), np.cos(turn)], np.float32)[:, None, None] + rng.normal(
        0, 0.02, (2, 1, 1)
    ).astype(np.float32)


def taught(seconds: int = 400) -> tuple[Forecast, np.random.Generator]:
    rng = np.random.default_rng(3)
    forecast = Forecast.empty(2, 7 * 86_400.0)
    for second in range(seconds):
        forecast.surprise(wave(second, rng), float(second), learn=True)
    return forecast, rng


def test_what_follows_is_no_surprise_and_what_breaks_off_is() -> None:
    forecast, rng = taught()
    usual = [forecast.surprise(wave(s, rng), float(s), learn=False) for s in range(400, 440)]
    assert np.mean([one for one in usual if one is not None]) == pytest.approx(1, abs=0.6)
    stopped = forecast.surprise(wave(430, rng), 440.0, learn=False)
    assert stopped is not None
    assert stopped > 20


def test_nothing_is_said_after_a_pause_before_it_has_seen_enough_again() -> None:
    forecast, rng = taught()
    said = [forecast.surprise(wave(s, rng), float(s), learn=False) for s in range(460, 466)]
    assert said[0] is None
    assert said[-1] is not None
    assert said[-1] < 10


def test_while_it_may_not_learn_it_does_not() -> None:
    forecast, rng = taught()
    before = forecast.gram.copy(), forecast.error.copy(), forecast.seconds
    forecast.surprise(wave(5, rng), 400.0, learn=False)
    assert (forecast.gram == before[0]).all()
    assert (forecast.error == before[1]).all()
    assert forecast.seconds == before[2]
