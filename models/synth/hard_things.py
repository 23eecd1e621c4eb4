"""Things on a floor that are taken for somebody who lies there, one at a time in an empty room."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import numpy as np

from edge.core.types import Box
from models.synth import clutter, vantage
from models.synth.actor import Actor
from models.synth.condition import Condition, Hard
from models.synth.figure import draw_build
from models.synth.filming import SIZE, Camera, draw_lens, picture_of
from models.synth.furniture import Place
from models.synth.hard_eyes import ASPECT
from models.synth.hard_people import colour_look, lit_room
from models.synth.plane import Eye, project
from models.synth.room import Room
from models.synth.seeds import rng_of
from models.synth.stage import Stage
from models.synth.vantage import Points

HEIGHT_M = 0.3
WIDE = (0.14, 0.5)  # of the picture's width that the space for a thing fills
THINGS: dict[str, Condition] = {
    name: Condition(words, "collapse", wanted=False)
    for name, words in (
        ("bedding", "heap of bedding on the floor"),
        ("clothes", "row of clothes on the floor"),
        ("sheet", "pale sheet on the floor"),
        ("coat and bags", "coat over a chair, bags beside it"),
        ("mattress", "empty mattress on the floor"),
        ("dog", "dog"),
    )
}


def things(seed: int, wanted: Collection[Condition]) -> Iterator[Hard]:
    """Each thing at the same spot of the same room, seen from the same place."""
    rng = rng_of(seed, 30)
    room = lit_room(rng)
    place = Place(*room.spot(rng, 0.9), float(rng.uniform(-math.pi, math.pi)))
    corners = _corners(place)
    eye = _eye(room, corners, rng)
    look = colour_look(rng)
    for number, (name, condition) in enumerate(THINGS.items()):
        if condition not in wanted:
            continue
        own = rng_of(seed, 31, number)
        filled = clutter.with_thing(room, name, place, own)
        camera = Camera(eye, draw_lens(eye, rng_of(seed, 32)), 1.0)
        with Stage(filled, [], eye, size=SIZE, rng=rng_of(seed, 33), samples=0) as stage:
            stage.restyle(rng_of(seed, 34))
            rgb = look.apply(picture_of(stage, [], camera), own)
        yield Hard(condition, seed, rgb, _box(eye, corners))


def _eye(room: Room, corners: Points, rng: np.random.Generator) -> Eye:
    """A camera by a wall that sees the spot. Somebody stands in there to be looked for: bodies
    know how much of themselves furniture hides."""
    actor = Actor(room, draw_build(rng), rng)
    x, y = (float(v) for v in corners[:, :2].mean(0))
    actor.stand_at(x, y, 0.0)
    actor.idle(1 / 50)
    eyes = [vantage.eye_for(room, actor, 0, "wall", rng) for _ in range(8)]

    def fit(eye: Eye) -> float:
        wide = _box(eye, corners).w
        return vantage.visible(eye, corners, actor) - (not WIDE[0] <= wide <= WIDE[1])

    return max(eyes, key=fit)


def _corners(place: Place) -> Points:
    """The corners of the space a thing may fill."""
    flat = [place.at(x, y) for x in (-0.8, 0.8) for y in (-0.5, 0.5)]
    return np.array([(x, y, z) for x, y in flat for z in (0.03, HEIGHT_M)])


def _box(eye: Eye, corners: Points) -> Box:
    spots = [spot for point in corners if (spot := project(eye, point, ASPECT)) is not None]
    if not spots:
        return Box(0.0, 0.0, 0.0, 0.0)
    low, high = np.clip(np.min(spots, 0), 0, 1), np.clip(np.max(spots, 0), 0, 1)
    return Box(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
