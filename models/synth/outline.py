"""Outlines that liquids take on floors, as when each point is reached: 0 at the start, 1 at last.

Each takes points x, y in radii of the patch, turned to it, and a random generator that draws the
same numbers for every frame of a clip.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import texture

Field = NDArray[np.float64]
Outline = Callable[[np.random.Generator, Field, Field], Field]


def blob(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """A ragged puddle, at times with runs and a few splashes."""
    rough = rng.uniform(0.05, 0.25)
    x = x + rough * wobble(rng, x, y, 0.9) + 0.15 * rough * wobble(rng, x, y, 3.5)
    y = y + rough * wobble(rng, x, y, 0.9) + 0.15 * rough * wobble(rng, x, y, 3.5)
    out = np.hypot(x, y) / _round(rng, np.arctan2(y, x))
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


def pool(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """A thick liquid's smooth puddle: round lobes that have run together."""
    rough = rng.uniform(0.03, 0.12)
    x = x + rough * wobble(rng, x, y, 0.6)
    y = y + rough * wobble(rng, x, y, 0.6)
    keen = rng.uniform(3.0, 7.0)
    sum_ = np.exp(-keen * np.hypot(x, y) / _round(rng, np.arctan2(y, x), 0.12))
    for _ in range(int(rng.integers(0, 4))):
        angle, away = rng.uniform(0, 2 * math.pi), rng.uniform(0.5, 1.3)
        gap = np.hypot(x - away * math.cos(angle), y - away * math.sin(angle))
        sum_ = sum_ + np.exp(-keen * np.clip(1 + (gap - rng.uniform(0.3, 0.7)), 0, 9))
    return np.asarray(np.maximum(-np.log(sum_) / keen, 0), np.float64)


def pour(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """A puddle and the long trail in which it was poured or ran down a slope."""
    out = pool(rng, 1.4 * x, 1.4 * y)
    for _ in range(int(rng.choice([1, 1, 2]))):
        out = np.minimum(out, _run(rng, x, y, (1.6, 3.6), (0.1, 0.45)))
    return out


def splash(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """What fell from a height: a puddle with drops and streaks flung away from it."""
    out = blob(rng, 1.3 * x, 1.3 * y)
    far = np.hypot(x, y)
    heading = rng.uniform(0, 2 * math.pi)
    narrow = rng.uniform(0.4, math.pi)  # all around, or to one side
    for _ in range(int(rng.integers(8, 36))):
        angle, away = heading + rng.uniform(-narrow, narrow), 0.75 + rng.exponential(0.5)
        wide = rng.uniform(0.015, 0.11) / away**0.5
        c, s = math.cos(angle), math.sin(angle)
        along, across = (c * x + s * y - away) / rng.uniform(1.0, 5.0), c * y - s * x
        start = rng.uniform(0.05, 0.5)
        out = np.minimum(out, start + (1 - start) * np.hypot(along, across) / wide)
    return np.asarray(np.where(far < 4, out, 9.0), np.float64)


def drips(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """A line of drops, as somebody carrying something that leaks leaves behind."""
    out = np.full_like(x, 9.0)
    count = int(rng.integers(4, 14))
    bend = rng.uniform(-0.4, 0.4)
    for n in range(count):
        at = 2.4 * (n / (count - 1) - 0.5) + rng.normal(0, 0.06)
        side = bend * at * at + rng.normal(0, 0.08)
        wide = float(np.clip(rng.lognormal(-2.0, 0.5), 0.05, 0.35))
        gap = np.hypot((x - at) / rng.uniform(1.0, 1.6), y - side)
        out = np.minimum(out, 0.9 * n / count + (1 - 0.9 * n / count) * gap / wide)
    return np.asarray(out, np.float64)


def tracks(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """A puddle and the wet lines that wheels, soles or a mop have drawn out of it."""
    out = blob(rng, 1.5 * x, 1.5 * y)
    apart, wide = rng.uniform(0.15, 0.6), rng.uniform(0.04, 0.14)
    reach, bend = rng.uniform(1.5, 3.5), rng.uniform(-0.15, 0.15)
    side = y - bend * x * x
    broken = 0.5 * wobble(rng, x, y, 2.5) if rng.random() < 0.6 else np.zeros_like(x)
    for lane in (-apart, apart)[: int(rng.integers(1, 3))]:
        gone = np.clip(x / reach, 0, 1)
        thin = wide * np.clip(1.1 - 0.7 * gone - broken * gone, 0.02, 2)
        beyond = np.maximum(x - reach, 0) + np.maximum(-x, 0)
        out = np.minimum(out, 0.8 * gone + 0.2 * np.hypot(side - lane, beyond) / thin)
    return np.asarray(out, np.float64)


def pillow(_: np.random.Generator, x: Field, y: Field) -> Field:
    """A stuffed rectangle: straight sides, round corners."""
    return np.asarray((np.abs(x) ** 3.5 + np.abs(y) ** 3.5) ** (1 / 3.5), np.float64)


OUTLINES: dict[str, Outline] = {
    "blob": blob, "pool": pool, "pour": pour, "splash": splash, "drips": drips, "tracks": tracks,
    "pillow": pillow,
    "slab": lambda _, x, y: np.maximum(np.abs(x), np.abs(y)),
    "disc": lambda _, x, y: np.hypot(x, y),
}  # fmt: skip


def wobble(rng: np.random.Generator, x: Field, y: Field, fine: float) -> Field:
    """Smooth noise at floor points, deviation 1; `fine` is how many features per unit."""
    field = texture.noise(rng, 128, 2.2)
    scale = 128 * fine / 8.0
    across = ((x * scale) % 128).astype(np.float32)
    down = ((y * scale) % 128).astype(np.float32)
    wide = np.pad(field, ((0, 1), (0, 1)), mode="wrap")
    return np.asarray(cv2.remap(wide, across, down, cv2.INTER_LINEAR), np.float64)


def _round(rng: np.random.Generator, angle: Field, uneven: float = 0.22) -> Field:
    out = np.ones_like(angle)
    for order in range(2, 8):
        out += rng.normal(0, uneven / order) * np.cos(order * angle + rng.uniform(0, 2 * math.pi))
    return np.maximum(out, 0.35)


def _run(
    rng: np.random.Generator, x: Field, y: Field,
    long_range: tuple[float, float] = (1.1, 2.0), wide_range: tuple[float, float] = (0.08, 0.22),
) -> Field:  # fmt: skip
    """A tongue that leaves the pool, bends a little, and ends in a drop."""
    angle, long, wide = (
        rng.uniform(0, 2 * math.pi),
        rng.uniform(*long_range),
        rng.uniform(*wide_range),
    )
    c, s = math.cos(angle), math.sin(angle)
    along, across = c * x + s * y, c * y - s * x
    across = across + rng.uniform(-0.25, 0.25) * along**2 + 0.05 * wobble(rng, x, y, 2.0)
    share = np.clip(along / long, 0, 1)
    thick = wide * (1.3 - 0.5 * share + 0.3 * share**6)
    beyond = np.maximum(along - long, 0) + np.maximum(-along, 0)
    return np.asarray(0.8 * share + 0.2 * np.hypot(across, beyond) / thick, np.float64)
