"""Cameras for training pictures: on walls, under ceilings, low, far away, and along a lying body.

One proposal after another is drawn, and the first that sees enough of the person is taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from models.synth.actor import Actor
from models.synth.physics import mujoco
from models.synth.plane import Eye, Point3, look_at, project
from models.synth.room import Room
from models.synth.view import draw_eye

Vantage = Literal["wall", "ceiling", "low", "far", "along", "half hidden"]
VANTAGES: tuple[Vantage, ...] = get_args(Vantage)
Points = NDArray[np.float64]
TRIES = 50
BONES = (
    "head",
    "chest",
    "pelvis",
    "forearm_l",
    "forearm_r",
    "shin_l",
    "shin_r",
    "foot_l",
    "foot_r",
)


def draw_vantage(rng: np.random.Generator, lying: bool, wide: bool) -> Vantage:
    """What kind of camera films; `wide` rooms are mostly filmed from afar."""
    far = 0.6 if wide else 0.08
    shares = {
        "ceiling": 0.17, "low": 0.14, "far": far, "along": 0.22 if lying else 0.0,
        "half hidden": 0.12 if lying else 0.05,
    }  # fmt: skip
    shares["wall"] = max(0.1, 1 - sum(shares.values()))
    p = np.array([shares[name] for name in VANTAGES])
    return VANTAGES[int(rng.choice(len(VANTAGES), p=p / p.sum()))]


def body_points(actor: Actor, tick: int) -> Points:
    """Where head, trunk, hands and feet are at a tick of the track, N×3 metres."""
    actor.data.qpos[:] = actor.track[tick]
    mujoco.mj_kinematics(actor.model, actor.data)
    return np.array([actor.data.body(f"p0/{bone}").xpos for bone in BONES])


def eye_for(
    room: Room, actor: Actor | None, tick: int, vantage: Vantage, rng: np.random.Generator
) -> Eye:
    """A camera of that kind which sees the actor at a tick, or as much as can be seen."""
    if actor is None:
        if vantage not in ("ceiling", "far", "low"):
            return draw_eye(room, None, rng)
        points = np.array([[*room.spot(rng, 0.3), 0.3]])
    else:
        points = body_points(actor, tick)
    least, most = (0.25, 0.7) if vantage == "half hidden" else (0.75, 1.0)
    best, eye = -1.0, None
    for _ in range(TRIES):
        proposal = _propose(room, points, vantage, rng)
        if proposal is None:
            continue
        share = visible(proposal, points, actor) if actor else 1.0
        score = min(share, 2 * most - share)
        if score > best:
            best, eye = score, proposal
        if least <= share <= most:
            return proposal
    return eye if eye is not None and best > 0.3 else draw_eye(room, actor, rng)


def visible(eye: Eye, points: Points, actor: Actor) -> float:
    """Share of the points in the picture with no furniture before them."""
    groups = np.array([1, 1, 1, 0, 1, 1], np.uint8)  # group 3 is the body itself
    start, clear = np.array(eye.position), 0
    for point in points:
        at = project(eye, point, 16 / 9)
        if at is None or not (0.03 < at[0] < 0.97 and 0.03 < at[1] < 0.97):
            continue
        ray, geom = np.asarray(point - start), np.zeros(1, np.int32)
        gone = mujoco.mj_ray(actor.model, actor.data, start, ray, groups, 1, -1, geom)
        # What lies within a limb's thickness of the point is what the body lies on.
        clear += gone < 0 or (1 - gone) * float(np.linalg.norm(ray)) < 0.12
    return clear / len(points)


def _propose(room: Room, points: Points, vantage: Vantage, rng: np.random.Generator) -> Eye | None:
    middle = points.mean(0)
    if vantage == "along":
        at, fovy = _on_axis(points, rng), float(rng.uniform(35, 75))
    elif vantage == "ceiling":
        off = rng.uniform(0, 1.6) * np.array(_way(rng.uniform(-math.pi, math.pi)))
        up = room.height_m - 0.1 if rng.random() < 0.7 else min(room.height_m - 0.1, 2.6)
        at, fovy = (middle[0] + off[0], middle[1] + off[1], up), float(rng.uniform(65, 105))
    else:
        at, fovy = _by_the_wall(room, vantage, rng), float(rng.uniform(42, 80))
        if vantage == "far":
            fovy = float(rng.uniform(60, 95))
    gap = math.dist(at[:2], middle[:2])
    if vantage != "ceiling" and not (5.0 if vantage == "far" else 1.5) < gap < 25:
        return None
    if not _inside(room, at):
        return None
    spread = {"ceiling": 0.35, "far": 0.2 * gap, "along": 0.05 * gap}.get(vantage, 0.1 * gap)
    target = (
        float(middle[0] + rng.normal(0, spread)), float(middle[1] + rng.normal(0, spread)),
        float(middle[2] + rng.uniform(-0.1, 0.5)),
    )  # fmt: skip
    if math.dist(target[:2], at[:2]) < 0.02:
        return None
    return look_at(at, target, fovy, float(rng.normal(0, 2.5)))


def _on_axis(points: Points, rng: np.random.Generator) -> Point3:
    """On the line through feet and head, before the one or the other: foreshortened."""
    axis = points[0, :2] - points[-2:, :2].mean(0)
    yaw = math.atan2(axis[1], axis[0]) + float(rng.normal(0, 0.2))
    way = np.array(_way(yaw)) * float(rng.choice([-1.0, 1.0]))
    x, y = points[:, :2].mean(0) + way * rng.uniform(1.8, 6.0)
    return float(x), float(y), float(rng.uniform(0.6, 2.4))


def _by_the_wall(room: Room, vantage: Vantage, rng: np.random.Generator) -> Point3:
    x = (rng.beta(0.4, 0.4) - 0.5) * (room.width_m - 0.3)
    y = (rng.beta(0.4, 0.4) - 0.5) * (room.depth_m - 0.3)
    high = min(5.0, room.height_m - 0.12)
    up = rng.uniform(0.9, 1.6) if vantage == "low" else 1.6 + (high - 1.6) * rng.uniform() ** 0.6
    return float(x), float(y), float(up)


def _inside(room: Room, at: Sequence[float]) -> bool:
    within = abs(at[0]) < room.width_m / 2 - 0.1 and abs(at[1]) < room.depth_m / 2 - 0.1
    return within and (at[2] > 2.1 or room.free(at[0], at[1], 0.1))


def _way(yaw: float) -> tuple[float, float]:
    return math.cos(yaw), math.sin(yaw)
