"""People cut out of pictures and laid onto the floors of others.

Nobody has photographs of people lying on two hundred different floors, but there are people and
there are floors. A person on their feet, turned and laid flat, is close enough to teach what a
lying person is; the same cut-outs are put up standing as well, so that the cut edge says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.backends.runtime import ort
from edge.core.types import Rgb
from models.labels import STATES, Labelled

CROP_PX = 256
UPRIGHT, LOW, DOWN = (STATES.index(name) for name in ("upright", "low", "down"))
Rgba = NDArray[np.uint8]


class Scissors:
    """Wraps BlazePose's segmentation (`pretrained/blazepose_lite/blazepose_lite.onnx`)."""

    def __init__(self, weights: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(str(weights), options, ["CPUExecutionProvider"])

    def cut(self, rgb: Rgb, person: Labelled) -> Rgba | None:
        """The person as a tight H×W×4 cut-out, or None where the body cannot be told clearly."""
        height, width = rgb.shape[:2]
        side = 1.3 * max(person.w * width, person.h * height)
        scale = CROP_PX / side
        shift = (CROP_PX / 2 - person.cx * width * scale, CROP_PX / 2 - person.cy * height * scale)
        move = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
        crop = cv2.warpAffine(rgb, move, (CROP_PX, CROP_PX), flags=cv2.INTER_LINEAR)
        image = (crop.astype(np.float32) / 255.0).transpose(2, 0, 1)[None]
        body, seg = self._session.run(["poseflag", "seg"], {"input": image})
        if float(np.ravel(body)[0]) < 0.8:
            return None
        alpha = 1.0 / (1.0 + np.exp(-np.clip(np.asarray(seg, np.float32)[0, 0], -30, 30)))
        solid = (alpha > 0.5).astype(np.uint8)
        parts, mask, stats, _ = cv2.connectedComponentsWithStats(solid)
        if parts < 2:
            return None
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        x, y, w, h, area = (int(v) for v in stats[largest])
        if area < 0.25 * w * h or h < 0.45 * CROP_PX:
            return None
        alpha = cv2.GaussianBlur(alpha * (mask == largest), (0, 0), 1.0)
        whole = np.dstack([crop, (alpha * 255).astype(np.uint8)])
        return np.ascontiguousarray(whole[y : y + h, x : x + w])


@dataclass(frozen=True)
class Laid:
    """A picture with one more person in it, and that person's label."""

    rgb: Rgb
    person: Labelled


Floor = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Stood:
    """Where somebody stood, in pixels of the fitted picture: the middle, the feet, how tall."""

    x: float
    foot: float
    tall: float


def lay(rgb: Rgb, figure: Rgba, state: int, floor: Floor, rng: np.random.Generator) -> Laid | None:
    """Put a cut-out onto the floor (polygons as fractions) of a picture, as large as people may be
    there; see `lay_at`."""
    height, width = rgb.shape[:2]
    middle, foot = _on_floor(floor, rng)
    tall = height * np.clip((foot - 0.2) * rng.uniform(0.5, 1.3), 0.1, 1.1)
    if state == LOW:
        tall *= 0.7
    return lay_at(rgb, figure, state, Stood(middle * width, foot * height, float(tall)), rng)


def lay_at(rgb: Rgb, figure: Rgba, state: int, at: Stood, rng: np.random.Generator) -> Laid | None:
    """Put a cut-out into a picture, as large as somebody who stands there.

    `state` is the cut-out's own unless `DOWN`, which turns it to lie at a random angle, flattened
    as a body on the floor is seen. None where it would not fit.
    """
    height, width = rgb.shape[:2]
    turned = _turn(figure, at.tall, state == DOWN, rng)
    h, w = turned.shape[:2]
    left = int(at.x - w / 2)
    top = int(at.foot) - h
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, width), min(top + h, height)
    if h < 8 or w < 8 or x1 - x0 < 0.7 * w or y1 - y0 < 0.7 * h:
        return None
    piece = turned[y0 - top : y1 - top, x0 - left : x1 - left]
    alpha = piece[..., 3:].astype(np.float32) / 255.0
    out = _shadowed(rgb, (x0, y0, x1, y1), piece[..., 3], rng)
    tone = rng.uniform(0.6, 1.25) * rng.uniform(0.93, 1.07, 3)
    body = np.clip(piece[..., :3] * tone, 0, 255)
    under = out[y0:y1, x0:x1]
    out[y0:y1, x0:x1] = (body * alpha + under * (1 - alpha)).astype(np.uint8)
    cx, cy = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height
    return Laid(out, Labelled(cx, cy, (x1 - x0) / width, (y1 - y0) / height, state))


def _on_floor(floor: Floor, rng: np.random.Generator) -> tuple[float, float]:
    """A point on the floor, as fractions; in the lower half where no floor is marked."""
    for _ in range(20):
        x, y = float(rng.uniform(0.05, 0.95)), float(rng.uniform(0.4, 0.98))
        for polygon in floor:
            corners = np.array(polygon, np.float32).reshape(-1, 1, 2)
            if cv2.pointPolygonTest(corners, (x, y), False) >= 0:
                return x, y
    return float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.7, 0.98))


def _turn(figure: Rgba, tall: float, lying: bool, rng: np.random.Generator) -> Rgba:
    """The cut-out scaled to `tall` pixels, turned and flattened when lying, cropped tight."""
    h, w = figure.shape[:2]
    scale = tall / h
    if rng.random() < 0.5:
        figure = np.ascontiguousarray(figure[:, ::-1])
    angle = rng.uniform(-10, 10)
    flat = 1.0
    if lying:
        angle = float(rng.choice([-1, 1]) * rng.uniform(35, 145))
        # seen from the side a lying body keeps its thickness; from above also its length away
        flat = rng.uniform(0.55, 1.0) if 65 < abs(angle) < 115 else rng.uniform(0.35, 0.7)
    side = int(np.ceil(scale * np.hypot(h, w))) + 4
    move = np.asarray(cv2.getRotationMatrix2D((w / 2, h / 2), angle, scale), np.float64)
    move[:, 2] += side / 2 - np.array([w / 2, h / 2])
    move[1] *= flat
    size = (side, max(4, int(side * flat)))
    how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    turned = cv2.warpAffine(figure, move, size, flags=how)
    rows = np.flatnonzero(turned[..., 3].max(1) > 60)
    columns = np.flatnonzero(turned[..., 3].max(0) > 60)
    if not len(rows) or not len(columns):
        return np.zeros((1, 1, 4), np.uint8)
    return np.asarray(turned[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.uint8)


def _shadowed(
    rgb: Rgb, where: tuple[int, int, int, int], alpha: NDArray[np.uint8], rng: np.random.Generator
) -> Rgb:
    """A copy of the picture, darkened softly under the body."""
    x0, y0, x1, y1 = where
    shade = np.zeros(rgb.shape[:2], np.float32)
    shade[y0:y1, x0:x1] = alpha.astype(np.float32) / 255.0
    shift = np.array([[1, 0, rng.uniform(-4, 4)], [0, 1, rng.uniform(1, 6)]], np.float64)
    moved = cv2.warpAffine(shade, shift, (rgb.shape[1], rgb.shape[0]))
    soft = np.asarray(cv2.GaussianBlur(moved, (0, 0), rng.uniform(2, 6)), np.float32)
    return (rgb * (1.0 - soft[..., None] * rng.uniform(0.2, 0.6))).astype(np.uint8)
