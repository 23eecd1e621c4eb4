"""People who are hard to see lying, and people who do not lie but look like it.

The same body in the same room is filmed in every way, so that two conditions differ by what their
names say and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.synth import clutter, hard_eyes, poses, script, vantage
from models.synth.actor import Actor
from models.synth.camera import Look, draw_look
from models.synth.condition import Condition, Hard
from models.synth.figure import draw_build
from models.synth.filming import SIZE, Camera, draw_lens, frame_of
from models.synth.hard_eyes import Propose
from models.synth.room import STYLES, WIDE_STYLES, Room, draw_room
from models.synth.scene import Scene
from models.synth.script import Kind
from models.synth.seeds import rng_of
from models.synth.stage import Stage

Light = Literal["day", "dim", "infrared"]
TRIES = 12
LONG_PX_MIN = 45.0  # of whoever is not meant to be small
DARK = 0.22  # of its colour is left to dark cloth and dark floors


@dataclass(frozen=True)
class View:
    """A condition and how it is filmed: `share` of the body's points that must be seen, `long_px`
    the longer side of its box; `cut` where the picture's lower edge cuts it."""

    condition: Condition
    propose: Propose
    share: tuple[float, float] = (0.7, 1.0)
    long_px: tuple[float, float] = (LONG_PX_MIN, 640.0)
    light: Light = "day"
    dark: bool = False
    cut: bool = False


def _down(name: str) -> Condition:
    return Condition(name, "collapse", wanted=True)


def _up(name: str) -> Condition:
    return Condition(name, "collapse", wanted=False)


ANY = (0.0, 1.0)
WALL, HIDDEN = hard_eyes.by("wall"), hard_eyes.by("half hidden")
LYING = (
    View(_down("lies in the open"), WALL),
    View(_down("lies with the feet to a low camera"), hard_eyes.at_feet),
    View(_down("lies with the head to a low camera"), hard_eyes.at_head),
    View(_down("lies, cut lengthwise by the lower edge"), hard_eyes.cut_lengthwise, ANY, cut=True),
    View(_down("lies straight below a ceiling camera"), hard_eyes.straight_down),
    View(_down("lies half hidden by furniture"), HIDDEN, (0.25, 0.7), (25, 640)),
    View(_down("lies in dim light"), WALL, light="dim"),
    View(_down("lies in infrared light"), WALL, light="infrared"),
    View(_down("lies in dark clothes on a dark floor"), WALL, dark=True),
)  # fmt: skip
FAR = (View(_down("lies far away, 25 to 40 px long"), hard_eyes.far_away, (0.6, 1.0), (22, 42)),)
PADDED = (View(_down("lies on a thick mat"), WALL),)
CROUCHES = View(_up("crouches, kneels or bends"), WALL)
SITS = View(_up("sits on the floor"), WALL)
CRAWLS = View(_up("crawls"), WALL)
SLUMPS = View(_up("sits slumped on a chair"), WALL)
ACTING = (CROUCHES, SITS, CRAWLS, SLUMPS)
ABED = (View(_up("lies on a bed"), WALL),)


def lying(seed: int, wanted: Collection[Condition]) -> Iterator[Hard]:
    """Somebody lies on the bare floor of a furnished room."""
    yield from _lying(seed, wanted, LYING, lit_room(_rng(seed)))


def far(seed: int, wanted: Collection[Condition]) -> Iterator[Hard]:
    """Somebody lies in a hall, seen from its other end."""
    yield from _lying(seed, wanted, FAR, lit_room(_rng(seed), wide=True))


def padded(seed: int, wanted: Collection[Condition]) -> Iterator[Hard]:
    """Somebody lies on a mattress or crash mat that lies on the floor: down, by `truth`."""
    rng = _rng(seed)
    room = lit_room(rng)
    pad = clutter.draw_pad(rng, "thick", *room.spot(rng, 1.1), float(rng.uniform(-np.pi, np.pi)))
    actor = Actor(clutter.with_pad(room, pad, rng), draw_build(rng), rng)
    actor.raised_m = pad.height_m
    script.act(actor, "lie_still", 0.4, at=(pad.x, pad.y))
    yield from _if_down(actor, seed, wanted, PADDED)


def abed(seed: int, wanted: Collection[Condition]) -> Iterator[Hard]:
    """Somebody lies on a bed or sofa."""
    rng = _rng(seed)
    room = lit_room(rng)
    while not room.raised:
        room = lit_room(rng)
    actor = Actor(replace(room, beds=room.raised, couches=()), draw_build(rng), rng)
    script.act(actor, "lie_on_bed", 3.5)
    if script.came_out(actor, "lie_on_bed"):
        last = len(actor.track) - 1
        yield from _filmed(actor, "lie_on_bed", seed, [(v, last) for v in ABED], wanted)


