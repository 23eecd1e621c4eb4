"""Property: what trips at a threshold trips at every lower one, no later.

Thresholds are tuned on this: the highest threshold at which an incident still trips is only
well-defined because nothing that is tracked or remembered depends on the threshold.
"""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.core import decide
from edge.core.evidence import trip
from edge.core.types import Box, Grid, Person, Scores
from tests.support.scenes import ASPECT, FPS, GRID, NS, policy

unit = st.floats(0.0, 1.0, width=32)


@st.composite
def scenes(draw: st.DrawFn) -> list[Scores]:
    """Up to 40 s of people and puddles that wander, flicker and vanish."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = draw(st.integers(1, 40 * FPS))
    down_share, seen_share = draw(unit), draw(unit)
    boxes = rng.uniform(0.05, 0.7, (draw(st.integers(0, 3)), 2))
    puddle = rng.uniform(0, 1) * np.asarray(rng.random(GRID) < draw(unit), np.float32)
    return [
        Scores(
            round(i * NS / FPS),
            ASPECT,
            tuple(_person(rng, box, down_share) for box in boxes if rng.random() < seen_share),
            _flicker(rng, puddle.astype(np.float32)),
        )
        for i in range(steps)
    ]


def _person(rng: np.random.Generator, at: NDArray[np.float64], down_share: float) -> Person:
    x, y = at + rng.normal(0, 0.01, 2)
    states = rng.dirichlet([1, 0.5, 4 * down_share + 0.1, 0.3])
    upright, low, down, bed = (float(value) for value in states)
    return Person(Box(x, y, 0.15, 0.2), float(rng.uniform(0.1, 1)), upright, low, down, bed)


def _flicker(rng: np.random.Generator, puddle: Grid) -> Grid:
    return (puddle * rng.uniform(0.5, 1.0)).astype(np.float32)


def _trips(scene: list[Scores], threshold: float) -> set[tuple[int, int]]:
    """(frame, evidence) of everything that is an alarm."""
    rules, state, tripped = policy(threshold), decide.State(), set()
    for index, scores in enumerate(scene):
        state, evidence = decide.observe(state, scores, rules)
        tripped |= {(index, n) for n, item in enumerate(evidence) if trip(item, threshold)}
    return tripped


@settings(max_examples=25, deadline=None)
@given(scenes(), unit, unit)
def test_a_lower_threshold_trips_wherever_a_higher_one_does(
    scene: list[Scores], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert _trips(scene, high) <= _trips(scene, low)


@settings(max_examples=15, deadline=None)
@given(scenes(), unit)
def test_what_is_observed_does_not_depend_on_the_threshold(
    scene: list[Scores], threshold: float
) -> None:
    strict, lax = decide.State(), decide.State()
    for scores in scene:
        strict, one = decide.observe(strict, scores, policy(0.99))
        lax, other = decide.observe(lax, scores, policy(threshold))
        assert one == other


@settings(max_examples=15, deadline=None)
@given(scenes(), unit, unit)
def test_the_first_alert_comes_no_later_at_a_lower_threshold(
    scene: list[Scores], one: float, other: float
) -> None:
    low, high = sorted((max(one, 0.01), max(other, 0.01)))
    assert _first_ns(scene, low) <= _first_ns(scene, high)


def _first_ns(scene: list[Scores], threshold: float) -> float:
    state = decide.State()
    for scores in scene:
        state, _, decisions = decide.step("hall", state, scores, policy(threshold))
        if decisions:
            return decisions[0].at_ns
    return float("inf")
