"""A drawn room with a sensor's noise: what the camera of these tests sees."""

from __future__ import annotations

import cv2
import numpy as np

from edge.core.types import Rgb

NS = 1_000_000_000


def room(seed: int, *, light: float = 1.0, shape: int = 7) -> Rgb:
    """360×640×3; `seed` is of the noise, `shape` of the furniture."""
    rng = np.random.default_rng(shape)
    view = np.full((360, 640, 3), 150, np.float32)
    view[200:] = 105
    for _ in range(26):
        x, y = int(rng.integers(0, 600)), int(rng.integers(20, 330))
        w, h = (int(v) for v in rng.integers(14, 90, 2))
        colour = tuple(float(v) for v in rng.uniform(20, 235, 3))
        cv2.rectangle(view, (x, y), (x + w, y + h), colour, -1)
        cv2.line(view, (x, y), (x + w, y + h), (30.0, 30.0, 30.0), 2)
    noise = np.random.default_rng(seed).normal(0, 2.5, view.shape)
    return np.clip(view * light + noise, 0, 255).astype(np.uint8)
