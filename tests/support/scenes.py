"""Scores as a network would give them, drawn by hand: for tests of the alarm step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from edge.core import decide
from edge.core.policy import Area, CollapsePolicy, Life, Policy, SpillPolicy
from edge.core.types import LABELS, Box, Decision, Grid, Label, Person, Scores

FPS = 5
NS = 1_000_000_000
GRID = (18, 32)
ASPECT = 16 / 9
STANDING = Box(0.45, 0.30, 0.08, 0.40)
LYING = Box(0.38, 0.62, 0.22, 0.12)

Scene = Callable[[float], Scores]


def policy(
    threshold: float = 0.5, zones: tuple[Area, ...] = (), masks: tuple[Area, ...] = ()
) -> Policy:
    return Policy(
        CollapsePolicy(threshold, confirm_s=3, slow_s=20, life=Life(10, 60, 30)),
        SpillPolicy(threshold, persist_s=20, life=Life(30, 300, 60), standing_s=120),
        zones,
        masks,
    )


def upright(box: Box = STANDING, score: float = 0.9) -> Person:
    return Person(box, score, 0.97, 0.01, 0.01, 0.01)


def low(box: Box = STANDING, score: float = 0.9) -> Person:
    return Person(box, score, 0.04, 0.9, 0.05, 0.01)


def down(box: Box = LYING, score: float = 0.9) -> Person:
    return Person(box, score, 0.01, 0.01, 0.97, 0.01)


def on_bed(box: Box = LYING, score: float = 0.9) -> Person:
    return Person(box, score, 0.01, 0.01, 0.03, 0.95)


def liquid(box: Box | None = None, strength: float = 0.9) -> Grid:
    grid = np.zeros(GRID, np.float32)
    if box is not None:
        rows, columns = GRID
        grid[
            round(box.y * rows) : round((box.y + box.h) * rows),
            round(box.x * columns) : round((box.x + box.w) * columns),
        ] = strength
    return grid


def scores(at_s: float, people: Iterable[Person] = (), spill: Grid | None = None) -> Scores:
    return Scores(round(at_s * NS), ASPECT, tuple(people), liquid() if spill is None else spill)


def play(
    scene: Scene,
    seconds: float,
    rules: Policy | None = None,
    active: frozenset[Label] = frozenset(LABELS),
    times_s: Sequence[float] | None = None,
) -> list[Decision]:
    """Every decision of a scene, at 5 frames a second or at the times given."""
    state = decide.State()
    told: list[Decision] = []
    for at_s in times_s if times_s is not None else [i / FPS for i in range(int(seconds * FPS))]:
        state, _, decisions = decide.step("hall", state, scene(at_s), rules or policy(), active)
        told.extend(decisions)
    return told


def brief(decisions: Iterable[Decision]) -> list[tuple[str, str, float]]:
    """(label, phase, second) of each."""
    return [(d.label, d.phase, round(d.at_ns / NS, 1)) for d in decisions]
