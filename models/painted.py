"""Photographed rooms with liquids on their floors, and with what is taken for liquid.

There are no photographs of spills that may be shipped in weights, so spills are painted. Each
picture gets up to three spots, and a spot is as often a shadow, a mat or a stain as a liquid.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models import stores
from models.stores import Sample, Store
from models.synth import spill
from models.synth.camera import Look, draw_look
from models.synth.plane import FloorPlane

SPOTS_MAX = 3
LIQUID_SHARE = 0.5
LARGE_SHARE = 0.4  # as wide as someone lying there, or the network takes puddles for people
SAVE_EVERY = 200
Mask = NDArray[np.bool_]


def draw(floor: Mask, plane: FloorPlane | None, rng: np.random.Generator) -> list[spill.Spot]:
    """One to three spots for a floor; none where too little of it shows."""
    spots: list[spill.Spot] = []
    for _ in range(int(rng.integers(1, SPOTS_MAX + 1))):
        kinds = spill.SPILLS if rng.random() < LIQUID_SHARE else spill.OTHERS
        kind = kinds[int(rng.integers(len(kinds)))]
        large = rng.random() < LARGE_SHARE
        radius = floor.shape[1] * float(rng.uniform(0.07, 0.2)) if large else None
        try:
            spots.append(spill.draw_spot(rng, kind, floor, plane, radius))
        except spill.NoFloor:
            return spots
    return spots


def put(rgb: Rgb, floor: Mask, spots: list[spill.Spot], growth: float) -> tuple[Rgb, Mask]:
    """The picture with its spots, one on top of the other, and where liquid shows."""
    wet = np.zeros(floor.shape, np.bool_)
    for spot in spots:
        rgb, covered = spill.paint(rgb, floor, spot, growth)
        wet = wet | covered if spot.kind in spill.SPILLS else wet & ~covered
    return rgb, wet


def paint_rooms(rooms: Store, folder: Path, each: int, seed: int) -> None:
    """Paint every room `each` times into a store; a recipe may hold rooms out of it."""
    chosen = [n for n, s in enumerate(rooms.samples) if s.source == "rooms"]
    writer = stores.Writer(folder, len(chosen) * each, masks=True)
    rng = np.random.default_rng(seed)
    for _ in range(each):
        for number in chosen:
            sample = rooms.samples[number]
            floor = floor_mask(sample)
            spots = draw(floor, None, rng)
            rgb, wet = put(rooms.picture(number), floor, spots, float(rng.uniform(0.6, 1.0)))
            rgb = _look(rng).apply(rgb, rng)
            kept = Sample("painted", sample.name, sample.width, sample.height, (), True)
            writer.add(kept, rgb, wet)
            if len(writer) % SAVE_EVERY == 0:
                writer.save()
    writer.save()


def _look(rng: np.random.Generator) -> Look:
    """A camera for a picture that was well exposed already."""
    bright = float(rng.uniform(0.75, 1.1))
    return replace(draw_look(rng), exposure=bright, gamma=float(rng.uniform(0.9, 1.15)))


def floor_mask(sample: Sample) -> Mask:
    """The marked floor as pixels."""
    mask = np.zeros((sample.height, sample.width), np.uint8)
    for polygon in sample.floor:
        corners = np.array(polygon).reshape(-1, 2) * (sample.width, sample.height)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    return np.asarray(mask > 0, np.bool_)
