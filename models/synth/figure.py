"""A person's build as bones, joints and round limbs.

Body frame: x forward, y left, z up. Lengths are shares of the person's height unless a name says
metres. Every joint is a hinge; its positive sense is the one its name says (flexing, leaning
left, turning left, leg or arm away from the trunk).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.synth.texture import Colour, colour

Point = tuple[float, float, float]
HIP_SHARE = 0.53


@dataclass(frozen=True)
class Joint:
    """A hinge of one bone: axis, range in degrees, and how strong it is in N·m per radian."""

    name: str
    axis: Point
    range_deg: tuple[float, float]
    strength: float


@dataclass(frozen=True)
class Limb:
    """A round cone of one bone from `a` to `b`. `region` is what it is clothed in; a limb that
    is not `solid` (hair, cloth) is seen but touches nothing."""

    bone: str
    a: Point
    b: Point
    radius_a: float
    radius_b: float
    region: str
    solid: bool = True


@dataclass(frozen=True)
class Build:
    """Who this is: height, girth and dress."""

    height_m: float
    girth: float
    dress: str  # trousers, shorts, skirt, gown
    long_sleeves: bool
    hair: str  # short, long, bald, cap
    colours: Mapping[str, Colour]


PARENTS: dict[str, tuple[str, Point]] = {
    "belly": ("pelvis", (0, 0, 0.05)),
    "chest": ("belly", (0, 0, 0.09)),
    "head": ("chest", (0.01, 0, 0.155)),
}
JOINTS: dict[str, list[Joint]] = {
    "belly": [
        Joint("spine_bend", (0, 1, 0), (-20, 45), 120),
        Joint("spine_lean", (-1, 0, 0), (-25, 25), 120),
    ],
    "chest": [
        Joint("chest_bend", (0, 1, 0), (-15, 35), 90),
        Joint("chest_twist", (0, 0, 1), (-35, 35), 60),
    ],
    "head": [
        Joint("neck_bend", (0, 1, 0), (-45, 50), 15),
        Joint("neck_turn", (0, 0, 1), (-70, 70), 10),
    ],
}
for _side, _sign in (("l", 1.0), ("r", -1.0)):
    PARENTS |= {
        f"arm_{_side}": ("chest", (0, 0.105 * _sign, 0.135)),
        f"forearm_{_side}": (f"arm_{_side}", (0, 0, -0.175)),
    }
    JOINTS |= {
        f"arm_{_side}": [
            Joint(f"shoulder_flex_{_side}", (0, -1, 0), (-50, 170), 30),
            Joint(f"shoulder_abd_{_side}", (_sign, 0, 0), (-5, 150), 30),
            Joint(f"shoulder_rot_{_side}", (0, 0, _sign), (-60, 60), 15),
        ],
        f"forearm_{_side}": [Joint(f"elbow_{_side}", (0, -1, 0), (0, 145), 15)],
    }
for _side, _sign in (("l", 1.0), ("r", -1.0)):
    PARENTS |= {
        f"thigh_{_side}": ("pelvis", (0, 0.052 * _sign, -0.005)),
        f"shin_{_side}": (f"thigh_{_side}", (0, 0, -0.245)),
        f"foot_{_side}": (f"shin_{_side}", (0, 0, -0.24)),
    }
    JOINTS |= {
        f"thigh_{_side}": [
            Joint(f"hip_flex_{_side}", (0, -1, 0), (-20, 125), 150),
            Joint(f"hip_abd_{_side}", (_sign, 0, 0), (-15, 45), 120),
            Joint(f"hip_rot_{_side}", (0, 0, _sign), (-30, 45), 50),
        ],
        f"shin_{_side}": [Joint(f"knee_{_side}", (0, 1, 0), (0, 145), 120)],
        f"foot_{_side}": [Joint(f"ankle_{_side}", (0, -1, 0), (-40, 25), 60)],
    }
# Bones stand in the order of the body tree, depth first, so joints do as well, as in qpos.
JOINT_NAMES = tuple(joint.name for joints in JOINTS.values() for joint in joints)


def draw_build(rng: np.random.Generator) -> Build:
    """A person from the street or the ward: any height, girth, skin and clothes."""
    dress = str(rng.choice(["trousers", "trousers", "trousers", "shorts", "skirt", "gown"]))
    light = rng.uniform(0.25, 0.95)
    pale = rng.uniform(0, 1)
    skin = (light, light * (0.68 + 0.12 * pale), light * (0.5 + 0.17 * pale))
    top = colour(rng, (0.0, 0.9), (0.08, 1.0))
    if dress == "gown":
        top = colour(rng, (0.05, 0.4), (0.7, 1.0), (0.4, 0.65))
    lower = colour(rng, (0.0, 0.6), (0.06, 0.6))
    greying = rng.random() < 0.35
    hair = (
        colour(rng, (0.0, 0.1), (0.5, 0.95))
        if greying
        else colour(rng, (0.2, 0.7), (0.04, 0.4), (0.02, 0.11))
    )
    return Build(
        height_m=float(rng.uniform(1.5, 1.92)),
        girth=float(rng.uniform(0.88, 1.35)),
        dress=dress,
        long_sleeves=bool(rng.random() < 0.5),
        hair=str(
            rng.choice(["short", "short", "long", "bald", "cap"], p=[0.35, 0.25, 0.25, 0.1, 0.05])
        ),
        colours={
            "skin": skin,
            "top": top,
            "lower": top if dress == "gown" else lower,
            "shoes": colour(rng, (0.0, 0.3), (0.03, 0.9)),
            "hair": colour(rng, (0, 0.9), (0.1, 0.9)) if rng.random() < 0.03 else hair,
        },
    )


def limbs(build: Build) -> list[Limb]:
    """All limbs of a person, the cloth and hair included."""
    g = build.girth
    top, out = "top", []
    out += [
        Limb("pelvis", (0, -0.045, 0), (0, 0.045, 0), 0.060 * g, 0.060 * g, "lower"),
        Limb("belly", (0.004, -0.04, 0.025), (0.004, 0.04, 0.025), 0.060 * g, 0.060 * g, top),
        Limb("chest", (0, -0.042, 0.02), (0, 0.042, 0.02), 0.063 * g, 0.063 * g, top),
        Limb("chest", (0, -0.055, 0.09), (0, 0.055, 0.09), 0.056 * g, 0.056 * g, top),
        Limb("chest", (0, -0.09, 0.138), (0, 0.09, 0.138), 0.034 * g, 0.034 * g, top),
        Limb("head", (-0.012, 0, -0.01), (0.006, 0, 0.06), 0.031, 0.028, "skin"),
        Limb("head", (0.016, 0, 0.068), (0.006, 0, 0.115), 0.038, 0.050, "skin"),
        Limb("head", (0.055, 0, 0.078), (0.05, 0, 0.09), 0.008, 0.005, "skin", solid=False),
    ]
    out += _hair(build)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        out += _arm(build, side) + _leg(build, side, sign)
    return out


def _hair(build: Build) -> list[Limb]:
    if build.hair == "bald":
        return []
    crown = [
        Limb("head", (-0.010, 0, 0.122), (0.002, 0, 0.125), 0.052, 0.049, "hair", solid=False),
        Limb("head", (-0.022, 0, 0.085), (-0.012, 0, 0.12), 0.042, 0.05, "hair", solid=False),
    ]
    if build.hair == "long":
        crown.append(
            Limb("head", (-0.034, 0, 0.0), (-0.022, 0, 0.09), 0.036, 0.048, "hair", solid=False)
        )
    if build.hair == "cap":
        crown.append(
            Limb("head", (0.07, 0, 0.115), (0.03, 0, 0.12), 0.02, 0.03, "hair", solid=False)
        )
    return crown


def _arm(build: Build, side: str) -> list[Limb]:
    g = 0.5 + 0.5 * build.girth
    lower = "top" if build.long_sleeves else "skin"
    return [
        Limb(f"arm_{side}", (0, 0, 0), (0, 0, -0.09), 0.034 * g, 0.030 * g, "top"),
        Limb(f"arm_{side}", (0, 0, -0.10), (0, 0, -0.175), 0.026 * g, 0.024 * g, lower),
        Limb(f"forearm_{side}", (0, 0, 0), (0, 0, -0.13), 0.025 * g, 0.018 * g, lower),
        Limb(f"forearm_{side}", (0, 0, -0.145), (0.008, 0, -0.185), 0.019, 0.014, "skin"),
    ]


def _leg(build: Build, side: str, sign: float) -> list[Limb]:
    g = 0.5 + 0.5 * build.girth
    thigh, shin, foot = f"thigh_{side}", f"shin_{side}", f"foot_{side}"
    covered = build.dress == "trousers"
    loose = 1.12 if covered else 1.0
    lower = "lower" if covered else "skin"
    out = [
        Limb(thigh, (0, 0, 0), (0, 0, -0.12), 0.057 * g, 0.050 * g, "lower"),
        Limb(thigh, (0, 0, -0.14), (0, 0, -0.245), 0.046 * g, 0.036 * g * loose, lower),
        Limb(thigh, (-0.03, -0.008 * sign, -0.01), (-0.01, 0, -0.06), 0.05 * g, 0.045 * g, "lower"),
        Limb(shin, (0, 0, 0), (-0.008, 0, -0.08), 0.034 * g * loose, 0.036 * g * loose, lower),
        Limb(shin, (-0.008, 0, -0.08), (0, 0, -0.225), 0.036 * g * loose, 0.024 * loose, lower),
        Limb(foot, (-0.022, 0, -0.014), (0.085, 0.008 * sign, -0.022), 0.025, 0.018, "shoes"),
    ]
    if build.dress in ("skirt", "gown"):
        inner = (0, -0.03 * sign, -0.23)
        out.append(Limb(thigh, (0, 0, -0.02), inner, 0.066 * g, 0.07 * g, "lower", solid=False))
    return out
