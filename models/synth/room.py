"""A room drawn from a seed: size, surfaces, furniture and lamps, as MJCF. Metres, z up.

The floor is z = 0, the middle of the room is the origin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from models.synth import texture
from models.synth.furniture import PIECES, Bed, Parts, Place, Rect, Seat
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


@dataclass(frozen=True)
class Room:
    """A furnished room. `xml` is its share of the world body, `assets` of the asset section (its
    pictures in `files`). `solids` are what stands on the floor; `grey` says the light is infrared
    and the picture will have no colour."""

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
    """A room of the given style, or of any."""
    style = style or str(rng.choice(list(STYLES)))
    widths, depths, heights, along, amid = STYLES[style]
    width, depth, height = (float(rng.uniform(*r)) for r in (widths, depths, heights))
    palette, parts = _materials(rng), Parts()
    solids: list[Rect] = []
    busy = rng.uniform(0.4, 1.0)
    for name in along:
        if rng.random() < busy or name == along[0]:
            _against_wall(name, parts, solids, width, depth, rng)
    for name in amid:
        if rng.random() < busy * 0.6:
            _out_in_room(name, parts, solids, width, depth, rng)
    parts.xml += _shell(width, depth, height, rng)
    lamps, grey = _lamps(width, depth, height, rng)
    return Room(
        style, width, depth, height, "".join([*parts.xml, *lamps]), "".join(palette.assets),
        palette.files, tuple(solids), tuple(parts.seats), tuple(parts.beds), grey,
    )  # fmt: skip


def _materials(rng: np.random.Generator) -> Palette:
    p = Palette()
    floor, per_metre = texture.floor(rng)
    polished = rng.uniform(0.08, 0.3) if rng.random() < 0.3 else 0.0
    p.add("floor", floor, per_metre, reflectance=polished, specular=0.2, shininess=0.5)
    wall = texture.colour(rng, (0.0, 0.2), (0.6, 0.97))
    p.add("wall", texture.plain(rng, wall, rng.uniform(0.01, 0.05)), 0.35, specular=0.05)
    p.add("ceiling", texture.plain(rng, (0.9, 0.9, 0.88), 0.01), 0.5, specular=0.0)
    for name, sat, val in (
        ("wood", (0.2, 0.6), (0.25, 0.8)), ("wood2", (0.0, 0.4), (0.4, 0.95)),
    ):  # fmt: skip
        p.add(
            name, texture.planks(rng, texture.colour(rng, sat, val, (0.04, 0.12)), 2), specular=0.15
        )
    p.add(
        "metal", texture.plain(rng, texture.colour(rng, (0, 0.08), (0.4, 0.9)), 0.02), specular=0.5
    )
    p.add(
        "dark", texture.plain(rng, texture.colour(rng, (0, 0.3), (0.05, 0.25)), 0.04), specular=0.2
    )
    p.add(
        "linen", texture.plain(rng, texture.colour(rng, (0, 0.12), (0.75, 1.0)), 0.05), specular=0.0
    )
    p.add(
        "leaf",
        texture.plain(rng, texture.colour(rng, (0.4, 0.8), (0.2, 0.5), (0.25, 0.4)), 0.2),
        specular=0.1,
    )
    for name in ("fabric", "fabric2"):
        p.add(name, texture.cloth(rng, texture.colour(rng, (0.05, 0.7), (0.2, 0.9))), specular=0.0)
    for i in range(8):
        p.add(
            f"thing{i}",
            texture.cloth(rng, texture.colour(rng, (0.1, 0.95), (0.2, 1.0))),
            specular=0.2,
        )
    p.add(
        "door",
        texture.planks(rng, texture.colour(rng, (0, 0.5), (0.3, 0.9), (0, 0.15)), 1),
        specular=0.1,
    )
    p.add("glass", texture.window(rng), emission=0.9 if rng.random() < 0.6 else 0.1)
    p.add("lamp", texture.plain(rng, (1, 1, 0.97), 0.0), emission=1.0)
    return p


def _against_wall(
    name: str,
    parts: Parts,
    solids: list[Rect],
    width: float,
    depth: float,
    rng: np.random.Generator,
) -> None:
    build, half_d, half_w = PIECES[name]
    for _ in range(25):
        side = int(rng.integers(4)) if width < 2.2 * depth else int(rng.choice([1, 3]))
        yaw = (0.0, math.pi / 2, math.pi, -math.pi / 2)[side]  # the way the piece looks
        reach = (width if side % 2 == 0 else depth) / 2 - half_d - 0.03
        span = (depth if side % 2 == 0 else width) / 2 - half_w - 0.03
        along = rng.uniform(-span, span) if span > 0 else 0.0
        x, y = -math.cos(yaw) * reach, -math.sin(yaw) * reach
        x, y = (x, along) if side % 2 == 0 else (along, y)
        if _settle(build, parts, solids, Place(x, y, yaw), half_d, half_w, rng):
            return


def _out_in_room(
    name: str,
    parts: Parts,
    solids: list[Rect],
    width: float,
    depth: float,
    rng: np.random.Generator,
) -> None:
    build, half_d, half_w = PIECES[name]
    for _ in range(15):
        yaw = float(rng.choice([0.0, math.pi / 2, math.pi, -math.pi / 2]))
        x, y = rng.uniform(-0.35, 0.35) * width, rng.uniform(-0.35, 0.35) * depth
        if _settle(build, parts, solids, Place(x, y, yaw), half_d, half_w, rng, spare=0.7):
            return


def _settle(
    build: object, parts: Parts, solids: list[Rect], place: Place, half_d: float, half_w: float,
    rng: np.random.Generator, spare: float = 0.1,
) -> bool:  # fmt: skip
    turned = abs(math.sin(place.yaw)) > 0.5
    rect = Rect(place.x, place.y, half_w if turned else half_d, half_d if turned else half_w)
    if any(rect.overlaps(other, spare) for other in solids):
        return False
    assert callable(build)
    build(parts, place, rng)
    solids.append(rect)
    return True


def _shell(width: float, depth: float, height: float, rng: np.random.Generator) -> list[str]:
    plane = '<geom type="plane" name="{}" pos="{} {} {}" size="{} {} .1" zaxis="{}" material="{}"/>'
    w, d, h = width / 2, depth / 2, height / 2
    out = [plane.format("floor", 0, 0, 0, w, d, "0 0 1", "floor")]
    out.append(plane.format("ceiling", 0, 0, height, w, d, "0 0 -1", "ceiling"))
    for name, x, y, half, axis in (
        ("west", -w, 0, d, "1 0 0"), ("east", w, 0, d, "-1 0 0"),
        ("south", 0, -d, w, "0 1 0"), ("north", 0, d, w, "0 -1 0"),
    ):  # fmt: skip
        sizes = (h, half) if name in ("west", "east") else (half, h)
        out.append(plane.format(name, x, y, h, *sizes, axis, "wall"))
    fittings = Parts()
    skirting = str(rng.choice(["wood", "wood2", "dark", "linen"]))
    for yaw, reach, span in _walls(width, depth):
        wall = Place(-math.cos(yaw) * reach, -math.sin(yaw) * reach, yaw)
        fittings.box(wall, (0.006, 0, 0.05), (0.006, span, 0.05), skirting, False)
        _wall_fittings(fittings, wall, span, height, rng)
    return out + fittings.xml


def _walls(width: float, depth: float) -> Sequence[tuple[float, float, float]]:
    w, d = width / 2, depth / 2
    return ((0.0, w, d), (math.pi / 2, d, w), (math.pi, w, d), (-math.pi / 2, d, w))


def _wall_fittings(
    parts: Parts, wall: Place, span: float, height: float, rng: np.random.Generator
) -> None:
    y = -span + rng.uniform(0.3, 1.5)
    while y < span - 1.2:
        kind, wide = rng.random(), rng.uniform(0.4, 0.8)
        if kind < 0.3:
            parts.box(wall, (0.02, y + wide, 1.03), (0.02, 0.45, 1.03), "door", False)
            parts.box(wall, (0.01, y + wide, 1.06), (0.012, 0.52, 1.08), "dark", False)
            parts.box(wall, (0.05, y + wide + 0.36, 1.0), (0.02, 0.05, 0.012), "metal", False)
        elif kind < 0.6 and height > 2.2:
            parts.box(wall, (0.01, y + wide, 1.5), (0.015, wide, 0.55), "glass", False)
            for edge in (-wide, 0.0, wide):
                parts.box(wall, (0.02, y + wide + edge, 1.5), (0.02, 0.025, 0.58), "linen", False)
        elif kind < 0.8:
            parts.box(
                wall,
                (0.01, y + wide, 1.5),
                (0.01, wide * 0.5, 0.3),
                f"thing{rng.integers(8)}",
                False,
            )
        y += 2 * wide + rng.uniform(0.2, 2.0)


def _lamps(
    width: float, depth: float, height: float, rng: np.random.Generator
) -> tuple[list[str], bool]:
    mood = str(rng.choice(["day", "lamps", "dim", "infrared"], p=[0.4, 0.3, 0.15, 0.15]))
    across, deep = max(1, round(width / 4)), max(1, round(depth / 4))
    power = {"day": 0.35, "lamps": 0.6, "dim": 0.25, "infrared": 0.1}[mood]
    spots = [
        ((i + 0.5) / across * width - width / 2, (j + 0.5) / deep * depth - depth / 2)
        for i in range(across) for j in range(deep)
    ]  # fmt: skip
    rng.shuffle(spots)
    warm = rng.uniform(0.8, 1.05)
    out = [
        f'<geom type="box" pos="{x:.3f} {y:.3f} {height:.3f}" size=".3 .3 .02" material="lamp" '
        f'contype="0" conaffinity="0"/>' for x, y in spots
    ] if mood != "infrared" else []  # fmt: skip
    for index, (x, y) in enumerate(spots[:4]):
        each = power / min(len(spots), 4) ** 0.5
        out.append(
            f'<light pos="{x:.3f} {y:.3f} {height - 0.08:.3f}" dir="0 0 -1" cutoff="85" exponent="1" '
            f'diffuse="{each:.3f} {each * (0.5 + warm / 2):.3f} {each * warm:.3f}" '
            f'castshadow="{"true" if index < 2 else "false"}" specular=".2 .2 .2"/>'
        )
    if mood == "day":
        turn, steep, bright = (
            rng.uniform(0, 2 * math.pi),
            rng.uniform(0.5, 1.4),
            rng.uniform(0.25, 0.5),
        )
        out.append(
            f'<light type="directional" pos="0 0 {height:.2f}" diffuse="{bright:.2f} {bright:.2f} {bright:.2f}" '
            f'dir="{math.cos(turn):.3f} {math.sin(turn):.3f} {-steep:.3f}" castshadow="true"/>'
        )
    return out, mood == "infrared"
