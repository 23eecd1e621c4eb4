"""Pictures to test an engine by: drawn here, the same on every machine, wanted from nowhere.

They show rooms, people who stand and people who lie, and wet floors, so that a network has
something to find and something to doubt. Photographs would be no better: what is compared is not
whether the network is right, but whether two runtimes compute the same.
"""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.card import Card
from edge.core.types import Rgb
from edge.ports import PictureBatch

Canvas = NDArray[np.float32]
Point = tuple[float, float]
Colour = tuple[float, float, float]
_SIZE = (640, 384)  # drawn at this width and height, then scaled to the network's
_SKIN: Colour = (205, 160, 135)
_HAIR: Colour = (45, 35, 28)
_WATER: Colour = (230, 232, 238)
# Every second one lies, and some floors are wet; the eighth is empty.
_WET = (2, 6, 7)
_EMPTY = 7


def pictures(card: Card, count: int) -> PictureBatch:
    """So many different pictures of the network's size, count×H×W×3 uint8 RGB."""
    size = (card.input.width, card.input.height)
    return np.stack(
        [
            cv2.resize(_picture(number), size, interpolation=cv2.INTER_AREA)
            for number in range(count)
        ]
    ).astype(np.uint8)


@cache
def _picture(number: int) -> Rgb:
    rng = np.random.default_rng(number)
    canvas = _room(rng)
    if number % 8 != _EMPTY:
        _person(canvas, rng, lying=number % 2 == 1)
    if number % 8 in _WET:
        wet = canvas.copy()
        at = (int(rng.uniform(150, 500)), 320)
        cv2.ellipse(wet, at, (90, 32), 10, 0, 360, _WATER, -1, cv2.LINE_AA)
        canvas = 0.35 * canvas + 0.65 * wet
    soft = cv2.GaussianBlur(canvas, (0, 0), 0.8)
    return np.clip(soft, 0, 255).astype(np.uint8)


def _room(rng: np.random.Generator) -> Canvas:
    """A wall, a floor with joints that run together, light from above, and noise."""
    width, height = _SIZE
    horizon = int(height * rng.uniform(0.3, 0.45))
    floor = rng.uniform(80, 170, 3)
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:horizon] = rng.uniform(120, 210, 3)
    canvas[horizon:] = floor
    canvas *= np.linspace(0.85, 1.1, height, dtype=np.float32)[:, None, None]
    for part in range(1, 9):
        x = width * part / 9
        end = (int(width / 2 + (x - width / 2) * 2.4), height)
        cv2.line(canvas, (int(x), horizon), end, _colour(floor * 0.85), 1)
    noise = rng.normal(0, 14, canvas.shape).astype(np.float32)
    return np.asarray(canvas + 2 * cv2.GaussianBlur(noise, (0, 0), 2), np.float32)


def _person(canvas: Canvas, rng: np.random.Generator, *, lying: bool) -> None:
    x, y, tall = (
        rng.uniform(200, 440),
        290 if lying else rng.uniform(200, 250),
        rng.uniform(200, 280),
    )
    turned = rng.uniform(1.3, 1.8) * rng.choice((-1, 1)) if lying else 0.0
    shirt, trousers = _colour(rng.uniform(20, 220, 3)), _colour(rng.uniform(20, 110, 3))

    def at(across: float, down: float) -> Point:
        """Where a part of the body lies: from the hip, in heights of the person."""
        sine, cosine = math.sin(turned), math.cos(turned)
        return x + tall * (across * cosine - down * sine), y + tall * (
            across * sine + down * cosine
        )

    for side in (-1, 1):
        _limb(canvas, at(0.06 * side, 0), at(0.1 * side, 0.48), 0.12 * tall, trousers)
        _limb(canvas, at(0.13 * side, -0.33), at(0.2 * side, -0.02), 0.08 * tall, shirt)
        _limb(canvas, at(0.2 * side, -0.02), at(0.2 * side, 0.02), 0.07 * tall, _SKIN)
    _limb(canvas, at(0, -0.02), at(0, -0.3), 0.24 * tall, shirt)
    _limb(canvas, at(0, -0.36), at(0, -0.44), 0.09 * tall, _SKIN)
    for centre, colour in ((at(0, -0.5), _SKIN), (at(0, -0.54), _HAIR)):
        cv2.circle(canvas, _whole(centre), int(0.09 * tall), colour, -1, cv2.LINE_AA)


def _limb(canvas: Canvas, begin: Point, end: Point, thick: float, colour: Colour) -> None:
    cv2.line(canvas, _whole(begin), _whole(end), colour, max(1, int(thick)), cv2.LINE_AA)


def _whole(point: Point) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _colour(rgb: NDArray[np.float64]) -> Colour:
    return float(rgb[0]), float(rgb[1]), float(rgb[2])
