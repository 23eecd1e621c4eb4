"""A threshold falls as far as a camera's own days bear, and never rises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.evidence import Evidence
from edge.core.types import Box
from edge.normal import lowering
from edge.normal.lowering import going_on, lowest, upper_bound
from edge.normal.usual_scores import LEVELS, Usual, UsualScores

DAY_S = 86_400.0


def _usual(alarms_below: dict[float, int], days: float) -> Usual:
    """So many alarms at each level up to and with the one named."""
    levels = np.arange(1, LEVELS + 1) / LEVELS
    alarms = np.zeros(LEVELS, np.int64)
    for level, count in alarms_below.items():
        alarms[levels <= level + 1e-9] += count
    return Usual("collapse", levels, alarms, days * DAY_S, int(days) + 1)


@pytest.mark.parametrize(
    ("count", "bound"), [(0, 2.996), (1, 4.744), (2, 6.296), (5, 10.513), (20, 29.062)]
)
def test_the_bound_is_garwoods(count: int, bound: float) -> None:
    assert upper_bound(count) == pytest.approx(bound, abs=0.001)


def test_many_are_no_trouble() -> None:
    assert upper_bound(900) == pytest.approx(900 + 1.645 * 30 + 1, rel=0.002)


def test_it_falls_to_the_lowest_level_that_a_weeks_alarms_allow() -> None:
    found = lowest(_usual({0.31: 30, 0.36: 1}, 7.0), 0.5, 1.0)
    assert found is not None
    assert found.value == 0.32
    assert (found.alarms, round(found.watched_days, 3)) == (1, 7.0)
    assert found.a_day_max == pytest.approx(4.744 / 7, abs=0.001)


def test_a_morning_without_alarms_proves_nothing() -> None:
    assert lowest(_usual({}, 0.2), 0.5, 1.0) is None
    assert lowest(_usual({}, 0.0), 0.5, 1.0) is None


def test_it_stops_at_the_first_level_that_is_too_much() -> None:
    """At a lower level alarms may run together and be fewer."""
    usual = _usual({0.1: 1}, 9.0)
    usual.alarms[39] = 30  # at .40
    found = lowest(usual, 0.5, 1.0)
    assert found is not None
    assert found.value == 0.41


def test_it_never_falls_below_half() -> None:
    found = lowest(_usual({}, 28.0), 0.5, 1.0)
    assert found is not None
    assert found.value == 0.5 * lowering.LEAST + 0.0


def test_what_trips_for_good_is_not_lowered_onto() -> None:
    """A heap of clothes that has looked like somebody all week is a single alarm."""
    scores = UsualScores.empty()
    box = Box(0.1, 0.1, 0.2, 0.1)
    heap = Evidence("collapse", None, box, 0.335, 0.335, 0, "slow")
    for minute in range(7 * 24 * 60):
        scores.add([heap], {"collapse": 70.0, "spill": 330.0}, 60.0, 60.0 * minute)
    now_s = 7 * DAY_S
    usual = scores.usual("collapse")
    assert int(usual.alarms[32]) == 1
    blind = lowest(usual, 0.5, 1.0)
    assert blind is not None
    assert blind.value == 0.25
    level = going_on(scores, "collapse", now_s, 70.0)
    assert level == pytest.approx(0.33)
    found = lowest(usual, 0.5, 1.0, level)
    assert found is not None
    assert found.value == 0.34
    assert going_on(scores, "collapse", now_s + 600, 70.0) == 0.0
    assert going_on(scores, "spill", now_s, 330.0) == 0.0


@given(
    counts=st.lists(st.integers(0, 50), min_size=LEVELS, max_size=LEVELS),
    days=st.floats(0, 30),
    used=st.floats(0.01, 0.99),
    budget=st.floats(0.01, 20),
    low=st.floats(0, 1),
)
def test_it_never_rises_and_keeps_to_the_budget(
    counts: list[int], days: float, used: float, budget: float, low: float
) -> None:
    levels = np.arange(1, LEVELS + 1) / LEVELS
    usual = Usual("spill", levels, np.array(counts, np.int64), days * DAY_S, 1)
    found = lowest(usual, used, budget, low)
    if found is None:
        return
    assert low < found.value < used
    at = np.flatnonzero((levels >= found.value - 1e-9) & (levels < used))
    assert all(upper_bound(counts[n]) / days <= budget + 1e-9 for n in at)
    more = lowest(usual, used, budget * 2, low)
    assert more is not None
    assert more.value <= found.value
