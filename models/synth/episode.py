"""One rendered clip: a room, a camera, a person and what happens to them, all from one seed.

Measured with OSMesa at 640×360, one person in a furnished room: a second of CPU for planning and
compiling an episode, then 0.16 s a frame (six a second), of which half is smooth edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box
from models.synth import script
from models.synth.actor import RATE_HZ, Actor
from models.synth.camera import Look, draw_look
from models.synth.figure import Build, draw_build
from models.synth.occlusion import darken
from models.synth.plane import Eye, FloorPlane, plane_of
from models.synth.room import Room, draw_room
from models.synth.script import Kind
from models.synth.seeds import check_not_demo, rng_of
from models.synth.stage import Stage
from models.synth.truth import State, state_of
from models.synth.view import Lens, draw_eye

SIDE_PX_MIN = 12
TRIES = 6


@dataclass(frozen=True)
class LabelledBox:
    """The visible pixels of one person, and their physical state (see `truth`), None where it is
    between two or too little shows to tell."""

    box: Box
    state: State | None


@dataclass(frozen=True)
class RenderedFrame:
    """`rgb` H×W×3 uint8; `floor` H×W bool: bare floor visible here; `plane` says where the floor
    lies, near enough for a slightly bent lens."""

    at_s: float
    rgb: NDArray[np.uint8]
    people: tuple[LabelledBox, ...]
    floor: NDArray[np.bool_]
    plane: FloorPlane


@dataclass(frozen=True)
class Shot:
    """Everything an episode is drawn from: who does what where, and who films it."""

    room: Room
    actors: Sequence[Actor]
    eye: Eye
    lens: Lens
    look: Look
    shade: float


def render_episode(
    seed: int, kind: Kind, *, fps: float, size: tuple[int, int] = (640, 360),
    seconds: float = 12.0, look: bool = True,
) -> Iterator[RenderedFrame]:  # fmt: skip
    """Frames of an episode, the same for the same arguments.

    `look=False` leaves out the camera's noise and compression, for whoever paints on the frame
    first and calls `shot_of(seed, kind).look.apply` after. Raises `SeedReserved` for demo seeds.
    """
    check_not_demo(seed)
    return frames_of(shot_of(seed, kind, seconds), seed, fps=fps, size=size, look=look)


def shot_of(seed: int, kind: Kind, seconds: float = 12.0) -> Shot:
    """Draw an episode without rendering it. Tries again where physics did not do as told."""
    for attempt in range(TRIES):
        rng = rng_of(seed, script.KINDS.index(kind), attempt)
        room = draw_room(rng)
        while not script.fits(room, kind):
            room = draw_room(rng)
        actors = []
        if kind != "empty":
            actors.append(Actor(room, draw_build(rng), rng))
            script.act(actors[0], kind, seconds)
            if attempt < TRIES - 1 and not script.came_out(actors[0], kind):
                continue
            if rng.random() < 0.3:
                actors.append(_bystander(room, rng, seconds))
        eye = draw_eye(room, actors[0] if actors else None, rng)
        lens = Lens(float(rng.choice([0.0, rng.uniform(0.02, 0.3)])))
        look = draw_look(rng, room.grey)
        break
    return Shot(room, actors, eye, lens, look, float(rng.uniform(0.5, 1.4)))


def _bystander(room: Room, rng: np.random.Generator, seconds: float) -> Actor:
    other = Actor(room, draw_build(rng), rng)
    kinds: list[Kind] = ["walk", "sit", "bend_or_kneel", "lie_on_bed"]
    kind = kinds[int(rng.integers(len(kinds)))]
    script.act(other, kind if script.fits(room, kind) else "walk", seconds)
    return other


def frames_of(
    shot: Shot, seed: int, *, fps: float, size: tuple[int, int], look: bool = True
) -> Iterator[RenderedFrame]:
    """Render a shot. An empty room lasts as long as its actors would: twelve seconds."""
    builds = [actor.build for actor in shot.actors]
    length = min((len(a.track) for a in shot.actors), default=12 * RATE_HZ)
    plane = plane_of(shot.eye, size)
    props = "".join(prop for actor in shot.actors for prop in actor.props)
    noise = rng_of(seed, 99)
    with Stage(
        shot.room, builds, shot.eye, size=size, rng=rng_of(seed, 98), extra_xml=props
    ) as stage:
        for number in range(int(length / RATE_HZ * fps)):
            tick = min(round(number / fps * RATE_HZ), length - 1)
            drawn = stage.draw([actor.track[tick] for actor in shot.actors])
            rgb = darken(drawn.rgb, drawn.depth_m, shot.shade)
            rgb = np.asarray(shot.lens.warp(rgb), np.uint8)
            owner = shot.lens.warp(drawn.owner, exact=True)
            people = label_people(np.asarray(owner, np.int16), stage, builds, shot.room)
            if look:
                rgb = shot.look.apply(rgb, noise)
            yield RenderedFrame(number / fps, rgb, people, owner == -2, plane)


def label_people(
    owner: NDArray[np.int16], stage: Stage, builds: Sequence[Build], room: Room
) -> tuple[LabelledBox, ...]:
    """Boxes around the visible pixels of everyone who is at least `SIDE_PX_MIN` across."""
    height, width = owner.shape
    out = []
    for number, build in enumerate(builds):
        rows, columns = np.nonzero(owner == number)
        if not len(rows):
            continue
        top, left = int(rows.min()), int(columns.min())
        tall, wide = int(rows.max()) + 1 - top, int(columns.max()) + 1 - left
        if min(tall, wide) < SIDE_PX_MIN:
            continue
        box = Box(left / width, top / height, wide / width, tall / height)
        state = state_of(stage.model, stage.data, build, room.beds, f"p{number}")
        out.append(LabelledBox(box, state))
    return tuple(out)
