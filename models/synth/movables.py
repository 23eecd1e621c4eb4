"""Things that people move about in a room: carts, boxes, bags, coats and the doors they come by.

Each is a mocap body, so that its place is set and nothing touches it. Metres, z up.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.synth.furniture import Parts, Place

BELOW_M = -6.0  # where things wait that are not there
BROUGHT = ("cart", "box", "bag", "coat")
Spot = tuple[float, float, float, float]  # x, y, z, yaw
_LEAF_M, _OPEN_RAD, _OPENING_S = 0.9, 1.4, 0.8


@dataclass(frozen=True)
class Stop:
    """Where a thing is at a second, `yaw` as it is turned; between two stops it glides."""

    at_s: float
    x: float
    y: float
    z: float
    yaw: float


def along(stops: Sequence[Stop], t: float) -> Spot:
    """Where a thing is at a second: before its first stop it is not there."""
    if not stops or t < stops[0].at_s:
        return 0.0, 0.0, BELOW_M, 0.0
    after = bisect.bisect_right([stop.at_s for stop in stops], t)
    one = stops[after - 1]
    if after == len(stops):
        return one.x, one.y, one.z, one.yaw
    two = stops[after]
    s = (t - one.at_s) / (two.at_s - one.at_s)
    turn = (two.yaw - one.yaw + math.pi) % (2 * math.pi) - math.pi
    return (
        one.x + s * (two.x - one.x), one.y + s * (two.y - one.y), one.z + s * (two.z - one.z),
        one.yaw + s * turn,
    )  # fmt: skip


def brought_xml(rng: np.random.Generator) -> str:
    """MJCF of one of each of `BROUGHT`, waiting below the floor."""
    here, cloth = Place(0, 0, 0), f"thing{rng.integers(8)}"
    cart, box, bag, coat = Parts(), Parts(), Parts(), Parts()
    half = (rng.uniform(0.25, 0.4), rng.uniform(0.2, 0.3), rng.uniform(0.15, 0.4))
    cart.box(here, (0, 0, 0.15 + half[2]), half, str(rng.choice(["metal", cloth])), False)
    for x in (-half[0], half[0]):
        for y in (-half[1], half[1]):
            cart.blob(here, (x, y, 0.06), (0.06, 0.02, 0.06), "dark")
    cart.box(here, (-half[0] - 0.05, 0, 0.95), (0.015, half[1], 0.015), "metal", False)
    for y in (-half[1], half[1]):
        cart.box(here, (-half[0] - 0.05, y, 0.6), (0.012, 0.012, 0.36), "metal", False)
    size = (rng.uniform(0.2, 0.4), rng.uniform(0.2, 0.35), rng.uniform(0.12, 0.4))
    box.box(here, (0, 0, size[2]), size, "wood", False)
    wide, tall = rng.uniform(0.12, 0.28), rng.uniform(0.12, 0.25)
    bag.blob(here, (0, 0, tall), (wide, 0.6 * wide, tall), str(rng.choice(["dark", cloth])))
    for _ in range(4):
        at = (rng.normal(0, 0.15), rng.normal(0, 0.1), 0.03)
        coat.blob(here, at, (rng.uniform(0.15, 0.35), rng.uniform(0.1, 0.2), 0.06), "fabric2")
    return "".join(
        body_xml(name, parts) for name, parts in zip(BROUGHT, (cart, box, bag, coat), strict=True)
    )


def doors_xml(ways: Sequence[Place]) -> str:
    """MJCF of a dark opening in the wall at each place, and of the leaf that closes it."""
    parts, leaf = Parts(), Parts()
    for way in ways:
        parts.box(way, (0.012, 0, 1.04), (0.012, 0.5, 1.04), "wood2", False)
        parts.box(way, (0.02, 0, 1.02), (0.012, _LEAF_M / 2, 1.02), "dark", False)
    leaf.box(Place(0, 0, 0), (0, 0, 1.02), (0.02, _LEAF_M / 2, 1.02), "door", False)
    return "".join(parts.xml) + "".join(
        body_xml(f"door{number}", leaf) for number in range(len(ways))
    )


def door_stops(way: Place, opened: Iterable[tuple[float, float]]) -> list[Stop]:
    """The leaf's way through the clip: open during the spans (from, to in seconds) given."""
    shut = (*way.at(0.05, 0), 0.0, way.yaw)
    hinge, yaw = way.at(0.05, -_LEAF_M / 2), way.yaw - _OPEN_RAD
    middle = (
        hinge[0] - _LEAF_M / 2 * math.sin(yaw), hinge[1] + _LEAF_M / 2 * math.cos(yaw)
    )  # fmt: skip
    wide = (*middle, 0.0, yaw)
    merged: list[list[float]] = []
    for start, end in sorted(opened):
        if merged and start < merged[-1][1] + 3 * _OPENING_S:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    stops = [Stop(-1e9, *shut)]
    for start, end in merged:
        stops += [Stop(start - _OPENING_S, *shut), Stop(start, *wide)]
        stops += [Stop(end, *wide), Stop(end + _OPENING_S, *shut)]
    return stops


def body_xml(name: str, parts: Parts) -> str:
    """What was built as one thing that can be placed by name."""
    inner = "".join(parts.xml)
    return f'<body name="{name}" mocap="true" pos="0 0 {BELOW_M}">{inner}</body>'
