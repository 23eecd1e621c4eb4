"""What stands or hangs right before the lens: too near to be sharp."""

from __future__ import annotations

import cv2
import numpy as np

from edge.core.types import Rgb
from models.faults.drawn import (
    Floats,
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

SKINS = ((196, 150, 126), (150, 105, 80), (92, 62, 48), (40, 28, 26))
CLOTHS = ((180, 178, 170), (60, 66, 84), (120, 40, 44), (34, 36, 34))


def hand(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """A hand over so much of the view, that does not keep quite still."""
    if not strength:
        return rgb
    rng = fixed(seed)
    shape = size(rgb)
    order = np.add(_fingers(shape, rng), from_a_side(shape, rng, 0.1))
    sway = 0.01 * np.sin(at_s * 1.7 + seed)
    how_much = soft(covered(order + np.float32(sway), strength, 0.02), px(rgb, 6))
    skin = np.asarray(SKINS[int(rng.integers(len(SKINS)))], np.float32)
    shade = 0.75 + 0.5 * soft(clouds(shape, rng, 3), px(rgb, 8))
    cover = np.asarray(skin * shade[..., None], np.float32)
    return bytes_of(noisy(over(rgb, cover, how_much), passing(seed, at_s), 1.5))


def _fingers(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Four fingers side by side: between them a little more is seen."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    across = x / shape[1] * np.cos(angle) + y / shape[1] * np.sin(angle)
    return np.asarray(0.06 * np.cos(2 * np.pi * 5 * across), np.float32)


def cloth(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """A cloth hung over so much of the view, with folds, out of focus."""
    if not strength:
        return rgb
    rng = fixed(seed)
    shape = size(rgb)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    lower = y / shape[0] + 0.08 * np.sin(x / shape[1] * rng.uniform(6, 14) + rng.uniform(0, 6))
    how_much = soft(covered(lower.astype(np.float32), strength, 0.02), px(rgb, 4))
    waves = np.sin(x / shape[1] * rng.uniform(20, 50) + 3 * clouds(shape, rng, 3) + at_s * 0.05)
    shade = 0.85 + 0.15 * soft(waves.astype(np.float32), px(rgb, 5))
    dye = np.asarray(CLOTHS[int(rng.integers(len(CLOTHS)))], np.float32)
    cover = np.asarray(dye * shade[..., None], np.float32)
    return bytes_of(noisy(over(rgb, cover, how_much), passing(seed, at_s), 1.5))


def held_near(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """A box or a sheet of print right before the lens: in focus, with edges of its own."""
    if not strength:
        return rgb
    rng = fixed(seed)
    shape = size(rgb)
    how_much = covered(from_a_side(shape, rng, 0.0), strength, 0.005)
    sheet = np.full((*shape, 3), rng.uniform(120, 220), np.float32)
    line = max(6, int(px(rgb, 26)))
    for top in range(line, shape[0], line):
        wide = int(rng.uniform(0.3, 0.95) * shape[1])
        cv2.rectangle(sheet, (line, top), (wide, top + line // 3), (40, 40, 50), -1)
    return bytes_of(noisy(over(rgb, sheet, how_much), passing(seed, at_s), 1.5))
