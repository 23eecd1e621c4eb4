"""Letting go: the body falls as MuJoCo has it, its muscles failing in one of several ways.

Muscles are springs towards a posture; their tone is a share of full strength over time. Pushes
are forces on one bone for a while. None of this knows where the floor is: that is physics.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.synth import poses
from models.synth.actor import RATE_HZ, Actor
from models.synth.figure import JOINTS, Point
from models.synth.physics import mujoco
from models.synth.poses import Angles, angles

_STRENGTH = np.array([j.strength for bone in JOINTS.values() for j in bone])


@dataclass(frozen=True)
class Push:
    """A force in the body's own ground frame (x ahead, y left, z up) in share of body weight."""

    bone: str
    force: tuple[float, float, float]
    until_s: float


@dataclass(frozen=True)
class Fall:
    """How someone goes down: the posture the muscles aim at, how fast tone fades (time to lose
    two thirds, seconds), the tone that is left, how much of their weight they still hold at first
    (it fades twice as slowly as tone), and pushes."""

    name: str
    aim: Angles
    fade_s: float
    tone_left: float
    held: float
    pushes: tuple[Push, ...]


_AIMS = {
    "forward": {"shoulder_flex": 75, "elbow": 30, "knee": 25, "hip_flex": 15, "neck_bend": -20},
    "backward": {
        "shoulder_flex": 30, "shoulder_abd": 50, "elbow": 40, "hip_flex": 45, "knee": 35,
        "neck_bend": 30, "spine_bend": 20,
    },
    "sideways": {"shoulder_abd": 60, "elbow": 30, "hip_flex": 20, "knee": 30},
    "crumple": {"hip_flex": 75, "knee": 115, "ankle": 15, "spine_bend": 25, "neck_bend": 35},
}  # fmt: skip
# Name → force ahead and to one side on chest and on either foot, in share of body weight; tone
# fading and weight held as ranges; how long the push lasts.
_FALLS: dict[str, tuple[Point, Point, Point, tuple[float, float], tuple[float, float], float]] = {
    "forward": ((0.20, 0.05, 0), (-0.14, 0, 0), (-0.10, 0, 0), (0.4, 1.0), (0.2, 0.6), 0.35),
    "backward": ((-0.18, 0.08, 0), (0.15, 0, 0), (0.08, 0, 0), (0.4, 0.9), (0.2, 0.6), 0.35),
    "sideways": ((0, 0.22, 0), (0, -0.09, 0), (0, -0.09, 0), (0.4, 0.9), (0.2, 0.6), 0.40),
    "crumple": ((0.03, 0.06, 0), (0, 0, 0), (0, 0, 0), (0.3, 0.6), (0.5, 0.8), 1.2),
    "sink": ((0.04, 0.05, 0), (0, 0, 0), (0, 0, 0), (0.8, 1.8), (0.8, 0.95), 3.0),
}


def draw_fall(rng: np.random.Generator, name: str | None = None) -> Fall:
    """A fall forwards, backwards, sideways, a crumpling or a slow sinking."""
    name = name or str(rng.choice(list(_FALLS)))
    chest, left, right, fade, held, last_s = _FALLS[name]
    hard, side = float(rng.uniform(0.8, 1.4)), float(rng.choice([-1.0, 1.0]))
    pushes = tuple(
        Push(bone, (hard * ahead, hard * side * across, hard * lift), last_s)
        for bone, (ahead, across, lift) in (("chest", chest), ("foot_l", left), ("foot_r", right))
    )
    aim = angles(_AIMS.get(name, _AIMS["crumple"]))
    tone_left = float(rng.uniform(0.015, 0.04))
    return Fall(name, aim, float(rng.uniform(*fade)), tone_left, float(rng.uniform(*held)), pushes)


