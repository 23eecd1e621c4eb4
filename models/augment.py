"""One training view of a picture: a random crop at a random scale, under another camera's eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models import hidden
from models.crop import PAD, Mask, View, in_pixels, people_in
from models.disturb import disturb
from models.labels import CELL_PX, STATES, UNKNOWN, Labelled

# A picture on its side shows people on their feet as people lying: with 80 people in a hundred on
# their feet in what can be had, this is where most looks of bodies lying come from.
TURNED_SHARE = 0.08
TURNS_DEG = (
    (90.0, 20.0, 0.75),
    (180.0, 25.0, 0.15),
    (60.0, 10.0, 0.1),
)  # about, give or take, odds
HIDDEN_SHARE = 0.12
CUT_SHARE = 0.12
UPRIGHT, LOW, DOWN = (STATES.index(name) for name in ("upright", "low", "down"))


def view(
    rgb: Rgb,
    people: tuple[Labelled, ...],
    spill: NDArray[np.uint8] | None,
    side_px: int,
    rng: np.random.Generator,
    *,
    sure: bool = False,
) -> View:
    """Crop, scale, turn, mirror and disturb one picture. `spill` is H×W, 255 where liquid is."""
    height, width = rgb.shape[:2]
    boxes = in_pixels(people, width, height)
    focus, scale = _aim(boxes, spill, (width, height), side_px, rng)
    angle = float(rng.normal(0, 3))
    if _may_turn(boxes) and rng.random() < TURNED_SHARE:
        angle += _turn(rng)
        boxes[:, 4] = np.where(boxes[:, 4] == UPRIGHT, DOWN, UNKNOWN)
    move = _move(focus, scale, np.deg2rad(angle), side_px, rng)
    move[:, 2] += _inside(move, (width, height), side_px, rng)
    how = cv2.INTER_LINEAR
    source = rgb
    if scale < 0.6:  # or fine patterns would alias in a way no camera shows
        source = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.4 / scale), np.uint8)
    crop = cv2.warpAffine(source, move, (side_px, side_px), flags=how, borderValue=(PAD, PAD, PAD))
    cells = side_px // CELL_PX
    share: Mask = np.zeros((cells, cells), np.float32)
    if spill is not None:
        warped = cv2.warpAffine(spill, move, (side_px, side_px), flags=how)
        small = cv2.resize(warped, (cells, cells), interpolation=cv2.INTER_AREA)
        share = np.asarray(small, np.float32) / 255.0
    known: Mask = np.full_like(share, float(sure))
    inside, partly = people_in(_moved(boxes, move), side_px)
    seen = View(np.asarray(crop, np.uint8), inside, share, known).without(partly)
    seen = _hidden(seen, rng)
    return replace(seen, rgb=disturb(seen.rgb, rng))


def _hidden(seen: View, rng: np.random.Generator) -> View:
    """Now and then a part of somebody behind a thing, or beyond the picture's edge."""
    chance = rng.random()
    if not len(seen.people) or chance >= HIDDEN_SHARE + CUT_SHARE:
        return seen
    return hidden.hide(seen, rng) if chance < HIDDEN_SHARE else hidden.cut(seen, rng)


def _may_turn(boxes: NDArray[np.float32]) -> bool:
    """Whether everybody is on their feet or sits: a lying body turned may stand or lie."""
    return bool(len(boxes)) and bool((boxes[:, 4] <= LOW).all() and (boxes[:, 4] == UPRIGHT).any())


def _turn(rng: np.random.Generator) -> float:
    """Degrees that lay a standing person down."""
    about, spread, _ = TURNS_DEG[int(rng.choice(len(TURNS_DEG), p=[t[2] for t in TURNS_DEG]))]
    return float(rng.choice([-1, 1])) * (about + float(rng.uniform(-spread, spread)))


