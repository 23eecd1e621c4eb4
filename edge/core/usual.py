"""What each place usually looks like: a heap of coats that is always a little like somebody lying.

What the network mistakes for a person on the floor is mostly a thing that stands still, and scores
much the same for hours. So each place remembers how strongly somebody *was down* there of late, and
what is hardly more than that is nothing new. It is no veto: what is sure enough counts wherever it
is, and who falls in a place that was empty is long told before the place is used to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.core.policy import SECOND_NS
from edge.core.types import Box, Grid, Scores

ROWS, COLUMNS = 36, 64
_MEMORY_S = 60.0  # three times as long as the slowest alarm takes
_PAUSE_S_MAX = 1.0  # between two pictures; while a camera is away nothing gets usual
_MORE = 1.4  # times what is usual is something else
_SURE = 0.45  # so much counts whatever was there before
_FAINT = 0.05


@dataclass(frozen=True)
class Usual:
    """How strongly somebody was down in each place over the last minute (`level`, rows×columns,
    0–1), known from `seen_s` seconds of pictures."""

    at_ns: int
    seen_s: float
    level: Grid


def remember(usual: Usual | None, scores: Scores) -> Usual:
    """One more frame. The first stands for all that was before it."""
    level: Grid = np.zeros((ROWS, COLUMNS), np.float32)
    for person in scores.people:
        down = person.score * person.down
        if down >= _FAINT:
            cells = level[_cells(person.box)]
            np.maximum(cells, down, out=cells)
    if usual is None:
        return Usual(scores.at_ns, 0.0, level)
    pause_s = min(max(scores.at_ns - usual.at_ns, 0) / SECOND_NS, _PAUSE_S_MAX)
    share = pause_s / min(usual.seen_s + pause_s, _MEMORY_S) if pause_s else 0.0
    now: Grid = usual.level + np.float32(share) * (level - usual.level)
    return Usual(scores.at_ns, usual.seen_s + pause_s, now)


def least(usual: Usual, box: Box) -> float:
    """From which score on somebody down in a box is something new."""
    return min(_MORE * float(usual.level[_cells(box)].mean()), _SURE)


def _cells(box: Box) -> tuple[slice, slice]:
    """The cells of a box, one at least."""
    return _span(box.y, box.h, ROWS), _span(box.x, box.w, COLUMNS)


def _span(start: float, length: float, count: int) -> slice:
    first = min(max(round(start * count), 0), count - 1)
    return slice(first, max(min(round((start + length) * count), count), first + 1))
