"""Who was on their feet, or on a seat, and where: what a fall is told by.

Asked of the place and not of the track. A fall splits boxes, and in a crowded or cluttered room the
box of the person on the floor is as likely taken up by the track of a chair, a pillow or a
bystander as by their own; where somebody stood a moment ago does not depend on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.core.geometry import apart
from edge.core.types import Box, Scores

_NEAR = 0.7  # of the longest side: a standing person and the same one lying before their own feet
_FAINT = 0.05  # nobody asks for less


@dataclass(frozen=True)
class Glimpse:
    """One analysed frame: everybody's box, and their score times the probability of being up."""

    at_ns: int
    people: tuple[tuple[Box, float], ...]


def remember(glimpses: tuple[Glimpse, ...], scores: Scores, span_ns: int) -> tuple[Glimpse, ...]:
    """What was seen in the last `span_ns`, oldest first, with one more frame."""
    up = ((p.box, p.score * (p.upright + p.low)) for p in scores.people)
    new = Glimpse(scores.at_ns, tuple((box, value) for box, value in up if value >= _FAINT))
    return (*(g for g in glimpses if g.at_ns >= scores.at_ns - span_ns), new)


def near(glimpses: Sequence[Glimpse], box: Box, aspect: float) -> list[float]:
    """How surely somebody was up near a box in each glimpse, 0–1. `aspect` is the frame's width
    over its height."""
    return [
        max((up for other, up in g.people if is_near(other, box, aspect)), default=0.0)
        for g in glimpses
    ]


def is_near(other: Box, box: Box, aspect: float) -> bool:
    """Whether a person may be there in one moment and here in another."""
    return apart(box, other, aspect) <= _NEAR
