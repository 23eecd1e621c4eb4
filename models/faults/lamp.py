"""Too little light, and too much."""

from __future__ import annotations

import numpy as np

from edge.core.types import Rgb
from models.faults.drawn import bytes_of, fixed, noisy, passing


def black(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """A cap on the lens: nothing but the sensor's own noise."""
    x = rgb * np.float32(1 - strength) + np.float32(4 * strength)
    return bytes_of(noisy(x, passing(seed, at_s), strength)) if strength else rgb


def dark(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """The lamps go out: a hundredth of the light at most, and the noise that is then left."""
    if not strength:
        return rgb
    x = rgb * np.float32(10 ** (-2 * strength)) + np.float32(3 * strength)
    return bytes_of(noisy(x, passing(seed, at_s), 2.5 * strength))


def overexposed(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """An exposure that got stuck: so many times the light that little is not white."""
    if not strength:
        return rgb
    x = rgb * np.float32(1 + 15 * strength) + np.float32(60 * strength)
    return bytes_of(noisy(x, passing(seed, at_s), strength))


def glare(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """A lamp or the sun shines into the lens: a white place, and a veil over all the rest."""
    if not strength:
        return rgb
    height, width = rgb.shape[:2]
    where = fixed(seed).uniform(0.3, 0.7, 2)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    away = np.hypot((x / width - where[0]), (y / height - where[1]) * height / width)
    wide = np.float32(0.12 + 0.28 * strength)
    light = 700 * np.float32(strength) * np.exp(-((away / wide) ** 2))
    veiled = rgb * np.float32(1 - 0.5 * strength) + np.float32(100 * strength)
    return bytes_of(noisy(veiled + light[..., None], passing(seed, at_s), strength))
