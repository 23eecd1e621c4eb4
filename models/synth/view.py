"""Where the camera hangs, what its lens does, and where the floor lies in its picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.actor import Actor
from models.synth.physics import mujoco
from models.synth.room import Room
from models.synth.stage import Eye

Point3 = tuple[float, float, float]


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
        grid = np.stack([*np.meshgrid(u, v), np.ones((height, width))], -1) @ self.to_floor.T
        w = np.where(grid[..., 2] > 1e-6, grid[..., 2], 1e-6)
        return grid[..., 0] / w, grid[..., 1] / w


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


@dataclass(frozen=True)
class Lens:
    """A wide lens's barrel distortion; `bend` 0 is none, 0.3 strong."""

    bend: float

    def warp(self, picture: NDArray[np.generic], exact: bool = False) -> NDArray[np.generic]:
        """The straight picture as this lens shows it; `exact` keeps values unmixed (labels)."""
        if self.bend < 0.01:
            return picture
        height, width = picture.shape[:2]
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        dx, dy = x - (width - 1) / 2, y - (height - 1) / 2
        r2 = (dx**2 + dy**2) / ((width / 2) ** 2 + (height / 2) ** 2)
        scale = (1 + self.bend * r2) / (1 + self.bend)
        map_x = ((width - 1) / 2 + dx * scale).astype(np.float32)
        map_y = ((height - 1) / 2 + dy * scale).astype(np.float32)
        how = cv2.INTER_NEAREST if exact else cv2.INTER_LINEAR
        return cv2.remap(np.asarray(picture), map_x, map_y, how, borderMode=cv2.BORDER_REPLICATE)


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


def draw_eye(room: Room, actor: Actor | None, rng: np.random.Generator) -> Eye:
    """A camera on or near a wall that sees the actor's last place (or the middle of the room)."""
    best: tuple[float, Eye] | None = None
    track = actor.track if actor else []
    focus = track[-1][:3] if track else np.array([0.0, 0.0, 0.3])
    points = [track[i][:3] for i in np.linspace(0, len(track) - 1, 5).astype(int)] if track else []
    for _ in range(60):
        high = min(4.0, room.height_m - 0.12)
        at = (
            (rng.beta(0.5, 0.5) - 0.5) * (room.width_m - 0.3),
            (rng.beta(0.5, 0.5) - 0.5) * (room.depth_m - 0.3),
            1.2 + (high - 1.2) * rng.uniform(0, 1) ** 0.6,
        )
        gap = math.dist(at[:2], focus[:2])
        target = (
            focus[0] + rng.normal(0, 0.12 * gap),
            focus[1] + rng.normal(0, 0.12 * gap),
            rng.uniform(0.2, 1.1),
        )
        roll = rng.normal(0, 2) if rng.random() < 0.8 else rng.normal(0, 6)
        if not 1.6 < gap < 12 or (at[2] < 2.1 and not room.free(at[0], at[1], 0.1)):
            continue
        eye = look_at(at, target, float(rng.uniform(38, 75)), float(roll))
        score = _seen(eye, [focus, *points], actor) if actor else 1.0
        if best is None or score > best[0]:
            best = (score, eye)
        if score > 0.8:
            break
    if best is None:  # a room too small for any rule: its corner
        corner = (0.45 * room.width_m, 0.45 * room.depth_m, room.height_m - 0.3)
        return look_at(corner, (0, 0, 0.5), 70.0)
    return best[1]


def _seen(eye: Eye, points: list[NDArray[np.float64]], actor: Actor | None) -> float:
    """Share of the points in the picture with nothing before them; the first counts most."""
    assert actor is not None
    ahead = np.cross(eye.up, eye.right)
    half = math.tan(math.radians(eye.fovy_deg) / 2)
    groups = np.array([1, 1, 1, 0, 1, 1], np.uint8)  # group 3 is the body itself
    hit, total = 0.0, 0.0
    for number, point in enumerate(points):
        weight = 3.0 if number == 0 else 1.0
        total += weight
        ray = np.asarray(point, np.float64) - np.array(eye.position)
        deep = float(ray @ ahead)
        if deep < 0.5:
            continue
        u, v = (
            float(ray @ np.array(eye.right)) / deep / half,
            float(ray @ np.array(eye.up)) / deep / half,
        )
        if abs(u) > 1.5 or abs(v) > 0.85:
            continue
        geom = np.zeros(1, np.int32)
        gone = mujoco.mj_ray(
            actor.model, actor.data, np.array(eye.position), ray, groups, 1, -1, geom
        )
        hit += weight if gone < 0 or gone > 0.93 else 0.0
    return hit / total


def _triple(values: NDArray[np.float64]) -> Point3:
    return float(values[0]), float(values[1]), float(values[2])
