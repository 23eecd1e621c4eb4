"""Floors with liquids that are hard to see, and dry floors that look wet.

One picture of an empty room gets one thing after the other painted at the same spot, so that two
conditions differ by what lies there and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from models.synth import hard_eyes, spill
from models.synth.condition import Condition, Hard, Mask, Rgb
from models.synth.filming import SIZE, Camera, draw_lens, picture_of
from models.synth.hard_people import colour_look, lit_room
from models.synth.plane import Eye, FloorPlane, plane_of
from models.synth.room import Room
from models.synth.seeds import rng_of
from models.synth.spill import OtherKind, SpillKind
from models.synth.stage import OWNER_FLOOR, Stage

AREA_MIN, CHANGE_MIN = 0.002, 0.02  # of the picture; of full brightness, mean over the liquid
FLOOR_MIN = 0.08  # of the picture
GRAZING_MAX = 0.2  # sine of the angle of view: 11°
TRIES = 12
RADIUS = (0.05, 0.13)  # of the picture's width
Kinds = Sequence["SpillKind | OtherKind | None"]  # None is polish


def _wet(name: str) -> Condition:
    return Condition(name, "spill", wanted=True)


def _dry(name: str) -> Condition:
    return Condition(name, "spill", wanted=False)


FROM_ABOVE: Mapping[Condition, Kinds] = {
    _wet("milk, juice, blood or paint"): ["opaque"],
    _wet("black oil"): ["dark"],
    _wet("thin film of tea, oil or juice"): ["film"],
    _wet("clear water that mirrors"): ["mirror"],
    _wet("floor merely darkened by water"): ["wet"],
    _dry("dry floor as it is"): [],
    Condition("room with nobody in it", "collapse", wanted=False): [],
    _dry("glossy dry floor, lamps mirrored in it"): [None, "glare"],
    _dry("patch of sun or lamp light"): ["light"],
    _dry("shadow"): ["shadow"],
    _dry("mat or rug"): ["mat"],
    _dry("paper or cloth"): ["paper"],
    _dry("dried stain"): ["stain"],
}
GRAZING: Mapping[Condition, Kinds] = {
    _wet("clear water seen at a low angle"): ["mirror"],
    _wet("black oil seen at a low angle"): ["dark"],
}


def floors(seed: int, wanted: Collection[Condition]) -> Iterator[Hard]:
    """One floor, from a camera at wall height, and from a low one."""
    room = lit_room(rng_of(seed, 40))
    for number, (group, up_m) in enumerate(((FROM_ABOVE, (2.0, 3.5)), (GRAZING, (0.8, 1.3)))):
        asked = {one: kinds for one, kinds in group.items() if one in wanted}
        for attempt in range(TRIES if asked else 0):
            rng = rng_of(seed, 41, number, attempt)
            eye = hard_eyes.over_floor(room, rng, up_m)
            made = list(_painted(room, eye, asked, grazing=group is GRAZING, rng=rng))
            if made:
                yield from (Hard(one, seed, rgb, None, spot) for one, rgb, spot in made)
                break


def _painted(
    room: Room, eye: Eye, asked: Mapping[Condition, Kinds], *, grazing: bool,
    rng: np.random.Generator,
) -> Iterator[tuple[Condition, Rgb, Mask | None]]:  # fmt: skip
    """The view with each condition's paint; nothing where too little floor shows."""
    look, camera = colour_look(rng), Camera(eye, draw_lens(eye, rng), 1.0)
    rgb, floor = _bare(room, camera, int(rng.integers(2**31)))
    plane = plane_of(eye, SIZE)
    near = plane.steepness(*floor.shape) > GRAZING_MAX
    place = (floor & ~near if grazing else floor & near) & _middle(floor.shape)
    if place.mean() < FLOOR_MIN / (4 if grazing else 1):
        return
    seed, radius = int(rng.integers(2**31)), float(rng.uniform(*RADIUS)) * floor.shape[1]
    for condition, kinds in asked.items():
        try:
            done, spot = _paint(rgb, floor, place, plane, kinds, seed=seed, radius=radius)
        except spill.NoFloor:
            continue
        if condition.wanted and not _shows(rgb, done, spot):
            continue
        seen = look.apply(done, np.random.default_rng(seed))
        yield condition, seen, spot if kinds else None


def _bare(room: Room, camera: Camera, seed: int) -> tuple[Rgb, Mask]:
    """What the camera sees of the room with nobody in it, and where bare floor shows."""
    with Stage(room, [], camera.eye, size=SIZE, rng=rng_of(seed, 42), samples=0) as stage:
        stage.restyle(rng_of(seed, 43))
        owner = camera.lens.warp(stage.draw([]).owner, exact=True)
        return picture_of(stage, [], camera), np.asarray(owner == OWNER_FLOOR, np.bool_)


def _paint(
    rgb: Rgb, floor: Mask, place: Mask, plane: FloorPlane, kinds: Kinds, *, seed: int,
    radius: float,
) -> tuple[Rgb, Mask]:  # fmt: skip
    """The picture with its paint, one on top of the other, and where it lies. What is drawn from
    one seed lies at one spot. Raises NoFloor."""
    everything = np.zeros_like(floor)
    for kind in kinds:
        rng = np.random.default_rng(seed)
        if kind is None:
            spot = spill.polished(rng, floor, plane)
        else:
            spot = spill.draw_spot(rng, kind, place, plane, radius)
        rgb, covered = spill.paint(rgb, floor, spot)
        everything = everything | covered
    return rgb, everything


def _middle(shape: tuple[int, ...]) -> Mask:
    """Away from the edges of the picture, where little of a spot would show."""
    inside = np.zeros(shape, np.bool_)
    height, width = shape
    inside[: int(0.88 * height), int(0.12 * width) : int(0.88 * width)] = True
    return inside


def _shows(before: Rgb, after: Rgb, wet: Mask) -> bool:
    """Whether a person could see the liquid at all."""
    if wet.mean() < AREA_MIN:
        return False
    change = np.abs(after.astype(np.float32) - before).mean(axis=2)[wet]
    return float(change.mean()) / 255.0 >= CHANGE_MIN
