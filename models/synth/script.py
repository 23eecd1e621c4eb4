"""What happens in an episode: for each kind, what the actor does, and whether it came out right."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np

from models.synth import poses
from models.synth.actor import RATE_HZ, Actor
from models.synth.furniture import Bed, Parts, Place, Seat
from models.synth.physics import mujoco
from models.synth.poses import angles
from models.synth.room import Room
from models.synth.truth import State, state_of
from models.synth.tumble import Fall, Push, draw_fall, settle, tumble

Kind = Literal[
    "fall", "faint", "slide_from_chair", "lie_still", "walk", "sit", "bend_or_kneel",
    "lie_on_bed", "crawl", "empty", "sit_on_floor",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
ENDS: dict[str, State] = {
    "fall": "down", "faint": "down", "slide_from_chair": "down", "lie_still": "down",
    "walk": "upright", "sit": "low", "lie_on_bed": "bed", "crawl": "low",
}  # fmt: skip


def fits(room: Room, kind: Kind) -> bool:
    """Whether a room has what the kind needs."""
    if kind == "lie_on_bed":
        return bool(room.beds)
    return kind not in ("sit", "slide_from_chair") or bool(room.seats)


def act(actor: Actor, kind: Kind, seconds: float, at: tuple[float, float] | None = None) -> None:
    """Fill the actor's track with about `seconds` of the kind, begun `at` a point or anywhere."""
    rng = actor.rng
    start = at or actor.room.spot(rng, 0.7)
    actor.stand_at(*start, float(rng.uniform(-math.pi, math.pi)))
    before = float(rng.uniform(0.15, 0.35)) * seconds
    if kind == "walk":
        actor.wander(seconds)
    elif kind in ("fall", "faint"):
        _go_down(actor, kind, before, seconds)
    elif kind == "slide_from_chair":
        _slide(actor, before, seconds)
    elif kind == "lie_still":
        _lie(actor, seconds, at)
    elif kind == "sit":
        _sit(actor, before, seconds)
    elif kind == "bend_or_kneel":
        _bend(actor, before, seconds)
    elif kind == "lie_on_bed":
        _bed(actor, before, seconds)
    elif kind == "crawl":
        actor.crawl(seconds)
    elif kind == "sit_on_floor":
        _sit_low(actor, before, seconds)
    del actor.track[round(seconds * RATE_HZ) :]


def came_out(actor: Actor, kind: Kind) -> bool:
    """Whether the track ends in the state the kind promises."""
    if kind not in ENDS:
        return True
    return state_at(actor, len(actor.track) - 1) == ENDS[kind]


def state_at(actor: Actor, tick: int) -> State:
    """The actor's state at a tick of their track, as `truth` has it."""
    actor.data.qpos[:] = actor.track[tick]
    mujoco.mj_kinematics(actor.model, actor.data)
    room = actor.room
    return state_of(actor.model, actor.data, actor.build, room.raised, pads=room.pads)


def _go_down(actor: Actor, kind: Kind, before: float, seconds: float) -> None:
    rng = actor.rng
    actor.wander(before)
    if kind == "faint":
        actor.idle(float(rng.uniform(0.4, 1.5)))
        fall = draw_fall(rng, str(rng.choice(["crumple", "sink", "sideways"])))
    else:
        fall = draw_fall(rng)
    tumble(actor, fall, seconds - actor.seconds, alive=bool(rng.random() < 0.7))


def _slide(actor: Actor, before: float, seconds: float) -> None:
    rng = actor.rng
    seat = actor.room.seats[int(rng.integers(len(actor.room.seats)))]
    actor.seated(seat, before)
    actor.seated(seat, 0.3)
    side, hard = float(rng.choice([-1, 0, 1])), float(rng.uniform(1.0, 2.0))
    aim = angles(
        {"hip_flex": 60, "knee": 70, "neck_bend": 40, "spine_bend": 25, "spine_lean": 12 * side}
    )
    pushes = (
        Push("pelvis", (0.4 * hard, 0.1 * side, 0.02), 1.2),
        Push("chest", (0.15 * hard, 0.25 * side, 0), 1.5),
    )
    fall = Fall("slide", aim, float(rng.uniform(0.5, 1.5)), 0.03, 0.3, pushes)
    tumble(actor, fall, seconds - actor.seconds, alive=bool(rng.random() < 0.7))


