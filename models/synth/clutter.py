"""What lies about in rooms and is taken for somebody lying, sitting or crouching there, and what
people lie down on: mats, rugs, towels and mattresses on the floor. Metres, z up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from models.synth import texture
from models.synth.furniture import PIECES, Bed, Parts, Place, Rect
from models.synth.room import Palette, Room

PadKind = Literal["thin", "thick"]
Draw = Callable[[Parts, Place, np.random.Generator], None]
_SOFT = ("fabric", "fabric2", "linen", "dark", *(f"thing{i}" for i in range(8)))


def strewn(room: Room, rng: np.random.Generator) -> Room:
    """The room with up to four things on its floor and coats over some of its chairs."""
    parts, solids = Parts(), list(room.solids)
    for _ in range(int(rng.choice(5, p=[0.35, 0.25, 0.2, 0.12, 0.08]))):
        x, y = replace(room, solids=tuple(solids)).spot(rng, 0.6)
        draw, reach = _THINGS[int(rng.integers(len(_THINGS)))]
        draw(parts, Place(x, y, float(rng.uniform(-math.pi, math.pi))), rng)
        solids.append(Rect(x, y, reach, reach))
    for seat in room.seats:
        if rng.random() < 0.2:
            _coat(parts, Place(seat.x, seat.y, seat.yaw), rng)
    return replace(room, xml=room.xml + "".join(parts.xml), solids=tuple(solids))


def with_thing(room: Room, name: str, place: Place, rng: np.random.Generator) -> Room:
    """The room with one of `NAMED` put down at a place."""
    parts = Parts()
    NAMED[name](parts, place, rng)
    return replace(room, xml=room.xml + "".join(parts.xml))


def with_pad(room: Room, pad: Bed, rng: np.random.Generator) -> Room:
    """The room with a mat or mattress on its floor; bodies lie on top of it.

    A thick one stands in the way of whoever walks; a thin one does not.
    """
    name = f"pad{len(room.pads)}"
    tone = texture.colour(rng, (0.0, 0.9), (0.1, 1.0))
    plain = rng.random() < 0.5
    palette, parts = Palette(), Parts()
    palette.add(name, texture.plain(rng, tone, 0.05) if plain else texture.cloth(rng, tone))
    half = (pad.length_m / 2, pad.width_m / 2, pad.height_m / 2)
    parts.box(Place(pad.x, pad.y, pad.yaw), (0, 0, pad.height_m / 2), half, name)
    solids = room.solids
    if pad.height_m > 0.06:
        c, s = abs(math.cos(pad.yaw)), abs(math.sin(pad.yaw))
        across = (c * half[0] + s * half[1], s * half[0] + c * half[1])
        solids = (*solids, Rect(pad.x, pad.y, *across))
    return replace(
        room, xml=room.xml + "".join(parts.xml), assets=room.assets + "".join(palette.assets),
        files=room.files | palette.files, solids=solids, pads=(*room.pads, pad),
    )  # fmt: skip


def draw_pad(rng: np.random.Generator, kind: PadKind, x: float, y: float, yaw: float) -> Bed:
    """A towel, rug, folded blanket or mat of 1–4 cm, or a mattress or crash mat of 10–30 cm."""
    thin = kind == "thin"
    length = rng.uniform(1.1, 2.2) if thin else rng.uniform(1.8, 2.4)
    width = rng.uniform(0.5, 1.4) if thin else rng.uniform(0.85, 1.6)
    height = rng.uniform(0.01, 0.04) if thin else rng.uniform(0.1, 0.3)
    return Bed(x, y, yaw, float(length), float(width), float(height))


def _any(rng: np.random.Generator) -> str:
    return _SOFT[int(rng.integers(len(_SOFT)))]


def _coat(parts: Parts, chair: Place, rng: np.random.Generator) -> None:
    cloth, low = _any(rng), rng.uniform(0.3, 0.55)
    parts.box(chair, (-0.25, 0, (low + 0.95) / 2), (0.045, 0.24, (0.95 - low) / 2), cloth, False)
    for y in (-0.22, 0.22):
        parts.blob(chair, (-0.22, y, 0.7), (0.07, 0.06, rng.uniform(0.2, 0.3)), cloth)


def _bag(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    cloth, wide, tall = _any(rng), rng.uniform(0.16, 0.3), rng.uniform(0.16, 0.34)
    parts.blob(place, (0, 0, tall * 0.85), (wide, wide * rng.uniform(0.6, 1.0), tall), cloth)
    parts.blob(place, (0, 0, tall * 1.85), (0.05, 0.08, 0.08), cloth)


def _bedding(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    cloth = _any(rng)
    for _ in range(int(rng.integers(2, 6))):
        at = (rng.normal(0, 0.25), rng.normal(0, 0.15), 0.03)
        size = (rng.uniform(0.2, 0.5), rng.uniform(0.15, 0.35), rng.uniform(0.05, 0.18))
        parts.blob(Place(place.x, place.y, place.yaw + rng.uniform(-1, 1)), at, size, cloth)
    if rng.random() < 0.5:
        parts.blob(place, (0.5, 0.1, 0.06), (0.2, 0.3, 0.08), "linen")


def _pillow(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    parts.blob(
        place, (0, 0, 0.06), (rng.uniform(0.18, 0.3), rng.uniform(0.2, 0.4), 0.08), _any(rng)
    )


def _clothes(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A row of garments as long as somebody who lies there."""
    for at in np.linspace(-0.6, 0.6, int(rng.integers(3, 7))):
        size = (rng.uniform(0.15, 0.3), rng.uniform(0.1, 0.25), rng.uniform(0.04, 0.12))
        parts.blob(place, (float(at), rng.normal(0, 0.1), 0.03), size, _any(rng))


