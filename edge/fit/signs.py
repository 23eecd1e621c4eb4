"""The signs of a damaged stream in one picture, and how strong they are where nothing is damaged.

Hard compression draws lines, steps and flat places as a failing decoder does, and somebody who
fills the view brings edges nobody knows. So a look keeps the strongest signs of the pictures it was
learnt from, and only what goes well beyond them counts (as edges that disappear are held against
their own usual share by Lee et al., Sensors 15 (2015) 10315).
"""

from __future__ import annotations

from typing import NamedTuple

_MARGIN = 1.25  # of what is usual


class Signs(NamedTuple):
    """`smeared`, `flat`, `steps` (the largest of rows and columns) and `grid` (steps of both) are
    what a picture has more of than usual, `axial` is level and upright new edges, `lost` the share
    of blocks that do not show theirs, `unlike` how far the likeness is from 1."""

    smeared: float
    flat: float
    steps: float
    grid: float
    axial: float
    lost: float
    unlike: float

    def beyond(self, usual: Signs) -> Signs:
        """What is left when what is usual is taken off, with a margin."""
        return Signs(*(now - _MARGIN * most for now, most in zip(self, usual, strict=True)))

    def most(self, other: Signs) -> Signs:
        """The larger of each."""
        return Signs(*map(max, self, other))


NO_SIGNS = Signs(*(0.0,) * 7)
