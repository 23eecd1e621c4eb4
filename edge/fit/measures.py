"""What one picture tells of the camera that took it, whatever it shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb

Grey = NDArray[np.uint8]  # H×W


@dataclass(frozen=True)
class Measures:
    """`grey` is the picture's brightness, H×W uint8. Shares are of all pixels, 0–1: `black` and
    `white` show nothing at all, `changed` differ from the picture before (1 without one)."""

    grey: Grey
    luma: float
    black: float
    white: float
    changed: float


def measure(rgb: Rgb, before: Measures | None = None) -> Measures:
    """Of one picture, H×W×3 uint8, and the measures of the one before it."""
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    counts = np.bincount(grey.ravel(), minlength=256) / grey.size
    changed = 1.0
    if before is not None and before.grey.shape == grey.shape:
        changed = cv2.countNonZero(cv2.absdiff(grey, before.grey)) / grey.size
    luma = float(counts @ np.arange(256))
    return Measures(grey, luma, float(counts[:24].sum()), float(counts[250:].sum()), changed)
