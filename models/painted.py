"""Photographed rooms with liquids on their floors, and with what is taken for liquid.

There are no photographs of spills that may be shipped in weights, so spills are painted. Each
picture gets up to three spots, and a spot is as often a shadow, a mat or a stain as a liquid.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.core.types import Rgb
from models import floors, stores, views
from models.stores import Sample, Store
from models.synth import spill
from models.synth.camera import Look, draw_look
from models.synth.plane import FloorPlane

SPOTS_MAX = 3
LIQUID_SHARE = 0.5
LARGE_SHARE = 0.65  # real spills photographed indoors fill a third of the picture's width
POLISHED_SHARE = 0.3
OFF_FLOOR_SHARE = 0.35  # of decoys, where they may lie anywhere
DISTURBED_SHARE = 0.5  # of views; their cameras have a look of their own
SAVE_EVERY = 200
SOURCE = "painted"
Mask = NDArray[np.bool_]


def draw(
    floor: Mask, plane: FloorPlane | None, rng: np.random.Generator, anywhere: bool = False
) -> list[spill.Spot]:
    """One to three spots for a floor; none where too little of it shows. With `anywhere`, decoys
    lie on beds, tables and walls too. The floor itself is polished at times."""
    spots: list[spill.Spot] = []
    if rng.random() < POLISHED_SHARE and floor.any():
        spots.append(spill.polished(rng, floor, plane))
    for _ in range(int(rng.integers(1, SPOTS_MAX + 1))):
        liquid = rng.random() < LIQUID_SHARE
        kinds = spill.SPILLS if liquid else spill.OTHERS
        kind = kinds[int(rng.integers(len(kinds)))]
        low, high = (0.07, 0.25) if rng.random() < LARGE_SHARE else (0.0075, 0.12)
        radius = floor.shape[1] * float(np.exp(rng.uniform(np.log(low), np.log(high))))
        off = anywhere and not liquid and rng.random() < OFF_FLOOR_SHARE
        try:
            spot = spill.draw_spot(rng, kind, np.ones_like(floor) if off else floor, plane, radius)
        except spill.NoFloor:
            continue
        spots.append(replace(spot, anywhere=off))
    return spots


def put(rgb: Rgb, floor: Mask, spots: list[spill.Spot], growth: float) -> tuple[Rgb, Mask]:
    """The picture with its spots, one on top of the other, and where liquid shows."""
    wet = np.zeros(floor.shape, np.bool_)
    for spot in spots:
        rgb, covered = spill.paint(rgb, floor, spot, growth)
        wet = wet | covered if spot.kind in spill.SPILLS else wet & ~covered
    return rgb, wet


def paint_rooms(rooms: Store, folder: Path, each: int, seed: int) -> None:
    """Paint every room whose floor is known `each` times into a store; a recipe may hold rooms out
    of it."""
    strange = floors.left_out()
    chosen = [
        n for n, s in enumerate(rooms.samples) if s.source == "rooms" and s.name not in strange
    ]
    known = {n: floors.cut(rooms.picture(n), floors.boxed(rooms.samples[n])) for n in chosen}
    writer = stores.Writer(folder, len(chosen) * each, masks=True)
    rng = np.random.default_rng(seed)
    for number in tqdm(chosen * each, unit="pictures", disable=None):
        sample, floor = rooms.samples[number], known[number]
        spots = draw(floor, None, rng, anywhere=True)
        rgb, wet = put(rooms.picture(number), floor, spots, float(rng.uniform(0.6, 1.0)))
        rgb = _look(rng).apply(rgb, rng)
        kept = Sample(SOURCE, sample.name, sample.width, sample.height, (), True)
        _add(writer, kept, rgb, wet)
    writer.save()


def paint_views(sources: Store, folder: Path, each: int, seed: int) -> None:
    """Paint every picture of fixed cameras whose floor is known `each` times into a store."""
    known = views.sites(sources)
    count = sum(len(numbers) for _, numbers in known.values())
    writer = stores.Writer(folder, count * each, masks=True)
    rng = np.random.default_rng(seed)
    for round_ in range(each):
        for sample, rgb, wet in views.painted(sources, known, seed + round_):
            seen = _look(rng).apply(rgb, rng) if rng.random() < DISTURBED_SHARE else rgb
            name = f"{sample.source}:{sample.name}"  # so it stays in its place: `splits.place`
            _add(writer, replace(sample, source=SOURCE, name=name), seen, wet)
    writer.save()


def _add(writer: stores.Writer, sample: Sample, rgb: Rgb, wet: Mask) -> None:
    writer.add(sample, rgb, wet)
    if len(writer) % SAVE_EVERY == 0:
        writer.save()


def _look(rng: np.random.Generator) -> Look:
    """A camera for a picture that was well exposed already."""
    bright = float(rng.uniform(0.75, 1.1))
    return replace(draw_look(rng), exposure=bright, gamma=float(rng.uniform(0.9, 1.15)))
