"""What is wrong with the lens, or on it."""

from __future__ import annotations

import cv2
import numpy as np

from edge.core.types import Rgb
from models.faults.drawn import (
    bytes_of,
    clouds,
    covered,
    fixed,
    from_a_side,
    noisy,
    over,
    passing,
    px,
    size,
    soft,
)

_SMEAR_PX = 7.0  # the blur of grease, in a picture 640 pixels wide
PAINTS = ((30, 30, 34), (225, 225, 220), (150, 28, 30), (70, 74, 80))


def defocused(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """Out of focus by a disc of up to 12 pixels' radius in 640."""
    radius = px(rgb, 12 * strength)
    if radius < 0.5:
        return rgb
    side = 2 * int(np.ceil(radius)) + 1
    y, x = np.mgrid[:side, :side].astype(np.float32) - side // 2
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    blurred = cv2.filter2D(rgb.astype(np.float32), -1, disc / disc.sum())
    return bytes_of(noisy(np.asarray(blurred, np.float32), passing(seed, at_s), 1.0))


def smeared(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """Grease on so much of the lens: blurred there, and milky."""
    if not strength:
        return rgb
    rng = fixed(seed)
    how_much = covered(from_a_side(size(rgb), rng, 0.3), strength, 0.12)
    milk = np.float32(rng.uniform(90, 170))
    grease = soft(rgb.astype(np.float32), px(rgb, _SMEAR_PX)) * np.float32(0.75) + milk * 0.25
    return bytes_of(noisy(over(rgb, grease, how_much), passing(seed, at_s), 1.0))


def sprayed(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """Paint on so much of the lens, in patches with soft borders, since it is out of focus."""
    if not strength:
        return rgb
    rng = fixed(seed)
    shape = size(rgb)
    how_much = covered(clouds(shape, rng, 4) + 0.25 * clouds(shape, rng, 11), strength, 0.08)
    paint = np.asarray(PAINTS[int(rng.integers(len(PAINTS)))], np.float32)
    shade = 1 + 0.15 * (clouds(shape, rng, 3) - 0.5)
    cover = np.asarray(paint * shade[..., None], np.float32)
    return bytes_of(noisy(over(rgb, cover, how_much), passing(seed, at_s), 1.0))
