"""What is physically so: the state of a person from where their trunk and hips are.

down     trunk or hip within 7 cm of the floor, or of a mat or mattress that lies on it — also
         when propped against a wall
bed      trunk or hip carried by a bed and the trunk lying (more than 50° from upright)
upright  trunk within 45° of upright and hips above 78 % of standing height
low      everything else: sitting, bending, kneeling, crawling, and the way down in a fall until
         the trunk or a hip arrives at the floor
"""

from __future__ import annotations

import math
from typing import Any, Literal

from models.synth.figure import HIP_SHARE, Build
from models.synth.furniture import Bed

State = Literal["upright", "low", "down", "bed"]
ARRIVED_M = 0.07
_TRUNK = ("pelvis", "belly", "chest")


def state_of(
    model: Any, data: Any, build: Build, beds: tuple[Bed, ...], name: str = "p0", *,
    pads: tuple[Bed, ...] = (),
) -> State:  # fmt: skip
    """The state of the person `name` in a world whose kinematics are up to date."""
    lowest, above = _lowest(model, data, name, ()), _lowest(model, data, name, pads)
    pelvis, tilt = data.body(f"{name}/pelvis").xpos, tilt_deg(data, name)
    if any(_on(bed, pelvis[0], pelvis[1], lowest) for bed in beds):
        return "bed" if tilt > 50 else "low"
    if above < ARRIVED_M:
        return "down"
    hips = pelvis[2] / (HIP_SHARE * build.height_m)
    return "upright" if tilt < 45 and hips > 0.78 else "low"


def tilt_deg(data: Any, name: str = "p0") -> float:
    """How far the line from hips to head is from upright."""
    along = data.body(f"{name}/head").xpos - data.body(f"{name}/pelvis").xpos
    return math.degrees(math.acos(max(-1.0, min(1.0, along[2] / math.sqrt(along @ along)))))


def _lowest(model: Any, data: Any, name: str, pads: tuple[Bed, ...]) -> float:
    """How far trunk and hips are above the floor, or above the pad that is under them."""
    lowest = math.inf
    for bone in _TRUNK:
        body = model.body(f"{name}/{bone}")
        for geom in range(body.geomadr[0], body.geomadr[0] + body.geomnum[0]):
            radius, half = model.geom_size[geom][:2]
            drop = radius + abs(data.geom_xmat[geom][8]) * half
            x, y, z = data.geom_xpos[geom]
            under = max((pad.height_m for pad in pads if _over(pad, x, y)), default=0.0)
            lowest = min(lowest, z - drop - under)
    return lowest


def _on(bed: Bed, x: float, y: float, lowest: float) -> bool:
    return _over(bed, x, y, 0.05) and lowest > bed.height_m - 0.12


def _over(bed: Bed, x: float, y: float, spare: float = 0.0) -> bool:
    c, s = math.cos(bed.yaw), math.sin(bed.yaw)
    along, across = c * (x - bed.x) + s * (y - bed.y), -s * (x - bed.x) + c * (y - bed.y)
    return abs(along) < bed.length_m / 2 + spare and abs(across) < bed.width_m / 2 + spare
