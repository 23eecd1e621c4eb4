"""Nothing is measured on a seed that something else was drawn from."""

from __future__ import annotations

import itertools

import pytest

from models.synth import seeds


def test_ranges_share_no_seed() -> None:
    ranges = [seeds.TRAINING_SEEDS, seeds.CLIP_SEEDS, seeds.DAILY_SEEDS, seeds.DEMO_SEEDS]
    ranges.append(seeds.SITE_SEEDS)
    ordered = sorted(ranges, key=lambda r: r.start)
    for one, other in itertools.pairwise(ordered):
        assert one.stop <= other.start


@pytest.mark.parametrize(
    "seed_of", [seeds.training_seed, seeds.clip_seed, seeds.daily_seed, seeds.site_seed]
)
def test_numbers_past_the_range_are_refused(seed_of: object) -> None:
    assert callable(seed_of)
    assert seed_of(1) == seed_of(0) + 1
    for number in (-1, 10**9):
        with pytest.raises(seeds.SeedReserved):
            seed_of(number)
