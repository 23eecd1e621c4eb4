"""Which seed draws what. The demo's worlds are drawn from seeds no training ever sees."""

from __future__ import annotations

import numpy as np

from alerts.errors import UserError

TRAINING_SEEDS = range(100_000, 100_000_000)
CLIP_SEEDS = range(
    200_000_000, 300_000_000
)  # rendered collapses and look-alikes, to be measured on
DAILY_SEEDS = range(300_000_000, 400_000_000)  # hours of normal life, to be measured on
HARD_SEEDS = range(400_000_000, 500_000_000)  # single hard pictures, to be measured on
SITE_SEEDS = range(500_000_000, 600_000_000)  # sites: learnt from by no shipped network
DEMO_SEEDS = range(900_000_000, 900_000_100)


class SeedReserved(UserError):
    """A seed was asked for that belongs to another purpose."""


def check_not_demo(seed: int) -> None:
    """Raise `SeedReserved` for the demo's seeds: a network must not have learnt its own demo."""
    if seed in DEMO_SEEDS:
        raise SeedReserved(
            f"seed {seed} is kept for the demo clips; use one outside "
            f"{DEMO_SEEDS.start}–{DEMO_SEEDS.stop - 1}"
        )


def training_seed(number: int) -> int:
    """The seed of a training episode by its number; never one that something is measured on."""
    return _nth(TRAINING_SEEDS, number, "training")


def clip_seed(number: int) -> int:
    """The seed of a rendered clip to be measured on."""
    return _nth(CLIP_SEEDS, number, "rendered clips")


def daily_seed(number: int) -> int:
    """The seed of a clip of normal life to be measured on."""
    return _nth(DAILY_SEEDS, number, "normal life")


def hard_seed(number: int) -> int:
    """The seed of a room in which hard pictures are taken."""
    return _nth(HARD_SEEDS, number, "hard pictures")


def site_seed(number: int) -> int:
    """The seed of a camera of a rendered site, which is learnt from and measured on."""
    return _nth(SITE_SEEDS, number, "rendered sites")


def _nth(seeds: range, number: int, purpose: str) -> int:
    if not 0 <= number < len(seeds):
        raise SeedReserved(f"{purpose} has seeds 0–{len(seeds) - 1}, not {number}")
    return seeds[number]


def rng_of(seed: int, *purpose: int) -> np.random.Generator:
    """An independent stream per purpose, so that drawing more of one thing moves no other."""
    return np.random.default_rng([seed, *purpose])
