"""Cameras for which a body is hard to see: at its feet or head, straight above, far away, half
hidden, or so that the picture's lower edge cuts it lengthwise.

Each function proposes one camera, or none where the room has no place for it; whether what it sees
is as hard as it is meant to be is judged on the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.synth import vantage
from models.synth.actor import Actor
from models.synth.plane import Eye, look_at, project
from models.synth.room import Room
from models.synth.vantage import Points, Vantage

ASPECT = 16 / 9
HEIGHT_PX = 360
FAR_PX = (25.0, 40.0)  # the longer side of somebody far away, in a picture 360 px high
CUT_AT = (0.94, 1.0)  # how far down the picture the middle of a body lies that its edge cuts
FOVY_DEG_MAX = 100.0

Propose = Callable[[Actor, int, np.random.Generator], "Eye | None"]


def by(kind: Vantage) -> Propose:
    """One of the kinds training is drawn from."""

    def propose(actor: Actor, tick: int, rng: np.random.Generator) -> Eye | None:
        return vantage.eye_for(actor.room, actor, tick, kind, rng)

    return propose


def at_feet(actor: Actor, tick: int, rng: np.random.Generator) -> Eye | None:
    """Half a metre to a metre up, looking along the body from the feet."""
    return _on_axis(actor, tick, rng, -1.0)


def at_head(actor: Actor, tick: int, rng: np.random.Generator) -> Eye | None:
    """The same from the head."""
    return _on_axis(actor, tick, rng, 1.0)


def straight_down(actor: Actor, tick: int, rng: np.random.Generator) -> Eye | None:
    """Under the ceiling, right above the body or nearly so."""
    middle = vantage.body_points(actor, tick).mean(0)
    off, way = rng.uniform(0.05, 0.5), rng.uniform(-math.pi, math.pi)
    x, y = middle[0] + off * math.cos(way), middle[1] + off * math.sin(way)
    at = (float(x), float(y), actor.room.height_m - 0.1)
    under = (float(middle[0]), float(middle[1]), 0.0)
    return look_at(at, under, float(rng.uniform(75, FOVY_DEG_MAX)), float(rng.uniform(-180, 180)))


def cut_lengthwise(actor: Actor, tick: int, rng: np.random.Generator) -> Eye | None:
    """From the side, tilted up until the middle of the body lies on the lower edge."""
    points = vantage.body_points(actor, tick)
    middle, side = points.mean(0), _axis(points) + math.pi / 2 + rng.normal(0, 0.25)
    side += math.pi * int(rng.integers(2))
    gap, up = rng.uniform(1.6, 3.5), rng.uniform(1.3, 2.6)
    x, y = middle[0] + gap * math.cos(side), middle[1] + gap * math.sin(side)
    if not _free(actor.room, x, y, up):
        return None
    at, fovy = (float(x), float(y), float(up)), float(rng.uniform(50, 75))
    wanted = rng.uniform(*CUT_AT)
    for rise in np.linspace(0.2, 2.2, 60):
        eye = look_at(at, (float(middle[0]), float(middle[1]), float(rise)), fovy)
        spot = project(eye, middle, ASPECT)
        if spot is not None and spot[1] >= wanted:
            return eye
    return None


def far_away(actor: Actor, tick: int, rng: np.random.Generator) -> Eye | None:
    """From across a wide room, with so wide a lens that the body is `FAR_PX` long."""
    eye = vantage.eye_for(actor.room, actor, tick, "far", rng)
    spots = [project(eye, point, ASPECT) for point in vantage.body_points(actor, tick)]
    seen = np.array([spot for spot in spots if spot is not None])
    if len(seen) < len(spots):
        return None
    wide, tall = (seen.max(0) - seen.min(0)) * (ASPECT * HEIGHT_PX, HEIGHT_PX)
    grown = max(wide, tall, 1.0) * 1.15 / rng.uniform(*FAR_PX)  # flesh reaches beyond the bones
    half = math.tan(math.radians(eye.fovy_deg) / 2) * grown
    fovy = 2 * math.degrees(math.atan(half))
    return replace(eye, fovy_deg=fovy) if 15 < fovy < FOVY_DEG_MAX else None


def over_floor(room: Room, rng: np.random.Generator, up_m: tuple[float, float]) -> Eye:
    """From a wall or corner, so high up, across an empty floor."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    x = side * (room.width_m / 2 - 0.3)
    y = float(rng.uniform(-0.4, 0.4)) * room.depth_m
    up = min(float(rng.uniform(*up_m)), room.height_m - 0.15)
    target = (float(-0.15 * x), float(-0.4 * y), 0.2)
    return look_at((float(x), y, up), target, float(rng.uniform(50, 75)), float(rng.normal(0, 2)))


def _on_axis(actor: Actor, tick: int, rng: np.random.Generator, way: float) -> Eye | None:
    points = vantage.body_points(actor, tick)
    end = points[0] if way > 0 else points[-2:].mean(0)
    yaw = _axis(points) + rng.normal(0, 0.12)
    gap, up = rng.uniform(1.0, 2.8), rng.uniform(0.5, 1.1)
    x, y = end[0] + way * gap * math.cos(yaw), end[1] + way * gap * math.sin(yaw)
    if not _free(actor.room, x, y, up):
        return None
    middle = points.mean(0)
    target = (float(middle[0]), float(middle[1]), 0.25)
    return look_at((float(x), float(y), float(up)), target, float(rng.uniform(45, 70)))


def _axis(points: Points) -> float:
    """The way from the feet to the head."""
    along = points[0, :2] - points[-2:, :2].mean(0)
    return math.atan2(along[1], along[0])


def _free(room: Room, x: float, y: float, up: float) -> bool:
    within = abs(x) < room.width_m / 2 - 0.1 and abs(y) < room.depth_m / 2 - 0.1
    return within and (up > 2.1 or room.free(x, y, 0.1))
