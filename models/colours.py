"""The same view with other clothes, in another light: all hues of a picture turned together, or
none left, as at night.

Half an hour before a camera shows the clothes of a few, and one light. What is to be learnt is how
people stand, sit and kneel in that view and what lies about in it, not what they wore, nor the
hour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb

ANY_HUE_SHARE = 0.6  # of the pictures; others are turned a little
TURN_RAD = 0.3
LIGHT, CONTRAST = (0.65, 1.4), (0.75, 1.3)
NOISE_MAX = 5.0  # standard deviation, of 255
GREY = 6.0  # difference of colours that a hundredth of a picture has to have, or it has none
INFRARED_SHARE = 0.25  # of pictures that have colours
RIM_MAX = 0.6  # how much darker a picture's corners are than its middle where a lamp lights it
# ITU-R BT.601's luma, and the two colour axes of NTSC's YIQ
_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def varied(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """H×W×3 with hues, light, contrast and noise changed; what has no colour gets none."""
    x = rgb.astype(np.float32)
    if np.percentile(np.ptp(rgb[::4, ::4], axis=2), 99) >= GREY:
        x = _at_night(x, rng) if rng.random() < INFRARED_SHARE else _other_hues(x, rng)
    mean = x.mean()
    x = ((x - mean) * rng.uniform(*CONTRAST) + mean) * rng.uniform(*LIGHT)
    x += rng.normal(0, rng.uniform(0, NOISE_MAX), x.shape[:2])[..., None]
    return np.asarray(np.clip(x, 0, 255), np.uint8)


def _other_hues(x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    any_ = rng.random() < ANY_HUE_SHARE
    turn = _turned(rng.uniform(-np.pi, np.pi) if any_ else rng.normal(0, TURN_RAD))
    return np.asarray(x @ turn.T, np.float32)


def _at_night(x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Without colour, and lit by the camera's own lamp, which reaches its corners least. How bright
    a cloth is in infrared light says nothing of its colour, so each colour counts as it falls."""
    grey = x @ rng.dirichlet((1.0, 1.0, 1.0)).astype(np.float32)
    down, across = (np.linspace(-1, 1, side, dtype=np.float32) for side in x.shape[:2])
    rim = (down[:, None] ** 2 + across**2) / 2
    return np.asarray(np.repeat((grey * (1 - rng.uniform(0, RIM_MAX) * rim))[..., None], 3, 2))


def _turned(angle: float) -> NDArray[np.float32]:
    """What turns red, green and blue about grey by so many radians."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return np.asarray(np.linalg.inv(_YIQ) @ turn @ _YIQ, np.float32)
