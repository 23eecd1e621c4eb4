"""A view in other colours is the same view."""

from __future__ import annotations

import numpy as np

from edge.core.types import Rgb
from models import colours


def _clothes() -> Rgb:
    rgb = np.full((360, 640, 3), 120, np.uint8)
    rgb[100:200, 300:340] = (200, 60, 60)
    return rgb


def test_hues_turn_and_what_stands_there_still_does() -> None:
    rng = np.random.default_rng(1)
    hues = []
    for _ in range(60):
        seen = colours.varied(_clothes(), rng)
        assert seen.shape == (360, 640, 3)
        assert seen.dtype == np.uint8
        if (seen == seen[..., :1]).all():
            continue  # by night
        clothes, wall = seen[110:190, 305:335].astype(float), seen[:90].astype(float)
        assert np.abs(clothes.mean((0, 1)) - wall.mean((0, 1))).max() > 15
        assert np.ptp(wall.mean((0, 1))) < 4  # grey stays grey
        hues.append(int(np.argmax(clothes.mean((0, 1)))))
    assert set(hues) == {0, 1, 2}


def test_some_are_seen_by_night() -> None:
    rng = np.random.default_rng(1)
    pictures = [colours.varied(_clothes(), rng) for _ in range(60)]
    dark = [seen for seen in pictures if (seen == seen[..., :1]).all()]
    assert 5 <= len(dark) <= 30
    lit = [seen.astype(float)[..., 0] for seen in dark]
    dimmer = [one[:20, :20].mean() < one[100:200, 200:280].mean() for one in lit]
    assert np.mean(dimmer) > 0.8  # a lamp at the camera reaches the corners least
    clothes = [one[110:190, 305:335].mean() - one[100:200, 200:280].mean() for one in lit]
    assert min(clothes) < -10  # the same cloth is darker than the wall or lighter
    assert max(clothes) > 10


def test_infrared_gets_no_colour() -> None:
    grey = np.repeat(np.random.default_rng(2).integers(0, 255, (90, 160, 1), np.uint8), 3, 2)
    rng = np.random.default_rng(1)
    for _ in range(10):
        seen = colours.varied(np.asarray(grey, np.uint8), rng)
        assert (seen == seen[..., :1]).all()