def _lie(actor: Actor, seconds: float, at: tuple[float, float] | None) -> None:
    rng = actor.rng
    roll, yaw = rng.uniform(-math.pi, math.pi), rng.uniform(-math.pi, math.pi)
    level = poses.times(poses.turned((0, 0, 1), yaw), poses.turned((0, 1, 0), -math.pi / 2))
    turn = poses.times(level, poses.turned((0, 0, 1), roll))
    x, y = at or actor.room.spot(rng, 0.9)
    limp = poses.lying(rng)
    actor.put(limp, (x, y, 0.3 + actor.raised_m), turn)
    actor.track.clear()
    settle(actor, limp, 2.5, alive=False, record=False)
    settle(actor, limp, seconds, alive=bool(rng.random() < 0.6), record=True)


def _sit(actor: Actor, before: float, seconds: float) -> None:
    rng = actor.rng
    seat = actor.room.seats[int(rng.integers(len(actor.room.seats)))]
    if rng.random() < 0.5:
        actor.stand_at(
            seat.x + 0.5 * math.cos(seat.yaw), seat.y + 0.5 * math.sin(seat.yaw), seat.yaw
        )
        actor.idle(before)
        actor.sit_down(seat, float(rng.uniform(0.5, 1.6)))
    slouch = poses.SLUMP if rng.random() < 0.25 else None
    actor.seated(seat, max(0.1, seconds - actor.seconds), slouch)


def _bend(actor: Actor, before: float, seconds: float) -> None:
    rng = actor.rng
    actor.wander(before)
    while actor.seconds < seconds:
        goal, pitch = poses.LOW[int(rng.integers(len(poses.LOW)))]
        varied = goal + rng.normal(0, 0.1, len(goal))
        actor.move_into(varied, float(rng.uniform(0.5, 1.3)), np.radians(pitch))
        actor.idle(float(rng.uniform(1.0, 4.0)), varied)
        actor.move_into(poses.STAND, float(rng.uniform(0.6, 1.3)))
        actor.wander(float(rng.uniform(0.5, 2.0)))


def _sit_low(actor: Actor, before: float, seconds: float) -> None:
    rng = actor.rng
    goal, back = poses.ON_FLOOR[int(rng.integers(len(poses.ON_FLOOR)))]
    varied = goal + rng.normal(0, 0.08, len(goal))
    actor.idle(before * float(rng.uniform(0.2, 1.0)))
    actor.move_into(varied, float(rng.uniform(0.8, 2.0)), -math.radians(back))
    actor.idle(max(0.1, seconds - actor.seconds), varied)


def _bed(actor: Actor, before: float, seconds: float) -> None:
    rng = actor.rng
    bed = actor.room.beds[int(rng.integers(len(actor.room.beds)))]
    edge = bed_side(bed, actor.room, rng)
    if rng.random() < 0.5:
        actor.seated(edge, before)
        actor.lie_down(bed, float(rng.uniform(0.8, 2.0)))
    else:
        at, turn = actor.bed_root(bed, 0.05)
        actor.put(poses.SUPINE, at, turn)
        actor.track.clear()
        if rng.random() < 0.6:
            actor.props.append(_blanket(bed, rng))
    limp = poses.SUPINE + 0.35 * (poses.lying(rng) - poses.SUPINE)
    settle(
        actor, limp, max(0.1, seconds - actor.seconds), alive=bool(rng.random() < 0.7), record=True
    )


def bed_side(bed: Bed, room: Room, rng: np.random.Generator) -> Seat:
    """The side of a bed where there is room for the legs."""
    sides = [1.0, -1.0] if rng.random() < 0.5 else [-1.0, 1.0]
    out = []
    for side in sides:
        yaw = bed.yaw + side * math.pi / 2
        reach = bed.width_m / 2 - 0.12
        x, y = bed.x + reach * math.cos(yaw), bed.y + reach * math.sin(yaw)
        out.append(Seat(x, y, yaw, bed.height_m))
        if room.free(x + 0.7 * math.cos(yaw), y + 0.7 * math.sin(yaw), 0.05):
            return out[-1]
    return out[0]


def _blanket(bed: Bed, rng: np.random.Generator) -> str:
    """A cover over the legs, at times up to the chest, as MJCF; it is seen and not felt."""
    reach, material = (
        rng.uniform(0.45, 0.8),
        str(rng.choice(["linen", "linen", "fabric", "fabric2"])),
    )
    cover, place = Parts(), Place(bed.x, bed.y, bed.yaw)
    middle, top = bed.length_m / 2 - reach, bed.height_m
    sheet = (reach, bed.width_m / 2 + 0.015, 0.012)
    cover.box(place, (middle, 0, top + 0.012), sheet, material, solid=False)
    for side in (-1.0, 1.0):  # the legs show through
        at = (middle, side * rng.uniform(0.07, 0.13), top)
        cover.blob(place, at, (reach, 0.2, rng.uniform(0.17, 0.23)), material)
    return "".join(cover.xml)
