"""What people do in a room on a normal day: come in, walk, sit, lie on a bed, tie a shoe, look
under the furniture, push a cart, leave a bag, go. Nobody ends up on the floor.

Postures that last are held and stirred now and then, so that what is drawn once can be shown for
long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from models.synth import poses
from models.synth.actor import RATE_HZ, Actor, Qpos
from models.synth.furniture import Bed, Place, Seat
from models.synth.movables import Stop
from models.synth.room import Room
from models.synth.script import bed_side
from models.synth.tumble import settle

OUTSIDE_M, INSIDE_M = 1.2, 0.8
STIR_EVERY_S = (6.0, 25.0)


@dataclass
class Errand:
    """One person's stay from entering to leaving. `did` names what is easily taken for an
    incident; `things` are the ways of what they moved, by the thing's name."""

    actor: Actor
    door: Place
    did: list[str] = field(default_factory=list)
    things: dict[str, list[Stop]] = field(default_factory=dict)

    def come_in(self) -> None:
        """From behind the door to a step inside."""
        actor, way = self.actor, self.door
        actor.stand_at(*way.at(-OUTSIDE_M, 0), way.yaw)
        actor.walk_to(*way.at(INSIDE_M, 0))

    def leave(self) -> None:
        """Back to the door and out."""
        self.go(*self.door.at(INSIDE_M, 0))
        self.actor.walk_to(*self.door.at(-OUTSIDE_M, 0))

    def go(self, x: float, y: float) -> None:
        """Walk to a point, round the furniture where one turn is enough for that."""
        actor = self.actor
        if not actor.clear(x, y):
            corner = self._corner(x, y)
            if corner is not None:
                actor.walk_to(*corner)
        actor.walk_to(x, y)

    def _corner(self, x: float, y: float) -> tuple[float, float] | None:
        actor = self.actor
        start = actor.x, actor.y
        for _ in range(60):
            spot = actor.room.spot(actor.rng, 0.35)
            if not actor.clear(*spot):
                continue
            actor.x, actor.y = spot
            fine = actor.clear(x, y)
            actor.x, actor.y = start
            if fine:
                return spot
        return None

    def stay(self, seconds: float, stirs: bool = True) -> None:
        """Keep the posture; every some seconds a hand, the head or the trunk moves."""
        actor, end = self.actor, self.actor.seconds + seconds
        rest = actor.track[-1]
        while actor.seconds < end:
            still = min(float(actor.rng.uniform(*STIR_EVERY_S)), end - actor.seconds)
            actor.track += [actor.track[-1]] * max(1, round(still * RATE_HZ))
            if stirs and actor.seconds < end - 1:
                moved = rest.copy()
                moved[7:] += actor.rng.normal(0, 0.07, len(moved) - 7)
                start = actor.track[-1]
                for s in np.linspace(0, 1, RATE_HZ):
                    actor.track.append(start + s * s * (3 - 2 * s) * (moved - start))

    def sit(self, seat: Seat, seconds: float) -> None:
        """Sit down, at times fast, stay, get up."""
        actor = self.actor
        self.go(seat.x + 0.55 * math.cos(seat.yaw), seat.y + 0.55 * math.sin(seat.yaw))
        self._turn(seat.yaw)
        began = len(actor.track)
        actor.sit_down(seat, float(actor.rng.uniform(0.5, 1.6)))
        way = actor.track[began:]
        self.stay(seconds)
        self._back(way)
        self.did.append("sit")

    def lie(self, bed: Bed, seconds: float) -> None:
        """Lie down on a bed or sofa, stay, get up the way one lay down."""
        actor, rng = self.actor, self.actor.rng
        seat = bed_side(bed, actor.room, rng)
        self.go(seat.x + 0.55 * math.cos(seat.yaw), seat.y + 0.55 * math.sin(seat.yaw))
        self._turn(seat.yaw)
        began = len(actor.track)
        actor.sit_down(seat, float(rng.uniform(0.6, 1.6)))
        self.stay(float(rng.uniform(0.5, 6.0)))
        actor.lie_down(bed, float(rng.uniform(0.7, 2.0)))
        way = actor.track[began:]
        limp = poses.SUPINE + 0.3 * (poses.lying(rng) - poses.SUPINE)
        actor.data.qpos[:] = actor.track[-1]
        settle(actor, limp, 2.0, alive=False, record=True)
        self.stay(seconds)
        self._back(way)
        self.did.append("lie_on_furniture")

    def bow(self, what: str, seconds: float) -> None:
        """`tie_shoe`, `pick_up` or `look_under`: get low on the spot and up again."""
        actor, rng = self.actor, self.actor.rng
        if what == "look_under":
            goal, pitch = poses.CRAWL + poses.angles({"neck_bend": 20, "spine_bend": 15}), 78.0
        else:
            goal, pitch = poses.LOW[int(rng.integers(len(poses.LOW)))]
        goal = goal + rng.normal(0, 0.07, len(goal))
        actor.move_into(goal, float(rng.uniform(0.6, 1.4)), math.radians(pitch))
        actor.idle(min(seconds, 2.0), goal)
        self.stay(max(0.1, seconds - 2.0))
        actor.move_into(poses.STAND, float(rng.uniform(0.7, 1.4)))
        self.did.append(what)

    def bring(self, thing: str) -> None:
        """Bring something along and leave it."""
        spot = self.actor.room.spot(self.actor.rng, 0.9)
        if thing in ("cart", "box"):
            self.push(thing, *spot, ahead_m=0.75)
        else:
            self.go(*spot)
            self.drop(thing)

    def push(self, thing: str, x: float, y: float, ahead_m: float) -> None:
        """Push a cart or box to a point and leave it there."""
        actor, began = self.actor, len(self.actor.track)
        self.go(x, y)
        stops = self.things.setdefault(thing, [])
        for tick in range(began, len(actor.track), RATE_HZ // 5):
            q = actor.track[tick]
            yaw = math.atan2(2 * (q[3] * q[6] + q[4] * q[5]), 1 - 2 * (q[5] ** 2 + q[6] ** 2))
            cx, cy = q[0] + ahead_m * math.cos(yaw), q[1] + ahead_m * math.sin(yaw)
            stops.append(Stop(tick / RATE_HZ, float(cx), float(cy), 0.0, yaw))
        self.did.append(thing)

    def drop(self, thing: str) -> None:
        """Let a bag or coat that was carried fall, and leave it lying."""
        actor = self.actor
        x, y = actor.x - 0.3 * math.sin(actor.yaw), actor.y + 0.3 * math.cos(actor.yaw)
        now = actor.seconds
        self.things[thing] = [
            Stop(now, x, y, 0.75, actor.yaw), Stop(now + 0.4, x, y, 0.0, actor.yaw),
        ]  # fmt: skip
        actor.idle(0.6)
        self.did.append(thing)

    def _turn(self, yaw: float) -> None:
        actor = self.actor
        gap = (yaw - actor.yaw + math.pi) % (2 * math.pi) - math.pi
        steps = max(1, round(abs(gap) / 2.6 * RATE_HZ))
        for _ in range(steps):
            actor.yaw += gap / steps
            actor.put(actor.pose + 0.2 * (poses.STAND - actor.pose))

    def _back(self, way: list[Qpos]) -> None:
        """What was recorded, backwards, from wherever the body is now."""
        actor, start, goal = self.actor, self.actor.track[-1], way[-1]
        for s in np.linspace(0, 1, RATE_HZ // 2):
            actor.track.append(start + s * (goal - start))
        actor.track += way[::-1]
        first = way[0]
        actor.x, actor.y, actor.pose = float(first[0]), float(first[1]), first[7:].copy()


def doors(room: Room, rng: np.random.Generator, count: int) -> list[Place]:
    """Places on the walls with free floor before them; `yaw` looks into the room."""
    found: list[Place] = []
    for _ in range(200):
        side = int(rng.integers(4))
        yaw = (0.0, math.pi / 2, math.pi, -math.pi / 2)[side]
        deep, wide = (room.width_m, room.depth_m) if side % 2 == 0 else (room.depth_m, room.width_m)
        along = float(rng.uniform(-0.5, 0.5)) * (wide - 1.6)
        x, y = -math.cos(yaw) * deep / 2, -math.sin(yaw) * deep / 2
        door = Place(x, y + along, yaw) if side % 2 == 0 else Place(x + along, y, yaw)
        if room.free(*door.at(INSIDE_M, 0), 0.35) and room.free(*door.at(0.45, 0), 0.3):
            found.append(door)
        if len(found) == count:
            break
    return found
