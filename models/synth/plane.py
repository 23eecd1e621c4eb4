"""A camera's geometry: where a point of the room falls in its picture, and where the floor lies.

Needs no renderer, so that spills can be painted on photographs without one. Metres, z up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point3 = tuple[float, float, float]


@dataclass(frozen=True)
class Eye:
    """Where the picture is taken from: position, orthonormal right and up axes, vertical angle."""

    position: tuple[float, float, float]
    right: tuple[float, float, float]
    up: tuple[float, float, float]
    fovy_deg: float


@dataclass(frozen=True)
class FloorPlane:
    """Where the floor lies in a picture: `to_floor` (3×3) takes (u, v, 1), fractions of the
    picture, to (X·w, Y·w, w) in metres, with w > 0 on the floor's side of the horizon. The camera
    hangs `height_m` above the point `foot`."""

    to_floor: NDArray[np.float64]
    height_m: float
    foot: tuple[float, float]

    def metres(self, height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Floor coordinates X and Y of every pixel, H×W; far away above the horizon."""
        u = (np.arange(width) + 0.5) / width
        v = (np.arange(height) + 0.5) / height
        x, y, w = (row[0] * u[None, :] + (row[1] * v + row[2])[:, None] for row in self.to_floor)
        w = np.maximum(w, 1e-6)
        return x / w, y / w

    def steepness(self, height: int, width: int) -> NDArray[np.float64]:
        """Sine of the angle at which each pixel's line of sight meets the floor, H×W."""
        x, y = self.metres(height, width)
        away = np.hypot(x - self.foot[0], y - self.foot[1])
        return np.asarray(self.height_m / np.hypot(away, self.height_m), np.float64)


def plane_of(eye: Eye, size: tuple[int, int]) -> FloorPlane:
    """The floor z = 0 as this eye sees it, its lens taken as straight."""
    half = math.tan(math.radians(eye.fovy_deg) / 2)
    right, up = np.array(eye.right), np.array(eye.up)
    ahead = np.cross(up, right)
    # A ray through (u, v) is ahead + (2u−1)·wide·right + (1−2v)·half·up.
    wide = half * size[0] / size[1]
    rays = np.stack([2 * wide * right, -2 * half * up, ahead - wide * right + half * up], 1)
    x0, y0, z0 = eye.position
    # The ray meets the floor after −z0 / ray_z, which is positive for rays that go down.
    rows = np.stack([z0 * rays[0] - x0 * rays[2], z0 * rays[1] - y0 * rays[2], -rays[2]])
    return FloorPlane(rows, z0, (x0, y0))


def plane_below(horizon: float, height_m: float, focal: float, size: tuple[int, int]) -> FloorPlane:
    """The floor seen by a level camera `height_m` above it. `horizon` is the height in the picture
    at which an endless floor would vanish, 0 at its top, negative above it; `focal` is the lens's
    focal length in picture heights, `size` the picture's (width, height)."""
    drop = (0.5 - horizon) / focal
    fovy_deg = 2 * math.degrees(math.atan(0.5 / focal))
    # The eye looks where the axis of the lens goes: down by `drop` for every metre ahead.
    return plane_of(look_at((0, 0, height_m), (10, 0, height_m - 10 * drop), fovy_deg), size)


def look_at(at: Point3, target: Point3, fovy_deg: float, roll_deg: float = 0.0) -> Eye:
    """An eye at a point looking at another, rolled about its axis."""
    ahead = np.subtract(target, at)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, (0, 0, 1))
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead)
    c, s = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    turned, lifted = c * right + s * up, c * up - s * right
    return Eye(at, _triple(turned), _triple(lifted), fovy_deg)


def project(eye: Eye, point: NDArray[np.float64], aspect: float) -> tuple[float, float] | None:
    """Where a point of the room falls in the picture, as fractions; None behind the camera."""
    ahead = np.cross(eye.up, eye.right)
    ray = np.asarray(point, np.float64) - np.array(eye.position)
    deep = float(ray @ ahead) * math.tan(math.radians(eye.fovy_deg) / 2)
    if deep <= 0.05:
        return None
    u = float(ray @ np.array(eye.right)) / deep / aspect
    v = float(ray @ np.array(eye.up)) / deep
    return 0.5 + u / 2, 0.5 - v / 2


def _triple(values: NDArray[np.float64]) -> Point3:
    return float(values[0]), float(values[1]), float(values[2])
