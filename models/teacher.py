"""The turning teacher: finds lying people with a network that only knows standing ones.

The COCO weights know people from upright web photographs. Someone on the floor is often missed in
the picture as it is and found once it is turned by a quarter. So every picture is looked at
straight and turned both ways, and where a turned look is the surer one, the person lies.
Used for boxes on clips that have none; never shipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.backends.runtime import ort
from edge.core.types import Rgb

MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255.0
STD = np.array([0.229, 0.224, 0.225], np.float32) * 255.0
LONG_SIDE_PX = 640
STRIDES = (8, 16, 32)
TURNS = (0, 1, 3)  # quarter turns anticlockwise, as np.rot90 counts them
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """One person the teacher found. The box is `x, y, w, h` in pixels of the straight picture;
    `straight` and `turned` are the best scores (0–1) of the looks that agree on it."""

    x: float
    y: float
    w: float
    h: float
    straight: float
    turned: float

    @property
    def score(self) -> float:
        """The surer of both looks."""
        return max(self.straight, self.turned)


class Teacher:
    """Wraps `pretrained/yolox_nano_coco/yolox_nano_coco.onnx`; raises what ONNX Runtime raises
    when the file is not there."""

    def __init__(self, weights: Path, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(str(weights), options, ["CPUExecutionProvider"])

    def look(self, rgb: Rgb, score_min: float = 0.1) -> tuple[Seen, ...]:
        """All people in an H×W×3 picture, best first, looked at straight and turned."""
        height, width = rgb.shape[:2]
        boxes, scores, turned = [], [], []
        for turn in TURNS:
            found, sure = self._people(np.ascontiguousarray(np.rot90(rgb, turn)), score_min)
            boxes.append(turn_back(found, turn, width, height))
            scores.append(sure)
            turned.append(np.full(len(sure), turn != 0))
        return _merge(np.concatenate(boxes), np.concatenate(scores), np.concatenate(turned))

    def _people(self, rgb: Rgb, score_min: float) -> tuple[Floats, Floats]:
        """Person boxes (n×4, x y w h in pixels of this picture) and scores, before merging."""
        scale = LONG_SIDE_PX / max(rgb.shape[:2])
        size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else 1)
        padded = np.full((-(-size[1] // 32) * 32, -(-size[0] // 32) * 32, 3), 114, np.uint8)
        padded[: size[1], : size[0]] = small
        images = ((padded.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)[None]
        raw = np.asarray(self._session.run(None, {"images": images})[0], np.float32)[0]
        score = raw[:, 4] * raw[:, 5]
        keep = score >= score_min
        cells, strides = cell_grid(padded.shape[0], padded.shape[1])
        centre = (raw[keep, :2] + cells[keep]) * strides[keep, None] / scale
        extent = np.exp(raw[keep, 2:4]) * strides[keep, None] / scale
        return np.hstack([centre - extent / 2, extent]).astype(np.float32), score[keep]


def cell_grid(height_px: int, width_px: int) -> tuple[Floats, Floats]:
    """For every output row of the network: the cell's column and row (A×2), and its stride (A)."""
    cells, strides = [], []
    for stride in STRIDES:
        rows, columns = np.mgrid[: height_px // stride, : width_px // stride]
        cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        strides.append(np.full(rows.size, stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def turn_back(boxes: Floats, turn: int, width: int, height: int) -> Floats:
    """Boxes found in `np.rot90(picture, turn)`, in pixels of the straight width×height picture."""
    x, y, w, h = boxes.T
    if turn == 0:
        return boxes
    if turn == 1:  # turned row is width − 1 − x, turned column is y
        return np.stack([width - y - h, x, h, w], axis=1)
    if turn == 3:  # turned row is x, turned column is height − 1 − y
        return np.stack([y, height - x - w, h, w], axis=1)
    raise ValueError(f"a turn of {turn} quarters is not looked at")


def overlap(one: Floats, many: Floats) -> Floats:
    """Intersection over union of one box (4) with many (n×4), all `x, y, w, h`."""
    left = np.maximum(one[0], many[:, 0])
    top = np.maximum(one[1], many[:, 1])
    right = np.minimum(one[0] + one[2], many[:, 0] + many[:, 2])
    bottom = np.minimum(one[1] + one[3], many[:, 1] + many[:, 3])
    shared = np.clip(right - left, 0, None) * np.clip(bottom - top, 0, None)
    union = one[2] * one[3] + many[:, 2] * many[:, 3] - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def _merge(boxes: Floats, scores: Floats, turned: NDArray[np.bool_]) -> tuple[Seen, ...]:
    """One `Seen` for each cluster of boxes that overlap the surest of them by half."""
    people = []
    left = np.argsort(-scores)
    while len(left):
        best = left[0]
        same = overlap(boxes[best], boxes[left]) > 0.45
        mine = left[same]
        straight = scores[mine][~turned[mine]].max(initial=0.0)
        lying = scores[mine][turned[mine]].max(initial=0.0)
        x, y, w, h = (float(v) for v in boxes[best])
        people.append(Seen(x, y, w, h, float(straight), float(lying)))
        left = left[~same]
    return tuple(people)
