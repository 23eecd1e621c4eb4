"""The camera is pushed or turned. Nothing is invented at the rim: the whole clip is seen through a
window smaller than its picture, before the fault as after it, and the fault moves the window."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models.faults.drawn import fixed

_NUDGE_WINDOW, _TURN_WINDOW, _AWAY_WINDOW = 0.8, 0.6, 0.5  # of the clip's picture
_NUDGE, _TURN_DEG = 0.1, 20.0  # at strength 1: of the clip's width; degrees


def nudged(rgb: Rgb, _at_s: float, strength: float, seed: int) -> Rgb:
    """Pushed aside, by an eighth of the view's width at most."""
    angle = fixed(seed).uniform(0, 2 * np.pi)
    # Up and down there is less room than to the sides: the push is as far, the other way.
    way = np.array([np.cos(angle), 0.5 * np.sin(angle)])
    way = way / max(1e-6, np.hypot(*way)) * min(1.0, 0.95 / abs(2 * way[1] + 1e-9))
    return _window(rgb, _NUDGE_WINDOW, 0.5 + way * _NUDGE * strength)


def turned(rgb: Rgb, _at_s: float, strength: float, seed: int) -> Rgb:
    """Turned about its axis, 20 degrees at most."""
    sign = 1.0 if fixed(seed).random() < 0.5 else -1.0
    return _window(rgb, _TURN_WINDOW, np.array([0.5, 0.5]), sign * _TURN_DEG * strength)


def turned_away(rgb: Rgb, _at_s: float, strength: float, seed: int) -> Rgb:
    """Swung aside; at strength 1 nothing of the old view is left."""
    sign = 1.0 if fixed(seed).random() < 0.5 else -1.0
    return _window(rgb, _AWAY_WINDOW, np.array([0.5 - sign * (0.25 - 0.5 * strength), 0.5]))


def _window(rgb: Rgb, size: float, middle: NDArray[np.float64], degrees: float = 0.0) -> Rgb:
    """That part of the picture, as large as the picture. `middle` in fractions of it."""
    height, width = rgb.shape[:2]
    centre = (float(middle[0]) * width, float(middle[1]) * height)
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, degrees, 1 / size), np.float64)
    matrix[:, 2] += (0.5 - middle) * (width, height)
    flags = cv2.INTER_LINEAR
    out = cv2.warpAffine(rgb, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(out, np.uint8)
