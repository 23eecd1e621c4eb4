"""A scene for training pictures: a cluttered room, what one person does there, and who is about.

People lie on bare floors, on mats and on mattresses that lie on the floor; up to four others walk
about, sit, or bend over who is down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from models.synth import clutter, poses, script
from models.synth.actor import RATE_HZ, Actor
from models.synth.figure import draw_build
from models.synth.furniture import Bed
from models.synth.room import WIDE_STYLES, Room, draw_room
from models.synth.script import Kind
from models.synth.seeds import rng_of
from models.synth.tumble import draw_fall, tumble

TRIES = 6
WIDE_SHARE = 0.3
THIN_SHARE, THICK_SHARE = 0.25, 0.12
OTHERS = (0.45, 0.25, 0.15, 0.1, 0.05)  # none, one, … four bystanders
LYING: tuple[Kind, ...] = ("fall", "faint", "slide_from_chair", "lie_still")
_PADDED: tuple[Kind, ...] = (*LYING, "crawl", "sit_on_floor")


@dataclass(frozen=True)
class Scene:
    """Who does what where. The first actor does `kind`; none is there if it is "empty"."""

    kind: Kind
    room: Room
    actors: Sequence[Actor]
    wide: bool


def draw_scene(seed: int, kind: Kind, seconds: float = 12.0, tended: bool = True) -> Scene:
    """The same scene for the same arguments. Tries again where physics did not do as told.

    `tended` has bystanders bend over who is down, from the start: for pictures, not for clips.
    """
    for attempt in range(TRIES):
        rng = rng_of(seed, 7, script.KINDS.index(kind), attempt)
        wide = kind != "lie_on_bed" and bool(rng.random() < WIDE_SHARE)
        room = _room(rng, kind, wide)
        actors: list[Actor] = []
        if kind != "empty":
            actors.append(_leading(room, kind, seconds, rng))
            room = actors[0].room
            if attempt < TRIES - 1 and not script.came_out(actors[0], kind):
                continue
        break
    count = int(rng.choice(len(OTHERS), p=OTHERS)) + (int(rng.integers(0, 3)) if wide else 0)
    for _ in range(count if kind != "empty" else 0):
        other = _bystander(room, actors[0], kind if tended else None, seconds, rng)
        if not any(_collide(other, actor) for actor in actors):
            actors.append(other)
    return Scene(kind, room, actors, wide)


def _room(rng: np.random.Generator, kind: Kind, wide: bool) -> Room:
    styles = list(WIDE_STYLES)
    while True:
        room = draw_room(rng, styles[int(rng.integers(len(styles)))] if wide else None)
        if kind == "lie_on_bed":  # a sofa serves as well
            room = replace(room, beds=room.raised, couches=())
        if script.fits(room, kind):
            return clutter.strewn(room, rng)


def _leading(room: Room, kind: Kind, seconds: float, rng: np.random.Generator) -> Actor:
    """The one the scene is about, on a mat or mattress at times."""
    build, seed = draw_build(rng), int(rng.integers(2**31))
    u = rng.random() if kind in _PADDED else 1.0
    if u >= THIN_SHARE + THICK_SHARE:
        return _played(Actor(room, build, np.random.default_rng(seed)), kind, seconds)
    if u < THIN_SHARE:
        # Once without, to learn where they will lie; the same steps then lead onto the mat.
        dry = _played(Actor(room, build, np.random.default_rng(seed)), kind, seconds)
        x, y = (float(v) for v in dry.track[-1][:2] + rng.normal(0, 0.2, 2))
        pad = clutter.draw_pad(rng, "thin", x, y, float(rng.uniform(-math.pi, math.pi)))
        room = clutter.with_pad(room, pad, rng)
        return _played(Actor(room, build, np.random.default_rng(seed)), kind, seconds)
    x, y = room.spot(rng, 1.1)
    yaw = float(rng.uniform(-math.pi, math.pi))
    pad = clutter.draw_pad(rng, "thick", x, y, yaw)
    actor = Actor(clutter.with_pad(room, pad, rng), build, np.random.default_rng(seed))
    return _on_mattress(actor, kind, pad, seconds)


def _played(actor: Actor, kind: Kind, seconds: float) -> Actor:
    script.act(actor, kind, seconds)
    return actor


def _on_mattress(actor: Actor, kind: Kind, pad: Bed, seconds: float) -> Actor:
    """On a thick mat; falls begin on it or beside it, facing it."""
    rng = actor.rng
    if kind not in ("fall", "faint", "slide_from_chair"):
        actor.raised_m = pad.height_m
        script.act(actor, kind, seconds, at=(pad.x, pad.y))
        return actor
    beside = rng.random() < 0.5
    out = pad.width_m / 2 + 0.2 if beside else 0.0
    side = pad.yaw + math.pi / 2
    actor.raised_m = 0.0 if beside else pad.height_m
    facing = side + math.pi if beside else float(rng.uniform(-math.pi, math.pi))
    actor.stand_at(pad.x + out * math.cos(side), pad.y + out * math.sin(side), facing)
    actor.idle(float(rng.uniform(1.0, 2.5)))
    tumble(
        actor, draw_fall(rng, "forward" if beside else None), seconds - actor.seconds, alive=True
    )
    return actor


def _bystander(
    room: Room, leading: Actor, kind: Kind | None, seconds: float, rng: np.random.Generator
) -> Actor:
    other = Actor(room, draw_build(rng), rng)
    if kind in LYING and rng.random() < 0.35:
        _tend(other, leading, seconds)
        return other
    kinds: list[Kind] = ["walk", "walk", "sit", "sit", "bend_or_kneel", "lie_on_bed"]
    chosen = kinds[int(rng.integers(len(kinds)))]
    script.act(other, chosen if script.fits(room, chosen) else "walk", seconds)
    return other


def _tend(other: Actor, leading: Actor, seconds: float) -> None:
    """Beside who is down, bending or kneeling over them, or standing there."""
    rng, (x, y) = other.rng, leading.track[-1][:2]
    side = float(rng.uniform(-math.pi, math.pi))
    away = float(rng.uniform(0.55, 0.9))
    other.stand_at(x + away * math.cos(side), y + away * math.sin(side), side + math.pi)
    other.idle(float(rng.uniform(0.2, 1.0)))
    goal, pitch = poses.LOW[int(rng.integers(len(poses.LOW)))]
    if rng.random() < 0.75:
        other.move_into(goal + rng.normal(0, 0.1, len(goal)), 1.0, math.radians(pitch))
    other.idle(seconds - other.seconds, other.pose)


def _collide(one: Actor, other: Actor) -> bool:
    """Whether two would stand in one another at the end, when most pictures are taken."""
    last = one.track[-1][:2] - other.track[-1][:2]
    return float(np.hypot(*last)) < 0.45


def moments(scene: Scene, eyes: int, rng: np.random.Generator) -> list[list[int]]:
    """Which ticks each camera takes: two or three, the telling ones among them.

    Of somebody who goes down at least two thirds are of after, and one of the way down.
    """
    length = min((len(a.track) for a in scene.actors), default=12 * RATE_HZ)
    counts = [3 if eye < 2 else 2 for eye in range(eyes)]
    anywhere = np.linspace(0, length - 1, sum(counts) + 1)
    ticks = [int(rng.uniform(a, b)) for a, b in pairwise(anywhere)]
    rng.shuffle(ticks)
    if scene.kind in LYING:
        start, down = descent(scene.actors[0], length)
        ticks = [int(rng.integers(down, length)) for _ in ticks]
        if down > 0:
            ticks[0] = int(rng.integers(start, down))
        if start > 0:
            ticks[counts[0]] = int(rng.integers(0, start))
    out, at = [], 0
    for count in counts:
        out.append(ticks[at : at + count])
        at += count
    return out


def descent(actor: Actor, length: int) -> tuple[int, int]:
    """The tick at which they begin to go down, and that from which they stay down."""
    step = RATE_HZ // 10
    states = [script.state_at(actor, tick) for tick in range(0, length, step)]
    down = len(states) - 1
    while down > 0 and states[down - 1] == "down":
        down -= 1
    start = max(0, down - 15)  # nobody takes longer than a second and a half
    return start * step, down * step
