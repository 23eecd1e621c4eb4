"""The camera's look, and the floor plane its pictures come with."""

from __future__ import annotations

import numpy as np
import pytest

from models.synth.camera import draw_look
from models.synth.plane import look_at, plane_of, project


def test_look_keeps_shape_and_repeats() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    for seed in range(5):
        look = draw_look(np.random.default_rng(seed), grey=seed == 0)
        once, again = (look.apply(rgb, np.random.default_rng(7)) for _ in range(2))
        assert once.shape == rgb.shape
        assert once.dtype == np.uint8
        assert (once == again).all()


def test_infrared_has_no_colour() -> None:
    rgb = np.zeros((90, 160, 3), np.uint8)
    rgb[..., 0] = 200
    seen = draw_look(np.random.default_rng(3), grey=True)
    flat = seen.apply(rgb, np.random.default_rng(1)).reshape(-1, 3).mean(0)
    assert np.ptp(flat) < 6


def test_floor_plane_is_the_inverse_of_the_eye() -> None:
    eye = look_at((-2.0, -1.0, 2.5), (1.0, 0.5, 0.2), 55.0, roll_deg=7.0)
    x, y = plane_of(eye, (160, 90)).metres(90, 160)
    for row, column in ((60, 20), (45, 80), (85, 150)):
        at = project(eye, np.array([x[row, column], y[row, column], 0.0]), 160 / 90)
        assert at is not None
        assert at == pytest.approx(((column + 0.5) / 160, (row + 0.5) / 90), abs=1e-6)
