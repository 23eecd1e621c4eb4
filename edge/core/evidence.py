"""Evidence: how strongly one thing in view speaks for an incident, whatever the threshold is."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core.geometry import shared
from edge.core.types import Box, Label, Way


@dataclass(frozen=True)
class Evidence:
    """One candidate incident in one frame.

    `score` is the highest threshold at which it trips now. `holding` is the weaker evidence of
    the last moments which keeps an open event open. `since_ns` is when it began, `path` the way
    it would trip, `zone` where it is (None: no zones on this camera).
    """

    label: Label
    zone: str | None
    box: Box
    score: float
    holding: float
    since_ns: int
    path: Way


def trip(evidence: Evidence, threshold: float) -> bool:
    """Whether this is an alarm at this threshold. Nothing in `evidence` depends on a threshold,
    so whatever trips at one trips at every lower one: that is what makes tuning exact."""
    return evidence.score >= threshold


def near(one: Box, other: Box, aspect: float, reach: float) -> bool:
    """Whether two boxes overlap or their middles lie within `reach` times the longest side
    (`aspect`: width over height of the frame, so that distances are measured in pixels)."""
    if overlap(one, other):
        return True
    dx = (one.centre[0] - other.centre[0]) * aspect
    dy = one.centre[1] - other.centre[1]
    side = max(one.w * aspect, one.h, other.w * aspect, other.h)
    return dx * dx + dy * dy <= (reach * side) ** 2


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a fifth of the smaller one."""
    both = shared(one, other)
    return both > 0 and both >= 0.2 * min(one.w * one.h, other.w * other.h)
