"""What the network is shown at once while it learns, and who of a picture is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models.labels import CELL_PX, Labelled

PAD = 114
SEEN_MIN = 0.4  # less of a person than this in the crop is nobody to learn from
SIDE_MIN_PX = 4
SURE, ASK, LEAVE = 1.0, 0.0, -1.0
Mask = NDArray[np.float32]
People = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """A crop: `rgb` S×S×3 uint8; `people` n×5 float32 (cx, cy, w, h in its pixels, state);
    `spill` the liquid's share of each stride-8 cell; `sure` says of each cell whether who is not
    labelled is not there: SURE, ASK (another network knows better) or LEAVE (a piece of somebody
    shows there, too little to tell what they do: nothing is to be learnt)."""

    rgb: Rgb
    people: People
    spill: Mask
    sure: Mask

    def without(self, boxes: People) -> View:
        """The same with nothing to be learnt in the middle of some boxes (n×5), but of those who
        are labelled."""
        if not len(boxes):
            return self
        sure = self.sure.copy()
        for cx, cy, w, h, _ in boxes:
            x0, x1 = (round(float(cx + side * w / 2) / CELL_PX) for side in (-1, 1))
            y0, y1 = (round(float(cy + side * h / 2) / CELL_PX) for side in (-1, 1))
            sure[max(y0, 0) : max(y1, y0 + 1), max(x0, 0) : max(x1, x0 + 1)] = LEAVE
        return replace(self, sure=sure)


def in_pixels(people: Sequence[Labelled], width_px: int, height_px: int) -> People:
    """Labels of a picture of that size as n×5: cx, cy, w, h in pixels, and the state."""
    rows = [
        (p.cx * width_px, p.cy * height_px, p.w * width_px, p.h * height_px, p.state)
        for p in people
    ]  # fmt: skip
    return np.array(rows, np.float32).reshape(-1, 5)


def people_in(
    boxes: People, width_px: float, height_px: float | None = None
) -> tuple[People, People]:
    """Boxes (n×5) cut to a crop from its top left, as those one can learn from, and the pieces of
    those mostly outside."""
    if not len(boxes):
        return boxes, boxes
    side = np.array([width_px, height_px or width_px])
    low = np.clip(boxes[:, :2] - boxes[:, 2:4] / 2, 0, side)
    high = np.clip(boxes[:, :2] + boxes[:, 2:4] / 2, 0, side)
    kept = high - low
    share = kept.prod(1) / np.maximum(boxes[:, 2:4].prod(1), 1e-6)
    out = np.hstack([(low + high) / 2, kept, boxes[:, 4:]]).astype(np.float32)
    there = kept.min(1) > SIDE_MIN_PX
    return out[there & (share > SEEN_MIN)], out[there & (share <= SEEN_MIN)]
