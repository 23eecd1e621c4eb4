"""Irregular patches on a floor, as the moment each point is reached while the patch spreads.

Arrival is 0 where it starts and 1 where it ends up; what is covered at growth g is arrival ≤ g,
so a patch only ever grows. Coordinates are floor metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import texture

Field = NDArray[np.float64]


@dataclass(frozen=True)
class Blotch:
    """A patch around (x, y) of about `radius_m`, turned by `turn`. `form` is `blob` (a liquid's
    outline with satellites and runs), `slab` (rectangle) or `disc`; `long` stretches it."""

    x: float
    y: float
    radius_m: float
    turn: float
    long: float
    form: str
    seed: int

    def arrival(self, floor_x: Field, floor_y: Field) -> Field:
        """When each point is reached; far points are reached never (> 1)."""
        c, s = math.cos(self.turn), math.sin(self.turn)
        dx, dy = floor_x - self.x, floor_y - self.y
        x = np.clip((c * dx + s * dy) / (self.radius_m * self.long), -9, 9)
        y = np.clip((c * dy - s * dx) / (self.radius_m / self.long), -9, 9)
        if self.form == "slab":
            return np.asarray(np.maximum(np.abs(x), np.abs(y)), np.float64)
        if self.form == "disc":
            return np.asarray(np.hypot(x, y), np.float64)
        return self._liquid(x, y)

    def _liquid(self, x: Field, y: Field) -> Field:
        rng = np.random.default_rng(self.seed)
        rough = rng.uniform(0.05, 0.25)
        x = x + rough * wobble(rng, x, y, 0.9) + 0.15 * rough * wobble(rng, x, y, 3.5)
        y = y + rough * wobble(rng, x, y, 0.9) + 0.15 * rough * wobble(rng, x, y, 3.5)
        out = np.hypot(x, y) / _outline(rng, np.arctan2(y, x))
        for _ in range(int(rng.integers(0, 4))):  # pools that run together
            px, py, wide = rng.normal(0, 0.5), rng.normal(0, 0.5), rng.uniform(0.3, 0.8)
            out = np.minimum(out, 0.25 + np.hypot(x - px, y - py) / wide)
        for _ in range(int(rng.choice([0, 0, 1, 2, 3]))):  # runs that go off along a joint or slope
            out = np.minimum(out, _run(rng, x, y))
        for _ in range(int(rng.choice([0, 0, 2, 5, 9]))):  # splashes
            angle, away = rng.uniform(0, 2 * math.pi), rng.uniform(1.0, 1.9)
            wide, start = rng.uniform(0.02, 0.13), rng.uniform(0.05, 0.6)
            gap = np.hypot(x - away * math.cos(angle), y - away * math.sin(angle))
            out = np.minimum(out, start + (1 - start) * gap / wide)
        return np.asarray(out, np.float64)


def wobble(rng: np.random.Generator, x: Field, y: Field, fine: float) -> Field:
    """Smooth noise at floor points, deviation 1; `fine` is how many features per unit."""
    field = texture.noise(rng, 128, 2.2)
    scale = 128 * fine / 8.0
    across = ((x * scale) % 128).astype(np.float32)
    down = ((y * scale) % 128).astype(np.float32)
    wide = np.pad(field, ((0, 1), (0, 1)), mode="wrap")
    return np.asarray(cv2.remap(wide, across, down, cv2.INTER_LINEAR), np.float64)


def _outline(rng: np.random.Generator, angle: Field) -> Field:
    out = np.ones_like(angle)
    for order in range(2, 8):
        out += rng.normal(0, 0.22 / order) * np.cos(order * angle + rng.uniform(0, 2 * math.pi))
    return np.maximum(out, 0.35)


def _run(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """A tongue that leaves the pool, bends a little, and ends in a drop."""
    angle, long, wide = rng.uniform(0, 2 * math.pi), rng.uniform(1.1, 2.0), rng.uniform(0.08, 0.22)
    c, s = math.cos(angle), math.sin(angle)
    along, across = c * x + s * y, c * y - s * x
    across = across + rng.uniform(-0.25, 0.25) * along**2 + 0.05 * wobble(rng, x, y, 2.0)
    share = np.clip(along / long, 0, 1)
    thick = wide * (1.3 - 0.5 * share + 0.3 * share**6)
    beyond = np.maximum(along - long, 0) + np.maximum(-along, 0)
    return np.asarray(0.8 * share + 0.2 * np.hypot(across, beyond) / thick, np.float64)
