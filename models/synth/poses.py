"""Postures and the walk cycle as joint angles in degrees.

A posture names only the joints that are not zero; `_l`/`_r` may be left off to mean both sides.
Zero everywhere is standing with the arms hanging.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.synth.figure import JOINT_NAMES

Angles = NDArray[np.float64]  # radians, in the order of JOINT_NAMES
_INDEX = {name: i for i, name in enumerate(JOINT_NAMES)}


def angles(pose: Mapping[str, float]) -> Angles:
    """A posture as a vector of radians."""
    out = np.zeros(len(JOINT_NAMES))
    for name, degrees in pose.items():
        for full in (name,) if name in _INDEX else (f"{name}_l", f"{name}_r"):
            out[_INDEX[full]] = np.radians(degrees)
    return out


STAND = angles({"shoulder_abd": 7, "elbow": 12, "hip_abd": 2, "hip_rot": 8})
SIT = angles(
    {
        "hip_flex": 85,
        "knee": 85,
        "hip_abd": 6,
        "shoulder_flex": 32,
        "elbow": 45,
        "shoulder_abd": 8,
        "spine_bend": 6,
    }
)
SLUMP = angles(
    {"hip_flex": 70, "knee": 80, "hip_abd": 10, "neck_bend": 40, "spine_bend": 20, "chest_bend": 15}
)
BEND = angles(
    {
        "hip_flex": 85,
        "knee": 20,
        "spine_bend": 30,
        "chest_bend": 15,
        "shoulder_flex": 75,
        "elbow": 10,
    }
)
SQUAT = angles(
    {
        "hip_flex": 115,
        "knee": 130,
        "ankle": 22,
        "hip_abd": 15,
        "spine_bend": 20,
        "shoulder_flex": 55,
        "elbow": 30,
    }
)
KNEEL_ONE = angles(
    {
        "hip_flex_l": 95,
        "knee_l": 95,
        "hip_flex_r": -5,
        "knee_r": 88,
        "ankle_r": -35,
        "spine_bend": 25,
        "chest_bend": 10,
        "shoulder_flex": 50,
        "elbow": 25,
    }
)
KNEEL = angles(
    {"hip_flex": 15, "knee": 92, "ankle": -38, "spine_bend": 15, "shoulder_flex": 40, "elbow": 40}
)
# Ways of getting low on the spot, and how far the pelvis tips forward in them, in degrees.
LOW = ((BEND, 72.0), (SQUAT, 35.0), (KNEEL_ONE, 8.0), (KNEEL, 15.0))
CRAWL = angles(
    {"hip_flex": 85, "knee": 85, "ankle": -38, "shoulder_flex": 85, "elbow": 8, "neck_bend": -35}
)
SUPINE = angles(
    {"hip_abd": 8, "shoulder_abd": 18, "elbow": 15, "hip_rot": 20, "knee": 4, "hip_flex": 3}
)

# Ways of sitting on the floor, and how far the pelvis tips back in them, in degrees.
ON_FLOOR = (
    (angles({"hip_flex": 88, "knee": 8, "shoulder_flex": 30, "elbow": 30, "hip_abd": 8}), 2.0),
    (angles({"hip_flex": 75, "knee": 5, "shoulder_flex": -40, "hip_abd": 12}), 22.0),
    (angles({"hip_flex": 115, "knee": 105, "shoulder_flex": 60, "elbow": 40}), 5.0),
    (
        angles(
            {"hip_flex": 95, "knee": 125, "hip_abd": 42, "hip_rot": 42, "shoulder_flex": 35,
             "elbow": 50}
        ),
        2.0,
    ),
)  # fmt: skip

# The walk over one stride, heel strike at 0: percent of the stride → degrees.
_GAIT = {
    "hip_flex": ([0, 15, 50, 60, 85, 100], [28, 20, -10, -2, 32, 28]),
    "knee": ([0, 12, 40, 60, 73, 95, 100], [4, 17, 6, 36, 62, 6, 4]),
    "ankle": ([0, 8, 45, 62, 75, 100], [0, -6, 10, -17, -2, 0]),
}


def walking(phase: float, vigour: float) -> Angles:
    """The walk at a phase of the stride (1.0 is a whole one); `vigour` 1 is a brisk adult."""
    pose: dict[str, float] = {}
    for side, shift in (("l", 0.0), ("r", 0.5)):
        at = ((phase + shift) % 1.0) * 100.0
        for joint, (xs, ys) in _GAIT.items():
            pose[f"{joint}_{side}"] = vigour * float(_smooth(at, xs, ys))
        swing = np.cos(2 * np.pi * (phase + shift))
        pose[f"shoulder_flex_{side}"] = 4 - 22 * vigour * swing
        pose[f"elbow_{side}"] = 20 - 10 * vigour * swing
        pose[f"shoulder_abd_{side}"] = 7
        pose[f"hip_rot_{side}"] = 6
    turn = np.cos(2 * np.pi * phase)
    pose |= {
        "chest_twist": 6 * vigour * turn,
        "spine_bend": 4,
        "spine_lean": 2 * np.sin(2 * np.pi * phase),
    }
    return angles(pose)


def _smooth(at: float, xs: list[int], ys: list[int]) -> float:
    """Periodic interpolation, rounded off by averaging over a twentieth of the stride."""
    around = (at + np.linspace(-4, 4, 5)) % 100.0
    return float(np.interp(around, xs, ys).mean())


def lying(rng: np.random.Generator) -> Angles:
    """Any limp posture of a person on the floor."""
    pose = {
        "neck_turn": rng.uniform(-50, 50),
        "neck_bend": rng.uniform(-10, 25),
        "spine_bend": rng.uniform(-5, 35),
    }
    curl = rng.uniform(0, 1) ** 1.5
    for side in "lr":
        pose |= {
            f"hip_flex_{side}": rng.uniform(-5, 35) + 60 * curl * rng.uniform(0.5, 1),
            f"knee_{side}": rng.uniform(0, 40) + 70 * curl * rng.uniform(0.5, 1),
            f"hip_abd_{side}": rng.uniform(-5, 25),
            f"hip_rot_{side}": rng.uniform(0, 35),
            f"shoulder_flex_{side}": rng.uniform(-20, 80),
            f"shoulder_abd_{side}": rng.uniform(5, 110),
            f"elbow_{side}": rng.uniform(5, 110),
            f"ankle_{side}": rng.uniform(-35, 0),
        }
    return angles(pose)


def index(joint: str) -> int:
    """Where a joint stands in a vector of angles."""
    return _INDEX[joint]


def turned(axis: Sequence[float], angle: float) -> tuple[float, ...]:
    """The quaternion of a turn about a unit axis, in radians."""
    s = math.sin(angle / 2)
    return (math.cos(angle / 2), s * axis[0], s * axis[1], s * axis[2])


def times(p: Sequence[float], q: Sequence[float]) -> tuple[float, ...]:
    """Quaternion product: turn by `q` in the frame of `p`."""
    a, b, c, d = p
    e, f, g, h = q
    return (
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    )
