"""Which seed draws what. The demo's worlds are drawn from seeds no training ever sees."""

from __future__ import annotations

import numpy as np

DEMO_SEEDS = range(900_000_000, 900_000_100)


class SeedReserved(ValueError):
    """A seed of the shipped demo was asked for as training data."""


def check_not_demo(seed: int) -> None:
    """Raise `SeedReserved` for the demo's seeds: a network must not have learnt its own demo."""
    if seed in DEMO_SEEDS:
        raise SeedReserved(
            f"seed {seed} is kept for the demo clips; use one outside "
            f"{DEMO_SEEDS.start}–{DEMO_SEEDS.stop - 1}"
        )


def rng_of(seed: int, *purpose: int) -> np.random.Generator:
    """An independent stream per purpose, so that drawing more of one thing moves no other."""
    return np.random.default_rng([seed, *purpose])
