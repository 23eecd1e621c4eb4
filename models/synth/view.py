"""Where the camera hangs so that it sees what happens, and what its lens does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.actor import Actor
from models.synth.physics import mujoco
from models.synth.plane import Eye, look_at, project
from models.synth.room import Room


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
        score = seen(eye, [focus, *points], actor) if actor else 1.0
        if best is None or score > best[0]:
            best = (score, eye)
        if score > 0.8:
            break
    if best is None:  # a room too small for any rule: its corner
        corner = (0.45 * room.width_m, 0.45 * room.depth_m, room.height_m - 0.3)
        return look_at(corner, (0, 0, 0.5), 70.0)
    return best[1]


def seen(eye: Eye, points: list[NDArray[np.float64]], actor: Actor) -> float:
    """Share of the points in the picture with nothing before them; the first counts most."""
    groups = np.array([1, 1, 1, 0, 1, 1], np.uint8)  # group 3 is the body itself
    hit, total = 0.0, 0.0
    for number, point in enumerate(points):
        weight = 3.0 if number == 0 else 1.0
        total += weight
        at = project(eye, point, 16 / 9)
        if at is None or not (0.08 < at[0] < 0.92 and 0.08 < at[1] < 0.92):
            continue
        ray, geom = np.asarray(point - np.array(eye.position)), np.zeros(1, np.int32)
        start = np.array(eye.position)
        gone = mujoco.mj_ray(actor.model, actor.data, start, ray, groups, 1, -1, geom)
        # What lies within a limb's thickness of the point is the point's own limb or its support.
        clear = gone < 0 or gone * np.linalg.norm(ray) > np.linalg.norm(ray) - 0.12
        hit += weight if clear else 0.0
    return hit / total
