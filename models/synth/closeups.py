"""Close-ups of people and of what is taken for them, as a full picture shows them from afar: for
the network that looks a second time (`models.closer`).

Every scene is filmed by cameras as rooms have them, and of each picture only the parts about its
people and some things on the floor are drawn, each as large as a small picture. That takes a tenth
of the time of whole pictures and shows many times as many bodies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box, Rgb
from models.synth import clutter, loose, scene, vantage
from models.synth.actor import RATE_HZ
from models.synth.closeup_size import SIDE, SPAN
from models.synth.errands import Errand
from models.synth.filming import state_in
from models.synth.furniture import Place
from models.synth.movables import BROUGHT, brought_xml
from models.synth.occlusion import darken, smooth_edges
from models.synth.plane import Eye, project
from models.synth.room import Room
from models.synth.scene import LYING, Scene
from models.synth.script import Kind
from models.synth.seeds import rng_of, training_seed
from models.synth.stage import ASPECT, Stage
from models.synth.truth import State

EYES = 5
SECONDS = 10.0
FIRST = 600_000  # of the training's seeds; `models.rendered` counts from 0
LONG_MIN, LONG_MAX = 14 / 640, 330 / 640  # of the view's width
SHOWN_MIN = 0.5  # of a person's points
PIXELS_MIN = 150
THINGS = 3
STRANGE_MAX = 0.04  # of a thing's box that is somebody
Act: TypeAlias = "Kind | Literal['look_under']"
KINDS: tuple[Act, ...] = (
    "fall", "crawl", "lie_still", "bend_or_kneel", "faint", "look_under", "sit_on_floor", "fall",
    "crawl", "slide_from_chair", "look_under", "lie_still", "bend_or_kneel", "faint", "walk",
    "crawl", "fall", "lie_on_bed", "look_under", "sit", "lie_still", "faint",
)  # fmt: skip


@dataclass(frozen=True)
class CloseUp:
    """SIDE×SIDE pixels without its camera's noise, the box in it (fractions) of whom or what it
    shows, their state (None: nobody, a thing), and what the scene is about."""

    rgb: Rgb
    box: Box
    state: State | None
    kind: Act


@dataclass(frozen=True)
class _Set:
    """A scene, what was brought into its room, and where each camera looks from."""

    scene: Scene
    kind: Act
    room: Room
    stage: Stage


def close_ups(number: int) -> Iterator[CloseUp]:
    """Some twenty of the scene of that number; the same for the same."""
    seed, kind = training_seed(FIRST + number), KINDS[number % len(KINDS)]
    rng = rng_of(seed, 8)
    played = _played(seed, kind)
    room = _furnished(played.room, rng)
    builds = [actor.build for actor in played.actors]
    props = "".join(prop for actor in played.actors for prop in actor.props) + brought_xml(rng)
    first = vantage.eye_for(room, None, 0, "wall", rng)
    with Stage(
        room, builds, first, size=(SIDE, SIDE), rng=rng_of(seed, 9), extra_xml=props, samples=0
    ) as stage:
        for name in BROUGHT:
            stage.place(name, (*room.spot(rng, 0.4), 0.0), float(rng.uniform(-math.pi, math.pi)))
        for _ in range(EYES):
            yield from _filmed(_Set(played, kind, room, stage), rng)


def _played(seed: int, kind: Act) -> Scene:
    """Somebody who looks under the furniture is on all fours, their head down."""
    if kind != "look_under":
        return scene.draw_scene(seed, kind, SECONDS)
    played = scene.draw_scene(seed, "crawl", SECONDS)
    actor = played.actors[0]
    actor.track.clear()
    at = actor.room.spot(actor.rng, 0.7)
    actor.stand_at(*at, float(actor.rng.uniform(-math.pi, math.pi)))
    actor.idle(0.5)
    Errand(actor, Place(*at, 0.0)).bow("look_under", SECONDS)
    del actor.track[round(SECONDS * RATE_HZ) :]
    return played


def _furnished(room: Room, rng: np.random.Generator) -> Room:
    names = [*clutter.NAMED]
    for _ in range(3):
        place = Place(*room.spot(rng, 0.5), float(rng.uniform(-math.pi, math.pi)))
        room = clutter.with_thing(room, names[int(rng.integers(len(names)))], place, rng)
    return room


def _filmed(of: _Set, rng: np.random.Generator) -> Iterator[CloseUp]:
    """What one camera sees at two moments."""
    leading, lying = of.scene.actors[0], of.kind in LYING
    length = min(len(actor.track) for actor in of.scene.actors)
    start, down = scene.descent(leading, length) if lying else (0, 0)
    ticks = [int(rng.integers(min(begin, length - 1), length)) for begin in (down, start)]
    way = vantage.draw_vantage(
        rng, lying and rng.random() < 0.5, of.scene.wide or rng.random() < 0.3
    )
    eye, shade = vantage.eye_for(of.room, leading, ticks[0], way, rng), rng.uniform(0.5, 1.4)
    of.stage.aim(eye)
    of.stage.restyle(rng)
    for tick in ticks:
        poses = [actor.track[tick] for actor in of.scene.actors]
        of.stage.pose(poses)
        seen = [shot for n in range(len(poses)) if (shot := _person(of, eye, poses, n)) is not None]
        if tick == ticks[0]:
            seen += _things(of, eye, poses, rng)
        for part, box, state in seen:
            of.stage.zoom(part)
            rgb, depth_m = of.stage.picture(poses)
            soft = darken(smooth_edges(rgb, depth_m), depth_m, float(shade))
            yield CloseUp(soft, box, state, of.kind)


_Shot = tuple[Box, Box, State | None]


def _person(of: _Set, eye: Eye, poses: Sequence[NDArray[np.float64]], number: int) -> _Shot | None:
    """The part of the view about somebody, their box in it and their state; None where too little
    of them shows or their state is between two."""
    stage, name = of.stage, f"p{number}"
    points = np.array([stage.data.body(f"{name}/{bone}").xpos for bone in vantage.BONES])
    part = _part(eye, points)
    if part is None:
        return None
    stage.zoom(part)
    owner, _ = stage.labels(poses)
    box, state = _around(owner == number), state_in(of.scene, stage, number)
    if box is None or state is None or _shown(eye, points, part, owner == number) < SHOWN_MIN:
        return None
    return part, box, state


def _things(
    of: _Set, eye: Eye, poses: Sequence[NDArray[np.float64]], rng: np.random.Generator
) -> list[_Shot]:
    """Parts of the view about up to three things with nobody before them."""
    found, seen = loose.things(of.stage, rng), list[_Shot]()
    for number in rng.permutation(len(found))[:THINGS]:
        part = _part(eye, found[number].points)
        if part is None:
            continue
        of.stage.zoom(part)
        owner, geoms = of.stage.labels(poses)
        box = _around(np.isin(geoms, [*found[number].geoms]))
        if box is not None and (owner[box.cells(SIDE, SIDE)] >= 0).mean() <= STRANGE_MAX:
            seen.append((part, box, None))
    return seen


def _part(eye: Eye, points: NDArray[np.float64]) -> Box | None:
    """A square of the view about points, `SPAN` times as wide as they reach; None where their
    middle is not in the view, or they are too small or too large in it."""
    at = [spot for point in points if (spot := project(eye, point, ASPECT)) is not None]
    if len(at) < len(points) // 2 + 1:
        return None
    spots = np.array(at) * (1.0, 1 / ASPECT)  # both in widths of the view
    low, high = spots.min(0), spots.max(0)
    (x, y), longest = (low + high) / 2, float((high - low).max())
    if not (LONG_MIN <= longest <= LONG_MAX and 0 < x < 1 and 0 < y < 1 / ASPECT):
        return None
    side = SPAN * longest
    return Box(float(x - side / 2), float((y - side / 2) * ASPECT), side, side * ASPECT)


def _around(mask: NDArray[np.bool_]) -> Box | None:
    rows, columns = np.nonzero(mask)
    if len(rows) < PIXELS_MIN:
        return None
    top, left = int(rows.min()), int(columns.min())
    wide, tall = int(columns.max()) + 1 - left, int(rows.max()) + 1 - top
    return Box(left / SIDE, top / SIDE, wide / SIDE, tall / SIDE)


def _shown(eye: Eye, points: NDArray[np.float64], part: Box, mask: NDArray[np.bool_]) -> float:
    """Share of somebody's points about which they show."""
    shown = 0
    for point in points:
        at = project(eye, point, ASPECT)
        if at is None:
            continue
        column, row = ((at[0] - part.x) / part.w * SIDE, (at[1] - part.y) / part.h * SIDE)
        around = mask[
            max(int(row) - 4, 0) : int(row) + 5, max(int(column) - 4, 0) : int(column) + 5
        ]
        shown += bool(0 <= row < SIDE and 0 <= column < SIDE and around.any())
    return shown / len(points)