def tumble(actor: Actor, fall: Fall, seconds: float, alive: bool) -> None:
    """Let the actor fall from the posture they are in and then lie; `alive` ones move a little.

    Starts with the speed the last two recorded postures show.
    """
    model, data = actor.model, actor.data
    _carry_over(actor)
    aim, rest = fall.aim, poses.lying(actor.rng)
    weight = 9.81 * float(model.body_subtreemass[model.body("p0/pelvis").id])
    # The body's own ground frame at the moment of letting go.
    c, s = math.cos(actor.yaw), math.sin(actor.yaw)
    start = data.qpos[7:].copy()
    stir = _stirring(actor.rng) if alive else None
    for tick in range(round(seconds * RATE_HZ)):
        t = tick / RATE_HZ
        data.xfrc_applied[:] = 0
        for push in fall.pushes:
            if t < push.until_s:
                fx, fy, fz = push.force
                data.xfrc_applied[model.body(f"p0/{push.bone}").id, :3] += (
                    weight * (c * fx - s * fy), weight * (s * fx + c * fy), weight * fz,
                )  # fmt: skip
        held = weight * fall.held * math.exp(-t / (2 * fall.fade_s))
        for bone, share in (("pelvis", 0.6), ("chest", 0.4)):
            data.xfrc_applied[model.body(f"p0/{bone}").id, 2] += share * held
        tone = fall.tone_left + (1 - fall.tone_left) * math.exp(-t / fall.fade_s)
        settle = min(1.0, max(0.0, (t - 1.5) / 2.0))
        giving = min(1.0, t / (0.5 + fall.fade_s))
        goal = start + giving * (aim - start) + settle * (0.5 * (rest - aim))
        if stir and t > 3.0:
            goal, tone = goal + stir(t), max(tone, 0.10)
        _brace(actor, goal, tone)
        mujoco.mj_step(model, data, nstep=round(1 / RATE_HZ / model.opt.timestep))
        actor.track.append(data.qpos.copy())
    actor.pose = data.qpos[7:].copy()


def settle(actor: Actor, pose: Angles, seconds: float, alive: bool, record: bool) -> None:
    """Let a body that was put somewhere come to rest limply, aiming weakly at `pose`."""
    model, data = actor.model, actor.data
    data.qvel[:] = 0
    stir = _stirring(actor.rng) if alive else None
    for tick in range(round(seconds * RATE_HZ)):
        goal, tone = pose, 0.08
        if stir and record:
            goal = pose + stir(tick / RATE_HZ + 3.0)
        _brace(actor, goal, tone)
        mujoco.mj_step(model, data, nstep=round(1 / RATE_HZ / model.opt.timestep))
        if record:
            actor.track.append(data.qpos.copy())


def _carry_over(actor: Actor) -> None:
    actor.data.qpos[:] = actor.track[-1]
    actor.data.qvel[:] = 0
    if len(actor.track) > 1:
        velocity = np.zeros(actor.model.nv)
        mujoco.mj_differentiatePos(
            actor.model, velocity, 1 / RATE_HZ, actor.track[-2], actor.track[-1]
        )
        actor.data.qvel[:] = np.clip(velocity, -6, 6)


def _brace(actor: Actor, goal: Angles, tone: float) -> None:
    """Springs towards `goal`; the free joint (the first) has none."""
    actor.model.jnt_stiffness[1:] = _STRENGTH * 2.0 * tone
    actor.model.dof_damping[6:] = _STRENGTH * (0.012 + 0.05 * tone)
    actor.model.qpos_spring[7:] = goal


def _stirring(rng: np.random.Generator) -> Callable[[float], Angles]:
    """Small movements of someone hurt: breathing, and now and then an arm, a leg or the head."""
    size = np.zeros(len(poses.STAND))
    for name, spread in (
        ("shoulder_flex", 35),
        ("elbow", 40),
        ("shoulder_abd", 25),
        ("knee", 25),
        ("hip_flex", 18),
    ):
        size[poses.index(f"{name}_{rng.choice(['l', 'r'])}")] = np.radians(spread)
    size[poses.index("neck_turn")] = np.radians(25)
    speed, start = rng.uniform(0.05, 0.25, len(size)), rng.uniform(0, 2 * np.pi, len(size))

    def at(t: float) -> Angles:
        breath = np.zeros(len(size))
        breath[poses.index("chest_bend")] = np.radians(3) * math.sin(2 * math.pi * 0.28 * t)
        bursts = np.clip(np.sin(2 * np.pi * speed * t + start), 0, None) ** 2
        return np.asarray(size * bursts + breath, np.float64)

    return at
