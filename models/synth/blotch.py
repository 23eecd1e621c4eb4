"""Irregular patches on a floor, as the moment each point is reached while the patch spreads.

Arrival is 0 where it starts and 1 where it ends up; what is covered at growth g is arrival ≤ g,
so a patch only ever grows. Coordinates are floor metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.synth.outline import OUTLINES, Field, wobble

__all__ = ["REACH", "Blotch", "Field", "wobble"]
REACH = 4.5  # in radii: nothing of a patch lies farther from its middle
NEVER = 9.0


@dataclass(frozen=True)
class Blotch:
    """A patch around (x, y) of about `radius_m`, turned by `turn`; `long` stretches it. `form` is
    one of `outline.OUTLINES`: a liquid's (`blob`, `pool`, `pour`, `splash`, `drips`, `tracks`) or a
    thing's (`slab`, `disc`, `pillow`)."""

    x: float
    y: float
    radius_m: float
    turn: float
    long: float
    form: str
    seed: int

    def arrival(self, floor_x: Field, floor_y: Field) -> Field:
        """When each point (H×W) is reached; far points are reached never (> 1)."""
        c, s = math.cos(self.turn), math.sin(self.turn)
        dx, dy = floor_x - self.x, floor_y - self.y
        x = (c * dx + s * dy) / (self.radius_m * self.long)
        y = (c * dy - s * dx) / (self.radius_m / self.long)
        near = np.maximum(np.abs(x), np.abs(y)) < REACH
        out = np.full(x.shape, NEVER)
        rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        if len(rows):
            box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            near_x, near_y = np.clip(x[box], -9, 9), np.clip(y[box], -9, 9)
            rng = np.random.default_rng(self.seed)
            out[box] = OUTLINES[self.form](rng, near_x, near_y)
        return out
