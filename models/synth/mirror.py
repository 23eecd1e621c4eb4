"""What a glossy floor or a liquid mirrors: the scene upside down, lamps, windows, dark furniture.

Water mirrors a fiftieth of the light from above and nearly all of it at a grazing angle (Fresnel,
after Schlick 1994). A liquid lies level, so its mirror image is sharp and stops at its edge; a
polished floor's is blurred and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.blotch import Blotch, Field
from models.synth.plane import FloorPlane

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]
HEAD_ON = 0.02  # of the light, for water and oils looked at from above


@dataclass(frozen=True)
class Ground:
    """What is painted on: the picture `rgb` (H×W×3, 0–1), its floor mask, how many pixels inside
    the edge of the shape each pixel lies, the shape, the floor plane, and the box (left, top,
    right, bottom in pixels) the shape will fill when it is all there."""

    rgb: Image
    floor: Mask
    inside: Image
    shape: Blotch
    plane: FloorPlane
    box: Box

    def around(self) -> tuple[Field, Field]:
        """Floor coordinates relative to the shape, in its radii, kept within ±9."""
        x, y = self.plane.metres(*self.floor.shape)
        u = (x - self.shape.x) / self.shape.radius_m
        v = (y - self.shape.y) / self.shape.radius_m
        return np.clip(u, -9, 9), np.clip(v, -9, 9)


def mirrored_share(ground: Ground, gloss: float) -> Image:
    """How much of what is seen is mirrored, H×W; `gloss` 1 is still water."""
    grazing = 1 - ground.plane.steepness(*ground.floor.shape)
    return np.asarray(np.clip(gloss * (HEAD_ON + (1 - HEAD_ON) * grazing**5), 0, 0.95), np.float32)


def reflected(rgb: Image, floor: Mask, sideways: Image) -> Image:
    """The scene mirrored at the line where the floor meets it, per column; `sideways` ripples."""
    height, width = floor.shape
    rows = np.arange(height, dtype=np.float32)[:, None]
    ragged = np.maximum.accumulate(np.where(floor, -1.0, rows), axis=0).astype(np.float32)
    # Unsmoothed, the line of contact would tear the image in columns.
    met = cv2.GaussianBlur(cv2.blur(ragged, (9, 1)), (0, 0), 2.0)
    up = (2 * met - rows).astype(np.float32)
    across = np.arange(width, dtype=np.float32)[None, :] + sideways
    found = cv2.remap(
        rgb, across.astype(np.float32), up, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(found, np.float32)


def furniture(image: Image, ground: Ground, sideways: Image, rng: np.random.Generator) -> Image:
    """The mirrored scene with legs, doors and cabinets that the picture itself does not show."""
    left, top, right, bottom = ground.box
    height, width = image.shape[:2]
    across = np.arange(width, dtype=np.float32)[None, :] + sideways
    down = np.arange(height, dtype=np.float32)[:, None]
    out = image
    for _ in range(int(rng.choice([0, 0, 1, 2, 3]))):
        middle, wide = rng.uniform(left, right), (right - left) * rng.uniform(0.03, 0.45)
        end = rng.uniform(top, bottom + 0.5 * (bottom - top))
        dark = rng.uniform(0.05, 0.8) * np.array([1, rng.uniform(0.7, 1), rng.uniform(0.5, 1)])
        there = (np.abs(across - middle) < wide / 2) & (down < end)
        out = np.where(there[..., None], out * dark.astype(np.float32), out)
    return np.asarray(out, np.float32)


def lamps(
    ground: Ground, sideways: Image, rng: np.random.Generator, box: Box | None = None
) -> Image:
    """Images of lamps and windows near the shape, or in `box`: how bright, H×W×3, mostly 0."""
    left, top, right, bottom = box or ground.box
    height, width = ground.floor.shape
    out = np.zeros((height, width, 3), np.float32)
    across = np.arange(width, dtype=np.float32)[None, :] + sideways
    down = np.arange(height, dtype=np.float32)[:, None]
    for _ in range(int(rng.choice([0, 1, 1, 2, 4]))):
        x, y = rng.uniform(left, right), rng.uniform(top, bottom)
        wide = (right - left) * float(np.exp(rng.uniform(np.log(0.02), np.log(0.25)))) + 1
        tall = min(wide * rng.uniform(0.6, 5.0), 0.8 * (bottom - top) + 2)
        u = (across - x - rng.uniform(-0.4, 0.4) * (down - y)) / wide * 2
        v = (down - y) / tall * 2
        if rng.random() < 0.4:
            lit = np.hypot(u, v) < 1
        else:
            lit = np.maximum(np.abs(u), np.abs(v)) < 1
            if wide > 12 and rng.random() < 0.5:  # a window's bars
                lit = lit & (np.abs(u) > 0.12) & (np.abs(v - 0.2) > 0.08)
        warm = np.array([1.0, rng.uniform(0.92, 1.0), rng.uniform(0.75, 1.05)], np.float32)
        out = np.maximum(out, lit[..., None] * warm * np.float32(rng.uniform(0.6, 1.5)))
    return out
