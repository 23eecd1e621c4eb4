"""One training view of a picture: a random crop at a random scale, under another camera's eye."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models.labels import CELL_PX, Labelled

PAD = 114
SEEN_MIN = 0.4  # less of a person than this in the crop is nobody to learn from
Mask = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """A crop: `rgb` S×S×3 uint8; `people` n×5 float32 (cx, cy, w, h in its pixels, state);
    `spill` the liquid's share of each stride-8 cell."""

    rgb: Rgb
    people: NDArray[np.float32]
    spill: Mask


def view(
    rgb: Rgb,
    people: tuple[Labelled, ...],
    spill: NDArray[np.uint8] | None,
    side_px: int,
    rng: np.random.Generator,
) -> View:
    """Crop, scale, mirror and disturb one picture. `spill` is H×W, 255 where liquid is."""
    height, width = rgb.shape[:2]
    boxes = np.array(
        [(p.cx * width, p.cy * height, p.w * width, p.h * height, p.state) for p in people],
        np.float32,
    ).reshape(-1, 5)
    focus, scale = _aim(boxes, spill, (width, height), side_px, rng)
    mirror = rng.random() < 0.5
    move = _move(focus, scale, mirror, side_px, rng)
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
    return View(disturb(np.asarray(crop, np.uint8), rng), _moved(boxes, move, side_px), share)


def _aim(
    boxes: NDArray[np.float32],
    spill: NDArray[np.uint8] | None,
    size: tuple[int, int],
    side_px: int,
    rng: np.random.Generator,
) -> tuple[tuple[float, float], float]:
    """Where the crop's middle looks, and the scale: mostly at someone, or at the liquid."""
    width, height = size
    if spill is not None and rng.random() < 0.6:
        rows, columns = np.nonzero(spill[::8, ::8] > 127)
        if len(rows):
            pick = rng.integers(len(rows))
            return (columns[pick] * 8.0, rows[pick] * 8.0), float(np.exp(rng.uniform(-0.7, 0.6)))
    if len(boxes) and rng.random() < 0.85:
        lying = np.where(boxes[:, 4] >= 2, 3.0, 1.0)
        x, y, w, h = boxes[rng.choice(len(boxes), p=lying / lying.sum()), :4]
        long_side = float(np.exp(rng.uniform(np.log(32), np.log(0.85 * side_px))))
        scale = float(np.clip(long_side / max(w, h, 1.0), 0.4, 2.0))
        return (float(x), float(y)), scale
    scale = float(np.exp(rng.uniform(-0.8, 0.4)))
    return (float(rng.uniform(0.2, 0.8) * width), float(rng.uniform(0.2, 0.8) * height)), scale


def _move(
    focus: tuple[float, float], scale: float, mirror: bool, side_px: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The 2×3 transform that puts `focus` somewhere in the middle of the crop."""
    x, y = (side_px * rng.uniform(0.3, 0.7) for _ in range(2))
    angle = np.deg2rad(rng.normal(0, 3))
    stretch = float(np.exp(rng.normal(0, 0.06)))
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[c * stretch, -s], [s * stretch, c]])
    if mirror:
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


def _moved(
    boxes: NDArray[np.float32], move: NDArray[np.float64], side_px: int
) -> NDArray[np.float32]:
    """Boxes under the transform, cut to the crop; those mostly outside are dropped."""
    if not len(boxes):
        return boxes
    extent = np.abs(move[:, :2]) @ boxes[:, 2:4].T * np.array([[0.97], [0.97]])
    centre = move[:, :2] @ boxes[:, :2].T + move[:, 2:]
    low = np.clip(centre - extent / 2, 0, side_px)
    high = np.clip(centre + extent / 2, 0, side_px)
    kept = high - low
    whole = np.maximum(extent[0] * extent[1], 1e-6)
    ok = (kept[0] * kept[1] / whole > SEEN_MIN) & (kept.min(0) > 4)
    out = np.vstack([(low + high) / 2, kept, boxes[:, 4][None]]).T
    return np.ascontiguousarray(out[ok], np.float32)


def disturb(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Another lamp, another sensor, another encoder."""
    x = rgb.astype(np.float32)
    if rng.random() < 0.8:
        x = 255.0 * (x / 255.0) ** np.exp(rng.normal(0, 0.25))
        x = x * rng.uniform(0.65, 1.25) + rng.uniform(-15, 15)
        x = x * rng.normal(1, 0.06, 3).astype(np.float32)
    kind = rng.random()
    if kind < 0.18:  # infrared and cheap night modes
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    elif kind < 0.5:
        grey = x.mean(2, keepdims=True)
        x = grey + (x - grey) * rng.uniform(0.3, 1.4)
    if rng.random() < 0.25:
        x = np.asarray(cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.3)), np.float32)
    if rng.random() < 0.5:
        noise = rng.standard_normal(x.shape[:2], dtype=np.float32)[..., None]
        x = x + noise * rng.uniform(1, 9)
    out = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.uniform(25, 85))
        _, code = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return out
