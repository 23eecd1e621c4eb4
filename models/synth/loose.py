"""Things that lie or stand about on a floor, each found as one: what may be taken for somebody who
lies there. Metres, z up.

A chair, a heap of clothes, a cart are several geoms each; what stands closer than a hand's breadth
is taken for one thing, as it would be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.synth.movables import BROUGHT
from models.synth.stage import Stage

APART_M = 0.38  # between the middles of two parts of a thing at most
REACH_M = 1.3  # of a geom at most: walls and floors reach farther
HIGH_M = 0.8  # what hangs higher lies on no floor
GEOMS_MAX = 30
_FELT = 3  # the group of what physics feels and nobody sees


@dataclass(frozen=True)
class Thing:
    """The numbers of its geoms, and points about them, N×3."""

    geoms: frozenset[int]
    points: NDArray[np.float64]


def things(stage: Stage, rng: np.random.Generator) -> list[Thing]:
    """All of a stage, where its kinematics have put them; what is brought along as well."""
    model, data = stage.model, stage.data
    left = [geom for geom in range(model.ngeom) if _lies(model, data, geom)]
    found = []
    while left:
        group = [left.pop(int(rng.integers(len(left))))]
        while len(group) < GEOMS_MAX and (near := _near(data, group, left)):
            group += near
            left = [geom for geom in left if geom not in near]
        found.append(Thing(frozenset(group), _points(model, data, group)))
    return found


def _lies(model: Any, data: Any, geom: int) -> bool:
    body = model.body(int(model.geom_bodyid[geom])).name
    ours = model.geom_bodyid[geom] == 0 or body in BROUGHT
    small = 0.01 < model.geom_rbound[geom] < REACH_M
    low = -0.1 < data.geom_xpos[geom][2] < HIGH_M
    return bool(ours and small and low and model.geom_group[geom] != _FELT)


def _near(data: Any, group: Sequence[int], left: Sequence[int]) -> list[int]:
    if not left:
        return []
    here, there = data.geom_xpos[list(group), :2], data.geom_xpos[list(left), :2]
    gap_m = np.hypot(*(there[:, None] - here[None]).transpose(2, 0, 1)).min(1)
    return [geom for geom, apart_m in zip(left, gap_m, strict=True) if apart_m < APART_M]


def _points(model: Any, data: Any, group: Sequence[int]) -> NDArray[np.float64]:
    """The corners of a box about each part, flattened as most things are."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-0.5, 0.5)])
    reach_m = 0.7 * np.minimum(model.geom_rbound[list(group)], 0.6)
    points = data.geom_xpos[list(group)][:, None] + corners[None] * reach_m[:, None, None]
    points = points.reshape(-1, 3)
    points[:, 2] = np.maximum(points[:, 2], 0.0)
    return np.asarray(points, np.float64)