def mosaic(views: Sequence[View]) -> View:
    """Four views of half the side as one: small people, and many."""
    half = views[0].rgb.shape[0]
    shifts = [(0, 0), (half, 0), (0, half), (half, half)]
    people = [
        v.people + np.array([*shift, 0, 0, 0], np.float32)
        for v, shift in zip(views, shifts, strict=True)
    ]
    return View(
        np.asarray(_tiled([v.rgb for v in views]), np.uint8),
        np.concatenate(people).astype(np.float32),
        _tiled([v.spill for v in views]),
        _tiled([v.sure for v in views]),
    )


def _tiled(maps: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.vstack([np.hstack(maps[:2]), np.hstack(maps[2:])])


def _aim(
    boxes: NDArray[np.float32],
    spill: NDArray[np.uint8] | None,
    size: tuple[int, int],
    side_px: int,
    rng: np.random.Generator,
) -> tuple[tuple[float, float], float]:
    """Where the crop's middle looks, and the scale: mostly at someone, or at the liquid."""
    width, height = size
    least = 0.9 * side_px / max(size)  # or most of the crop were padding
    if spill is not None and rng.random() < 0.6:
        rows, columns = np.nonzero(spill[::8, ::8] > 127)
        if len(rows):
            pick = rng.integers(len(rows))
            scale = max(least, float(np.exp(rng.uniform(-0.7, 0.6))))
            return (columns[pick] * 8.0, rows[pick] * 8.0), scale
    if len(boxes) and rng.random() < 0.85:
        lying = np.where(boxes[:, 4] >= 2, 3.0, 1.0)
        x, y, w, h = boxes[rng.choice(len(boxes), p=lying / lying.sum()), :4]
        long_side = float(np.exp(rng.uniform(np.log(22), np.log(0.85 * side_px))))
        scale = float(np.clip(long_side / max(w, h, 1.0), least, 2.0))
        return (float(x), float(y)), scale
    scale = max(least, float(np.exp(rng.uniform(-0.8, 0.4))))
    return (float(rng.uniform(0.2, 0.8) * width), float(rng.uniform(0.2, 0.8) * height)), scale


def _move(
    focus: tuple[float, float], scale: float, angle: float, side_px: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The 2×3 transform that puts `focus` somewhere in the middle of the crop, turned by `angle`
    radians, mirrored every other time."""
    x, y = (side_px * rng.uniform(0.3, 0.7) for _ in range(2))
    stretch = float(np.exp(rng.normal(0, 0.06)))
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[c * stretch, -s], [s * stretch, c]])
    if rng.random() < 0.5:
        turn[:, 0] *= -1
    shift = np.array([x, y]) - turn @ np.array(focus)
    return np.hstack([turn, shift[:, None]])


def _inside(
    move: NDArray[np.float64], size: tuple[int, int], side_px: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The shift that keeps padding out of a crop the picture can fill, and elsewhere mostly puts
    the picture top left, as the network meets it."""
    corners = np.array([[0, size[0], 0, size[0]], [0, 0, size[1], size[1]]], np.float64)
    there = move[:, :2] @ corners + move[:, 2:]
    low, high = there.min(1), there.max(1)
    room = side_px - (high - low)
    inside = np.where(low > 0, -low, np.where(high < side_px, side_px - high, 0.0))
    return np.where(room <= 0, inside, rng.choice([0.0, rng.uniform()]) * room - low)


def _moved(boxes: NDArray[np.float32], move: NDArray[np.float64]) -> NDArray[np.float32]:
    """Boxes under the transform."""
    # A body fills its box neither to the corners nor as an ellipse: the mean of both, turned.
    sides = boxes[:, 2:4].T
    corners, ellipse = np.abs(move[:, :2]) @ sides, np.sqrt(move[:, :2] ** 2 @ sides**2)
    extent = 0.5 * corners + 0.5 * ellipse
    centre = move[:, :2] @ boxes[:, :2].T + move[:, 2:]
    return np.asarray(np.vstack([centre, extent, boxes[:, 4][None]]).T, np.float32)
