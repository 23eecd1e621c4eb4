"""A room drawn from a seed: size, surfaces, furniture and lamps, as MJCF. Metres, z up.

The floor is z = 0, the middle of the room is the origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from models.synth import texture
from models.synth.furniture import PIECES, Bed, Parts, Place, Rect, Seat
from models.synth.shell import lamps, shell
from models.synth.texture import Texture

# Style → width range, depth range, height range, pieces along the walls, pieces out in the room.
Range = tuple[float, float]
STYLES: dict[str, tuple[Range, Range, Range, list[str], list[str]]] = {
    "ward": (
        (5, 9),
        (4.5, 7.5),
        (2.5, 3.3),
        ["bed", "bed", "bed", "cupboard", "chair", "stand", "table", "plant"],
        ["chair", "stand"],
    ),
    "corridor": (
        (9, 18),
        (2.4, 3.8),
        (2.4, 3.2),
        ["chair", "chair", "plant", "cupboard", "stand"],
        [],
    ),
    "living": (
        (4.5, 7),
        (4, 6),
        (2.4, 2.9),
        ["sofa", "cupboard", "cupboard", "plant", "chair", "bed", "table"],
        ["table", "chair"],
    ),
    "shop": (
        (8, 14),
        (6, 10),
        (2.8, 4.5),
        ["shelf", "shelf", "shelf", "shelf", "plant"],
        ["shelf", "table"],
    ),
    "hall": (
        (7, 14),
        (6, 11),
        (3, 4.6),
        ["chair", "chair", "sofa", "plant", "cupboard", "table"],
        ["table", "chair", "chair"],
    ),
}
# Wide rooms, seen from afar; drawn only when asked for by name.
WIDE_STYLES: dict[str, tuple[Range, Range, Range, list[str], list[str]]] = {
    "office": (
        (11, 20),
        (9, 16),
        (2.8, 4.2),
        ["cupboard", "cupboard", "plant", "shelf", "sofa", "chair", "stand"],
        ["table", "chair", "table", "chair", "table", "chair", "plant"],
    ),
    "market": (
        (13, 22),
        (10, 18),
        (3.2, 6.0),
        ["shelf", "shelf", "shelf", "cupboard", "shelf", "plant"],
        ["shelf", "shelf", "table", "shelf"],
    ),
    "lobby": (
        (11, 20),
        (9, 16),
        (3.0, 6.0),
        ["sofa", "chair", "chair", "plant", "plant", "cupboard"],
        ["sofa", "plant", "chair"],
    ),
}


@dataclass(frozen=True)
class Room:
    """A furnished room. `xml` is its share of the world body, `assets` of the asset section (its
    pictures in `files`). `solids` are what stands on the floor; `grey` says the light is infrared
    and the picture will have no colour; `pads` are mats and mattresses on the floor,
    `couches` what else than beds one can lie on."""

    style: str
    width_m: float
    depth_m: float
    height_m: float
    xml: str
    assets: str
    files: dict[str, bytes]
    solids: tuple[Rect, ...]
    seats: tuple[Seat, ...]
    beds: tuple[Bed, ...]
    grey: bool
    pads: tuple[Bed, ...] = ()
    couches: tuple[Bed, ...] = ()

    @property
    def raised(self) -> tuple[Bed, ...]:
        """All furniture one can lie on."""
        return (*self.beds, *self.couches)

    def free(self, x: float, y: float, spare: float) -> bool:
        """Whether a person of radius `spare` may stand at a point."""
        inside = abs(x) < self.width_m / 2 - spare and abs(y) < self.depth_m / 2 - spare
        return inside and all(rect.gap(x, y) >= spare for rect in self.solids)

    def spot(self, rng: np.random.Generator, spare: float) -> tuple[float, float]:
        """A free point, with as much room around it as there is up to `spare`."""
        while spare > 0.05:
            for _ in range(60):
                x = rng.uniform(-0.5, 0.5) * self.width_m
                y = rng.uniform(-0.5, 0.5) * self.depth_m
                if self.free(x, y, spare):
                    return x, y
            spare *= 0.8
        return 0.0, 0.0


@dataclass
class Palette:
    """The materials of a room, and the pictures they need."""

    assets: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, picture: Texture, per_metre: float = 0.0, **look: float) -> None:
        """A material of this name; `per_metre` lays the picture flat, else it wraps a solid."""
        file = name.replace("/", "-") + ".png"  # MuJoCo looks only at the last part of a path
        self.files[file] = cv2.imencode(".png", picture[..., ::-1])[1].tobytes()
        kind = "2d" if per_metre else "cube"
        repeat = f'texrepeat="{per_metre:.3f} {per_metre:.3f}" ' if per_metre else ""
        uniform = "true" if per_metre else "false"
        extra = " ".join(f'{k}="{v:.3f}"' for k, v in look.items())
        self.assets.append(
            f'<texture name="{name}" type="{kind}" file="{file}"/>'
            f'<material name="{name}" texture="{name}" {repeat}texuniform="{uniform}" {extra}/>'
        )


def draw_room(rng: np.random.Generator, style: str | None = None) -> Room:
    """A room of the given style, or of any that is not wide."""
    style = style or str(rng.choice(list(STYLES)))
    widths, depths, heights, along, amid = (STYLES | WIDE_STYLES)[style]
    width, depth, height = (float(rng.uniform(*r)) for r in (widths, depths, heights))
    palette, parts = _materials(rng), Parts()
    filling = _Filling(width, depth, parts, [])
    busy = rng.uniform(0.4, 1.0)
    for name in along:
        if rng.random() < busy or name == along[0]:
            filling.against_wall(name, rng)
    for name in amid:
        if rng.random() < busy * 0.6:
            filling.out_in_room(name, rng)
    parts.xml += shell(width, depth, height, rng)
    lights, grey = lamps(width, depth, height, rng)
    return Room(
        style, width, depth, height, "".join([*parts.xml, *lights]), "".join(palette.assets),
        palette.files, tuple(filling.solids), tuple(parts.seats), tuple(parts.beds), grey,
        couches=tuple(parts.couches),
    )  # fmt: skip


_ALL = (0.0, 1.0)
# Material, how it is drawn, saturation, value, hue, roughness or number of boards, gloss.
_SOLIDS: list[tuple[str, str, Range, Range, Range, float, float]] = [
    ("wood", "planks", (0.2, 0.6), (0.25, 0.8), (0.04, 0.12), 2, 0.15),
    ("wood2", "planks", (0.0, 0.4), (0.4, 0.95), (0.04, 0.12), 2, 0.15),
    ("metal", "plain", (0.0, 0.08), (0.4, 0.9), _ALL, 0.02, 0.5),
    ("dark", "plain", (0.0, 0.3), (0.05, 0.25), _ALL, 0.04, 0.2),
    ("linen", "plain", (0.0, 0.12), (0.75, 1.0), _ALL, 0.05, 0.0),
    ("leaf", "plain", (0.4, 0.8), (0.2, 0.5), (0.25, 0.4), 0.2, 0.1),
    ("fabric", "cloth", (0.05, 0.7), (0.2, 0.9), _ALL, 0.0, 0.0),
    ("fabric2", "cloth", (0.05, 0.7), (0.2, 0.9), _ALL, 0.0, 0.0),
    *((f"thing{i}", "cloth", (0.1, 0.95), (0.2, 1.0), _ALL, 0.0, 0.2) for i in range(8)),
    ("door", "planks", (0.0, 0.5), (0.3, 0.9), (0.0, 0.15), 1, 0.1),
]


def _materials(rng: np.random.Generator) -> Palette:
    p = Palette()
    floor, per_metre = texture.floor(rng)
    polished = rng.uniform(0.08, 0.3) if rng.random() < 0.3 else 0.0
    p.add("floor", floor, per_metre, reflectance=polished, specular=0.2, shininess=0.5)
    wall = texture.colour(rng, (0.0, 0.2), (0.6, 0.97))
    p.add("wall", texture.plain(rng, wall, rng.uniform(0.01, 0.05)), 0.35, specular=0.05)
    p.add("ceiling", texture.plain(rng, (0.9, 0.9, 0.88), 0.01), 0.5, specular=0.0)
    for name, kind, saturation, value, hue, grain, gloss in _SOLIDS:
        tone = texture.colour(rng, saturation, value, hue)
        if kind == "planks":
            picture = texture.planks(rng, tone, int(grain))
        else:
            picture = (
                texture.cloth(rng, tone) if kind == "cloth" else texture.plain(rng, tone, grain)
            )
        p.add(name, picture, specular=gloss)
    p.add("glass", texture.window(rng), emission=0.9 if rng.random() < 0.6 else 0.1)
    p.add("lamp", texture.plain(rng, (1, 1, 0.97), 0.0), emission=1.0)
    return p


@dataclass
class _Filling:
    """A room while it is being furnished."""

    width: float
    depth: float
    parts: Parts
    solids: list[Rect]

    def against_wall(self, name: str, rng: np.random.Generator) -> None:
        """Try to put a piece with its back to a wall; a long room uses its long walls."""
        _, half_d, half_w = PIECES[name]
        for _ in range(25):
            side = (
                int(rng.integers(4)) if self.width < 2.2 * self.depth else int(rng.choice([1, 3]))
            )
            yaw = (0.0, math.pi / 2, math.pi, -math.pi / 2)[side]  # the way the piece looks
            deep, wide = (self.width, self.depth) if side % 2 == 0 else (self.depth, self.width)
            reach, span = deep / 2 - half_d - 0.03, wide / 2 - half_w - 0.03
            along = rng.uniform(-span, span) if span > 0 else 0.0
            x, y = -math.cos(yaw) * reach, -math.sin(yaw) * reach
            x, y = (x, along) if side % 2 == 0 else (along, y)
            if self._settle(name, Place(x, y, yaw), rng, spare=0.1):
                return

    def out_in_room(self, name: str, rng: np.random.Generator) -> None:
        """Try to put a piece somewhere in the open."""
        for _ in range(15):
            yaw = float(rng.choice([0.0, math.pi / 2, math.pi, -math.pi / 2]))
            x, y = rng.uniform(-0.35, 0.35) * self.width, rng.uniform(-0.35, 0.35) * self.depth
            if self._settle(name, Place(x, y, yaw), rng, spare=0.7):
                return

    def _settle(self, name: str, place: Place, rng: np.random.Generator, spare: float) -> bool:
        build, half_d, half_w = PIECES[name]
        turned = abs(math.sin(place.yaw)) > 0.5
        rect = Rect(place.x, place.y, half_w if turned else half_d, half_d if turned else half_w)
        if any(rect.overlaps(other, spare) for other in self.solids):
            return False
        build(self.parts, place, rng)
        self.solids.append(rect)
        return True