def acting(seed: int, wanted: Collection[Condition]) -> Iterator[Hard]:
    """Somebody is low in four ways, one after the other, none of them lying."""
    rng = _rng(seed)
    actor = Actor(lit_room(rng), draw_build(rng), rng)
    actor.stand_at(*actor.room.spot(rng, 0.7), float(rng.uniform(-np.pi, np.pi)))
    shots = [(CRAWLS, 0)]
    actor.crawl(1 / 50)
    for view, ways, sense in ((CROUCHES, poses.LOW, 1.0), (SITS, poses.ON_FLOOR, -1.0)):
        pose, tip_deg = ways[int(rng.integers(len(ways)))]
        actor.pitch = sense * float(np.radians(tip_deg))
        actor.put(pose + rng.normal(0, 0.08, len(pose)))
        shots.append((view, len(actor.track) - 1))
    if actor.room.seats:
        seat = actor.room.seats[int(rng.integers(len(actor.room.seats)))]
        actor.seated(seat, 1 / 50, poses.SLUMP)
        shots.append((SLUMPS, len(actor.track) - 1))
    yield from _filmed(actor, "sit_on_floor", seed, shots, wanted)


def lit_room(rng: np.random.Generator, wide: bool = False) -> Room:
    """A furnished room, or a wide one, that is not seen in infrared."""
    styles = list(WIDE_STYLES if wide else STYLES)
    while True:
        room = draw_room(rng, styles[int(rng.integers(len(styles)))])
        if not room.grey:
            return room


def colour_look(rng: np.random.Generator) -> Look:
    """A camera by day: it sees colours."""
    look = draw_look(rng)
    while look.saturation <= 0:
        look = draw_look(rng)
    return look


def _rng(seed: int) -> np.random.Generator:
    return rng_of(seed, 20)


def _lying(
    seed: int, wanted: Collection[Condition], views: Sequence[View], room: Room
) -> Iterator[Hard]:
    rng = rng_of(seed, 21)
    actor = Actor(room, draw_build(rng), rng)
    script.act(actor, "lie_still", 0.4)
    yield from _if_down(actor, seed, wanted, views)


def _if_down(
    actor: Actor, seed: int, wanted: Collection[Condition], views: Sequence[View]
) -> Iterator[Hard]:
    """Physics decides where a body comes to rest: those who do not lie are not filmed."""
    last = len(actor.track) - 1
    if script.state_at(actor, last) == "down":
        yield from _filmed(actor, "lie_still", seed, [(view, last) for view in views], wanted)


def _filmed(
    actor: Actor, kind: Kind, seed: int, shots: Sequence[tuple[View, int]],
    wanted: Collection[Condition],
) -> Iterator[Hard]:  # fmt: skip
    shots = [(view, tick) for view, tick in shots if view.condition in wanted]
    scene = Scene(kind, actor.room, [actor], wide=False)
    first = vantage.eye_for(actor.room, None, 0, "wall", rng_of(seed, 22))
    with Stage(
        actor.room, [actor.build], first, size=SIZE, rng=rng_of(seed, 23),
        extra_xml="".join(actor.props), samples=0,
    ) as stage:  # fmt: skip
        for view, tick in shots:
            for attempt in range(TRIES):
                made = _shot(stage, scene, view, tick, rng_of(seed, 24, attempt))
                if made is not None:
                    yield replace(made, seed=seed)
                    break


def _shot(
    stage: Stage, scene: Scene, view: View, tick: int, rng: np.random.Generator
) -> Hard | None:
    """The view from one proposed camera, if it shows what the condition says."""
    actor = scene.actors[0]
    eye = view.propose(actor, tick, rng)
    if eye is None:
        return None
    share = vantage.visible(eye, vantage.body_points(actor, tick), actor)
    if not view.share[0] <= share <= view.share[1]:
        return None
    look = _lit(stage, view, rng)
    stage.aim(eye)
    camera = Camera(eye, draw_lens(eye, rng), float(rng.uniform(0.5, 1.4)))
    frame, _ = frame_of(scene, stage, stage.draw([actor.track[tick]]), camera, tick)
    if len(frame.people) != 1:
        return None
    box = frame.people[0].box
    long_px = max(box.w * SIZE[0], box.h * SIZE[1])
    cut = box.y + box.h > 0.995 and box.w * SIZE[0] > LONG_PX_MIN and box.h > 0.04
    if not view.long_px[0] <= long_px <= view.long_px[1] or (view.cut and not cut):
        return None
    return Hard(view.condition, 0, look.apply(frame.rgb, rng), box)


def _lit(stage: Stage, view: View, rng: np.random.Generator) -> Look:
    """Set the stage's light and paint for a view; the same seed gives the same but for what the
    view changes."""
    stage.restyle(rng)
    model, look = stage.model, colour_look(rng)
    model.vis.headlight.diffuse[:] = 0.08
    if view.dark:
        for number in range(model.nmat):
            if model.mat(number).name in ("floor", "p0/top", "p0/lower", "p0/shoes", "p0/hair"):
                model.mat_rgba[number, :3] = DARK
    if view.light == "infrared":
        model.light_diffuse[:] *= 0.15
        model.vis.headlight.ambient[:] = 0.15
        model.vis.headlight.diffuse[:] = 0.55  # the lamps round the lens
        return draw_look(rng, grey=True)
    if view.light == "dim":
        grain = float(rng.uniform(0.02, 0.04))
        exposure = float(rng.uniform(0.2, 0.35))
        return replace(look, exposure=exposure, noise=look.noise + grain, coarse_noise=0.015)
    return look