def _sheet(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A pale sheet or tablecloth, dropped: long, low, in folds."""
    for at in np.linspace(-0.5, 0.5, int(rng.integers(3, 6))):
        size = (rng.uniform(0.25, 0.45), rng.uniform(0.15, 0.3), rng.uniform(0.05, 0.14))
        parts.blob(place, (float(at), rng.normal(0, 0.08), 0.02), size, "linen")


def _coat_and_bags(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A coat over a chair, and bags beside it."""
    PIECES["chair"][0](parts, place, rng)
    _coat(parts, place, rng)
    for side in (-1.0, 1.0):
        x, y = place.at(rng.uniform(0.0, 0.4), side * rng.uniform(0.5, 0.7))
        _bag(parts, Place(x, y, place.yaw), rng)


def _dog(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    fur, size = str(rng.choice(["dark", "linen", "wood", "fabric"])), rng.uniform(0.6, 1.2)
    lies = rng.random() < 0.5
    up = 0.13 * size if lies else 0.42 * size
    parts.blob(place, (0, 0, up), (0.36 * size, 0.13 * size, 0.14 * size), fur)
    parts.blob(place, (0.42 * size, 0, up + 0.14 * size), (0.13 * size, 0.08, 0.09 * size), fur)
    parts.blob(place, (-0.42 * size, 0, up + 0.05), (0.14 * size, 0.03, 0.03), fur)
    for x in (-0.25, 0.25):
        for y in (-0.08, 0.08):
            if lies:
                parts.blob(place, (x * size + 0.1, y * 2, 0.04), (0.16 * size, 0.04, 0.04), fur)
            else:
                leg = (0.04, 0.035, 0.2 * size)
                parts.blob(place, (x * size, y * size, 0.2 * size), leg, fur)


def _boxes(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    half = (rng.uniform(0.12, 0.35), rng.uniform(0.12, 0.3), rng.uniform(0.08, 0.3))
    parts.box(place, (0, 0, half[2]), half, str(rng.choice(["wood", "wood2", _any(rng)])))


def _mattress(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    pad = draw_pad(rng, "thick", 0, 0, 0)
    half = (pad.length_m / 2, pad.width_m / 2, pad.height_m / 2)
    parts.box(place, (0, 0, half[2]), half, _any(rng))
    if rng.random() < 0.3:
        parts.blob(place, (0.6 * half[0], 0, 2 * half[2] + 0.03), (0.2, 0.3, 0.07), "linen")


def _mat(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    pad, folds = draw_pad(rng, "thin", 0, 0, 0), int(rng.choice([1, 1, 3]))
    half = (pad.length_m / 2 / folds, pad.width_m / 2, pad.height_m / 2 * folds**1.5)
    parts.box(place, (0, 0, half[2]), half, _any(rng), solid=False)


# How a thing is drawn, and how far from its middle it reaches.
_THINGS: tuple[tuple[Draw, float], ...] = (
    (_bag, 0.3), (_bag, 0.3), (_bedding, 0.6), (_pillow, 0.3), (_clothes, 0.7), (_dog, 0.4),
    (_boxes, 0.35), (_mattress, 1.1), (_mat, 0.1), (_mat, 0.1),
)  # fmt: skip
NAMED: dict[str, Draw] = {
    "bedding": _bedding, "clothes": _clothes, "sheet": _sheet, "coat and bags": _coat_and_bags,
    "mattress": _mattress, "dog": _dog,
}  # fmt: skip
