"""A person who acts: walks, sits, kneels, lies down — or is let go and falls as physics has it.

Every act appends postures to `track` at 50 a second. Kinematic acts put the lowest part of the
body on what is below it; `tumble` hands the same body to MuJoCo with failing muscles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.synth import poses
from models.synth.figure import HIP_SHARE, Build
from models.synth.furniture import Bed, Seat
from models.synth.physics import mujoco
from models.synth.poses import Angles, times, turned
from models.synth.room import Room
from models.synth.stage import body_model

RATE_HZ = 50
Qpos = NDArray[np.float64]


class Actor:
    """One person in one room. `track` is T×nq, one row every 1/50 s; `props` is MJCF of what they
    brought along."""

    def __init__(self, room: Room, build: Build, rng: np.random.Generator) -> None:
        self.room, self.build, self.rng = room, build, rng
        self.model: Any = body_model(room, build)
        self.data: Any = mujoco.MjData(self.model)
        self.track: list[Qpos] = []
        self.props: list[str] = []
        self.x = self.y = self.yaw = self.pitch = 0.0
        self.raised_m = 0.0  # how high what they stand on is
        self.pose: Angles = poses.STAND.copy()
        self.vigour = float(rng.uniform(0.65, 1.05))
        self._phase = float(rng.uniform(0, 1))
        solid = [g for g in range(self.model.ngeom) if self.model.geom_group[g] == 3]
        self._solid = np.array(solid)
        self._ends = self.model.geom_size[self._solid]

    @property
    def seconds(self) -> float:
        """How long the acts so far last."""
        return len(self.track) / RATE_HZ

    def stand_at(self, x: float, y: float, yaw: float) -> None:
        """Start (or be put) here, upright."""
        self.x, self.y, self.yaw, self.pose = x, y, yaw, poses.STAND.copy()

    def put(
        self, pose: Angles, root: Sequence[float] | None = None, turn: Sequence[float] | None = None
    ) -> None:
        """Record one posture: grounded at (x, y), or with the pelvis at `root`, turned `turn`."""
        self.pose = pose
        self.data.qpos[7:] = pose
        self.data.qpos[3:7] = turn or times(
            turned((0, 0, 1), self.yaw), turned((0, 1, 0), self.pitch)
        )
        self.data.qpos[:3] = root or (self.x, self.y, HIP_SHARE * self.build.height_m)
        if root is None:
            mujoco.mj_kinematics(self.model, self.data)
            self.data.qpos[2] += self.raised_m - self.lowest()
        self.track.append(self.data.qpos.copy())

    def lowest(self) -> float:
        """Height of the lowest point of the body above the floor, after kinematics."""
        upright = np.abs(self.data.geom_xmat[self._solid, 8])
        drop = self._ends[:, 0] + upright * self._ends[:, 1]
        return float((self.data.geom_xpos[self._solid, 2] - drop).min())

    def walk_to(self, x: float, y: float, until: Callable[[], bool] | None = None) -> None:
        """Walk straight to a point, turning on the way; `until` may stop it early."""
        speed = 0.0
        for _ in range(RATE_HZ * 60):
            gap = math.hypot(x - self.x, y - self.y)
            if gap < 0.08 or (until and until()):
                return
            error = _wrapped(math.atan2(y - self.y, x - self.x) - self.yaw)
            self.yaw += max(-2.6, min(2.6, 4 * error)) / RATE_HZ
            wish = 1.25 * self.vigour * self.build.height_m / 1.7
            wish *= max(0.1, math.cos(error)) * min(1.0, 0.25 + gap / 0.6)
            speed += max(-2.0 / RATE_HZ, min(2.0 / RATE_HZ, wish - speed))
            self.x += speed * math.cos(self.yaw) / RATE_HZ
            self.y += speed * math.sin(self.yaw) / RATE_HZ
            stride = 0.82 * self.build.height_m * (0.4 + 0.6 * self.vigour)
            self._phase += max(speed, 0.15) / stride / RATE_HZ
            gait = poses.walking(self._phase, min(1.0, 0.25 + speed) * self.vigour)
            self.put(self.pose + 0.3 * (gait - self.pose))

    def wander(self, seconds: float) -> None:
        """Walk between free spots for about so long, with stops."""
        end = self.seconds + seconds
        while self.seconds < end:
            x, y = self.room.spot(self.rng, 0.45)
            if math.hypot(x - self.x, y - self.y) > 0.8 and self.clear(x, y):
                self.walk_to(x, y, lambda: self.seconds >= end)
            elif self.rng.random() < 0.1:
                self.idle(float(self.rng.uniform(0.3, 1.5)))
            else:
                self.idle(0.1)

    def clear(self, x: float, y: float) -> bool:
        """Whether the straight way to a point is free of furniture."""
        steps = np.linspace(0, 1, 20)
        return all(
            self.room.free(self.x + s * (x - self.x), self.y + s * (y - self.y), 0.28)
            for s in steps[2:]
        )

    def idle(self, seconds: float, pose: Angles | None = None) -> None:
        """Stand (or hold a posture) with the small movements of the living."""
        goal = poses.STAND if pose is None else pose
        sway = self.rng.normal(0, 0.03, len(goal))
        for tick in range(round(seconds * RATE_HZ)):
            live = goal + sway * math.sin(tick / 40)
            self.put(self.pose + 0.12 * (live - self.pose))

    def move_into(self, pose: Angles, seconds: float, pitch: float = 0.0) -> None:
        """Change posture on the spot, smoothly, feet or knees on the floor; the pelvis ends
        tipped forward by `pitch` radians."""
        start, was = self.pose.copy(), self.pitch
        for tick in range(1, round(seconds * RATE_HZ) + 1):
            s = _ease(tick / (seconds * RATE_HZ))
            self.pitch = was + s * (pitch - was)
            self.put(start + s * (pose - start))

    def crawl(self, seconds: float) -> None:
        """Go on hands and knees, straight on until something is in the way."""
        pitch = (math.cos(0.68), 0.0, math.sin(0.68), 0.0)
        for _ in range(round(seconds * RATE_HZ)):
            ahead = self.x + 0.8 * math.cos(self.yaw), self.y + 0.8 * math.sin(self.yaw)
            if self.room.free(*ahead, 0.35):
                self.x += 0.45 / RATE_HZ * math.cos(self.yaw)
                self.y += 0.45 / RATE_HZ * math.sin(self.yaw)
                self._phase += 0.8 / RATE_HZ
            else:
                self.yaw += 1.2 / RATE_HZ
            pose = poses.CRAWL.copy()
            swing = 0.3 * math.sin(2 * math.pi * self._phase)
            for name, sign in (
                ("hip_flex_l", 1),
                ("hip_flex_r", -1),
                ("shoulder_flex_l", -1),
                ("shoulder_flex_r", 1),
            ):
                pose[poses.index(name)] += sign * swing
            self.put(pose, turn=times(turned((0, 0, 1), self.yaw), pitch))

    def sit_down(self, seat: Seat, seconds: float) -> None:
        """From where one stands onto a seat; also used backwards through `seated`."""
        root = self._seat_root(seat)
        self._glide(
            poses.SIT + self.rng.normal(0, 0.06, len(poses.SIT)),
            root,
            turned((0, 0, 1), seat.yaw),
            seconds,
        )
        self.x, self.y, self.yaw = root[0], root[1], seat.yaw

    def seated(self, seat: Seat, seconds: float, pose: Angles | None = None) -> None:
        """Sit on a seat, moving a little."""
        goal, root = (poses.SIT if pose is None else pose), self._seat_root(seat)
        self.x, self.y, self.yaw = root[0], root[1], seat.yaw
        sway = self.rng.normal(0, 0.06, len(goal))
        for tick in range(round(seconds * RATE_HZ)):
            self.put(goal + sway * math.sin(tick / 50), root, turned((0, 0, 1), seat.yaw))

    def rise(self, seconds: float) -> None:
        """Stand up from a seat, one step in front of it."""
        self.x += 0.45 * math.cos(self.yaw)
        self.y += 0.45 * math.sin(self.yaw)
        self._glide(
            poses.STAND,
            (self.x, self.y, 0.52 * self.build.height_m),
            turned((0, 0, 1), self.yaw),
            seconds,
        )

    def lie_down(self, bed: Bed, seconds: float) -> None:
        """From sitting on the edge of a bed to lying along it."""
        at, turn = self.bed_root(bed, 0.02)
        self._glide(poses.SUPINE, at, turn, seconds)

    def bed_root(
        self, bed: Bed, above_m: float
    ) -> tuple[tuple[float, float, float], tuple[float, ...]]:
        """Where the pelvis lies on a bed, face up, and how the body is turned."""
        z = bed.height_m + 0.062 * self.build.girth * self.build.height_m + above_m
        back = (math.cos(-math.pi / 4), 0.0, math.sin(-math.pi / 4), 0.0)
        return (bed.x, bed.y, z), times(turned((0, 0, 1), bed.yaw), back)

    def _seat_root(self, seat: Seat) -> tuple[float, float, float]:
        z = seat.height_m + 0.07 * self.build.height_m * self.build.girth
        return seat.x - 0.04 * math.cos(seat.yaw), seat.y - 0.04 * math.sin(seat.yaw), z

    def _glide(
        self, pose: Angles, root: tuple[float, float, float], turn: Sequence[float], seconds: float
    ) -> None:
        start = self.track[-1].copy()
        goal_turn = np.array(turn) * (1.0 if float(start[3:7] @ np.array(turn)) >= 0 else -1.0)
        for tick in range(1, round(seconds * RATE_HZ) + 1):
            s = _ease(tick / (seconds * RATE_HZ))
            q = start[3:7] + s * (goal_turn - start[3:7])
            at = start[:3] + s * (np.array(root) - start[:3])
            where = (float(at[0]), float(at[1]), float(at[2]))
            self.put(start[7:] + s * (pose - start[7:]), where, tuple(q / np.linalg.norm(q)))


def _ease(s: float) -> float:
    return s * s * (3 - 2 * s)


def _wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi
