"""Features of a made-up view: each place has its own look, and all of them sway together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.normal.density import Features

SHAPE = (8, 3, 4)


@dataclass
class View:
    """`second` gives C×h×w; `night` looks different everywhere, `object_at` at one place."""

    seed: int = 1

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self._look = rng.normal(0, 3, SHAPE)
        self._dark = rng.normal(0, 3, SHAPE)
        self._mixed = rng.normal(0, 1, (8, 8)) / 3
        self._rng = rng

    def second(self, *, night: bool = False, object_at: tuple[int, int] | None = None) -> Features:
        """One more second."""
        sway = np.einsum("cd,dhw->chw", self._mixed, self._rng.normal(0, 1, SHAPE))
        seen = self._look + sway + (self._dark if night else 0)
        if object_at is not None:
            seen[:, object_at[0], object_at[1]] += 4
        return np.asarray(seen, np.float32)
