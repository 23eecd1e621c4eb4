"""Painting spills and look-alikes: where they may be, and that they only grow."""

from __future__ import annotations

import numpy as np
import pytest

from models.synth import spill

ALL = [*spill.SPILLS, *spill.OTHERS]


def dry_room() -> tuple[spill.Rgb, spill.Mask]:
    """A grey wall above a textured floor with a dark block standing on it."""
    rng = np.random.default_rng(5)
    rgb = np.full((180, 320, 3), 200, np.uint8)
    rgb[80:] = rng.integers(110, 150, (100, 320, 1), dtype=np.uint8)
    floor = np.zeros((180, 320), np.bool_)
    floor[80:] = True
    rgb[60:130, 140:180] = 40
    floor[60:130, 140:180] = False
    return rgb, floor


@pytest.mark.parametrize("kind", ALL)
def test_stays_on_the_floor_and_only_grows(kind: spill.SpillKind | spill.OtherKind) -> None:
    rgb, floor = dry_room()
    for seed in range(3):
        spot = spill.draw_spot(np.random.default_rng(seed), kind, floor, radius_px=45)
        before = np.zeros_like(floor)
        for growth in (0.0, 0.3, 0.6, 1.0):
            painted, mask = spill.paint(rgb, floor, spot, growth)
            assert not (mask & ~floor).any()
            assert not (before & ~mask).any()
            assert (painted[~floor] == rgb[~floor]).all()
            before = mask
        assert mask.sum() > 100


def test_starts_dry() -> None:
    rgb, floor = dry_room()
    spot = spill.draw_spot(np.random.default_rng(1), "opaque", floor)
    painted, mask = spill.paint(rgb, floor, spot, 0.0)
    assert (painted == rgb).all()
    assert not mask.any()


@pytest.mark.parametrize("kind", spill.SPILLS)
def test_liquids_show(kind: spill.SpillKind) -> None:
    rgb, floor = dry_room()
    changes = []
    for seed in range(6):
        spot = spill.draw_spot(np.random.default_rng(seed), kind, floor, radius_px=45)
        painted, mask = spill.paint(rgb, floor, spot)
        changes.append(np.abs(painted.astype(int) - rgb)[mask].mean())
    assert np.median(changes) > 5


def test_same_seed_same_picture() -> None:
    rgb, floor = dry_room()
    first, second = (
        spill.paint(rgb, floor, spill.draw_spot(np.random.default_rng(8), "mirror", floor))[0]
        for _ in range(2)
    )
    assert (first == second).all()


def test_wet_floor_is_darker_and_keeps_its_tone() -> None:
    rgb, floor = dry_room()
    spot = spill.draw_spot(np.random.default_rng(2), "wet", floor, radius_px=45)
    painted, mask = spill.paint(rgb, floor, spot)
    assert painted[mask].mean() < rgb[mask].mean()


def test_without_floor_there_is_nowhere_to_spill() -> None:
    with pytest.raises(spill.NoFloor):
        spill.draw_spot(np.random.default_rng(0), "wet", np.zeros((90, 160), np.bool_))
