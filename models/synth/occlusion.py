"""Corners and contacts darken: ambient light that does not get in, guessed from depth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_RINGS_PX = (3, 7, 15)  # at the half size it is computed in
_DEEP_M = 0.3
_EDGE = 0.03  # by how much of itself inverse depth must jump to be an edge


def darken(
    rgb: NDArray[np.uint8], depth_m: NDArray[np.float32], strength: float
) -> NDArray[np.uint8]:
    """`rgb` with ambient occlusion; `depth_m` is the distance along the axis of view.

    The inverse of depth is linear over any plane in the picture, so where its mean on two
    opposite sides exceeds the middle, the surface is hollow there and gets less light.
    """
    height, width = depth_m.shape
    half = cv2.resize(1.0 / depth_m, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    small = np.asarray(half, np.float32)
    hollow = np.zeros_like(small)
    for ring in _RINGS_PX:
        for dx, dy in ((1, 0), (0, 1), (0.7, 0.7), (0.7, -0.7)):
            x, y = round(ring * dx), round(ring * dy)
            bowed = (_moved(small, x, y) + _moved(small, -x, -y)) / 2 - small
            metres = bowed / small**2
            # Far things behind near ones are not hollow: beyond the reach it counts no more.
            near = np.clip(metres / _DEEP_M, 0, 1) * np.clip(3.0 - metres / _DEEP_M, 0, 1)
            hollow += near / (4 * len(_RINGS_PX))
    soft = cv2.resize(cv2.GaussianBlur(hollow, (0, 0), 1.5), (width, height))
    dark = 1.0 - np.clip(strength * soft, 0, 0.75)
    return np.asarray(rgb * dark[..., None], np.uint8)


def smooth_edges(rgb: NDArray[np.uint8], depth_m: NDArray[np.float32]) -> NDArray[np.uint8]:
    """`rgb` drawn with one sample a pixel, softened where one thing ends before another: nearly
    what four samples give, in a tenth of their time."""
    near = cv2.Laplacian(1.0 / depth_m, cv2.CV_32F) * depth_m
    edge = cv2.dilate((np.abs(near) > _EDGE).astype(np.float32), np.ones((2, 2), np.uint8))
    share = cv2.GaussianBlur(edge, (3, 3), 0.7)[..., None]
    soft = cv2.GaussianBlur(rgb, (3, 3), 0.75)
    return np.asarray(rgb + share * (soft.astype(np.float32) - rgb), np.uint8)


def _moved(field: NDArray[np.float32], x: int, y: int) -> NDArray[np.float32]:
    height, width = field.shape
    rows = np.clip(np.arange(height) + y, 0, height - 1)
    columns = np.clip(np.arange(width) + x, 0, width - 1)
    return np.asarray(field[rows][:, columns], np.float32)
