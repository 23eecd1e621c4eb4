"""Pieces of furniture as boxes and cylinders, each in its own frame: x to the front, y left.

Every piece says what it takes of the floor, and where one can sit or lie on it. Metres.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Rect:
    """An upright rectangle on the floor: centre and half sizes."""

    x: float
    y: float
    half_x: float
    half_y: float

    def gap(self, x: float, y: float) -> float:
        """Distance from a point to the rectangle, 0 inside."""
        return math.hypot(
            max(abs(x - self.x) - self.half_x, 0), max(abs(y - self.y) - self.half_y, 0)
        )

    def overlaps(self, other: Rect, spare: float = 0.0) -> bool:
        """Whether two rectangles are nearer than `spare`."""
        return (
            abs(self.x - other.x) < self.half_x + other.half_x + spare
            and abs(self.y - other.y) < self.half_y + other.half_y + spare
        )


@dataclass(frozen=True)
class Seat:
    """Where one sits: middle of the seat, the way one looks, height of the seat."""

    x: float
    y: float
    yaw: float
    height_m: float


@dataclass(frozen=True)
class Bed:
    """Where one lies: middle, `yaw` from the head to the feet, size and height of the surface."""

    x: float
    y: float
    yaw: float
    length_m: float
    width_m: float
    height_m: float


@dataclass(frozen=True)
class Place:
    """A piece's spot in the room; turns its own frame into the room's."""

    x: float
    y: float
    yaw: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Room coordinates of a point of the piece."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return self.x + c * x - s * y, self.y + s * x + c * y


@dataclass
class Parts:
    """What a room is built of so far."""

    xml: list[str] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    beds: list[Bed] = field(default_factory=list)
    couches: list[Bed] = field(default_factory=list)

    def box(self, place: Place, mid: Point, half: Point, material: str, solid: bool = True) -> None:
        """A box of a piece, given in the piece's frame."""
        x, y = place.at(mid[0], mid[1])
        touch = "" if solid else ' contype="0" conaffinity="0"'
        self.xml.append(
            f'<geom type="box" pos="{x:.4f} {y:.4f} {mid[2]:.4f}" '
            f'size="{half[0]:.4f} {half[1]:.4f} {half[2]:.4f}" '
            f'euler="0 0 {math.degrees(place.yaw):.3f}" material="{material}"{touch}/>'
        )

    def rod(self, place: Place, mid: Point, radius: float, half: float, material: str) -> None:
        """An upright cylinder of a piece."""
        x, y = place.at(mid[0], mid[1])
        self.xml.append(
            f'<geom type="cylinder" pos="{x:.4f} {y:.4f} {mid[2]:.4f}" '
            f'size="{radius:.4f} {half:.4f}" material="{material}"/>'
        )

    def blob(self, place: Place, mid: Point, half: Point, material: str) -> None:
        """A soft rounded thing that nothing touches: pillow, plant, bundle."""
        x, y = place.at(mid[0], mid[1])
        self.xml.append(
            f'<geom type="ellipsoid" pos="{x:.4f} {y:.4f} {mid[2]:.4f}" '
            f'size="{half[0]:.4f} {half[1]:.4f} {half[2]:.4f}" material="{material}" '
            f'euler="0 0 {math.degrees(place.yaw):.3f}" contype="0" conaffinity="0"/>'
        )


Build = Callable[[Parts, Place, np.random.Generator], None]


def bed(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A hospital or home bed, its head at the back."""
    width, top = rng.uniform(0.85, 1.0), rng.uniform(0.5, 0.68)
    legs = rng.random() < 0.7
    for x in (-0.9, 0.9):
        for y in (-width / 2 + 0.06, width / 2 - 0.06):
            parts.rod(place, (x, y, 0.12), 0.025, 0.12, "metal")
    low = 0.22 if legs else 0.02
    parts.box(
        place, (0, 0, (low + top - 0.15) / 2), (0.98, width / 2, (top - 0.15 - low) / 2), "wood2"
    )
    parts.box(place, (0, 0, top - 0.08), (0.97, width / 2 - 0.01, 0.08), "linen")
    parts.box(place, (-1.0, 0, top / 2 + 0.2), (0.025, width / 2, top / 2 + 0.2), "wood")
    parts.box(place, (1.0, 0, top / 2 + 0.05), (0.025, width / 2, top / 2 + 0.05), "wood")
    parts.blob(place, (-0.72, 0, top + 0.03), (0.2, width * 0.36, 0.07), "linen")
    if rng.random() < 0.6:
        reach = rng.uniform(0.2, 0.55)
        parts.box(
            place, (0.97 - reach, 0, top - 0.05), (reach, width / 2 + 0.012, 0.065), "fabric", False
        )
    if rng.random() < 0.4:
        for y in (-width / 2, width / 2):
            parts.box(place, (-0.2, y, top + 0.12), (0.45, 0.012, 0.015), "metal", False)
    parts.beds.append(Bed(place.x, place.y, place.yaw, 1.95, width, top))


def chair(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A chair with four legs and at times arms."""
    seat, material = (
        rng.uniform(0.42, 0.48),
        str(rng.choice(["wood", "fabric", "fabric2", "metal"])),
    )
    parts.box(place, (0, 0, seat - 0.03), (0.22, 0.23, 0.03), material)
    parts.box(place, (-0.23, 0, seat + 0.24), (0.02, 0.22, 0.22), material)
    for x in (-0.19, 0.19):
        for y in (-0.19, 0.19):
            parts.rod(place, (x, y, seat / 2 - 0.03), 0.017, seat / 2 - 0.03, "metal")
    if rng.random() < 0.35:
        for y in (-0.25, 0.25):
            parts.box(place, (0, y, seat + 0.2), (0.2, 0.02, 0.015), "wood", False)
    parts.seats.append(Seat(place.x, place.y, place.yaw, seat))


def sofa(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A sofa or an armchair."""
    half, seat = rng.uniform(0.45, 1.0), rng.uniform(0.38, 0.45)
    parts.box(place, (0.05, 0, seat / 2), (0.36, half, seat / 2), "fabric")
    parts.box(place, (-0.32, 0, 0.4), (0.1, half, 0.4), "fabric")
    for y in (-half - 0.07, half + 0.07):
        parts.box(place, (0.02, y, 0.3), (0.4, 0.07, 0.3), "fabric")
    parts.seats.append(Seat(*place.at(0.12, 0), place.yaw, seat))
    if half > 0.8:
        along = place.yaw + math.pi / 2
        parts.couches.append(Bed(*place.at(0.1, 0), along, 2 * half, 0.62, seat))


def table(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A table, with things on it at times."""
    half_x, half_y, top = rng.uniform(0.25, 0.4), rng.uniform(0.3, 0.8), rng.uniform(0.45, 0.78)
    parts.box(place, (0, 0, top), (half_x, half_y, 0.02), "wood")
    for x in (-half_x + 0.05, half_x - 0.05):
        for y in (-half_y + 0.05, half_y - 0.05):
            parts.rod(place, (x, y, top / 2), 0.022, top / 2, "metal")
    for _ in range(int(rng.integers(0, 4))):
        at = (rng.uniform(-half_x, half_x) * 0.7, rng.uniform(-half_y, half_y) * 0.8)
        parts.box(place, (*at, top + 0.08), (0.08, 0.1, 0.06), f"thing{rng.integers(4)}", False)


def cupboard(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A cupboard, locker or fridge with door joints."""
    half_x, half_y = rng.uniform(0.2, 0.3), rng.uniform(0.25, 0.8)
    half_z = rng.uniform(0.35, 1.0)
    parts.box(
        place, (0, 0, half_z), (half_x, half_y, half_z), str(rng.choice(["wood", "wood2", "metal"]))
    )
    for y in np.arange(-half_y + 0.4, half_y - 0.1, 0.4):
        parts.box(place, (half_x, float(y), half_z), (0.004, 0.006, half_z * 0.95), "dark", False)
        parts.box(
            place, (half_x + 0.012, float(y) - 0.05, half_z), (0.012, 0.01, 0.06), "metal", False
        )


def shelf(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A shop's rack full of packets."""
    half_y, height = rng.uniform(0.8, 1.4), rng.uniform(1.3, 2.0)
    parts.box(place, (-0.2, 0, height / 2), (0.02, half_y, height / 2), "metal")
    for level in np.arange(0.08, height, 0.4):
        parts.box(place, (0, 0, float(level)), (0.22, half_y, 0.015), "metal")
        y = -half_y + 0.1
        while y < half_y - 0.1:
            wide, tall = rng.uniform(0.05, 0.13), rng.uniform(0.08, 0.15)
            mid = (0.02, y + wide, float(level) + 0.015 + tall)
            parts.box(place, mid, (0.15, wide * 0.94, tall), f"thing{rng.integers(8)}", False)
            y += 2 * wide * float(rng.choice([1.0, 1.0, 1.0, 1.8]))


def plant(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A pot plant, bin or bundle."""
    parts.rod(place, (0, 0, 0.18), 0.15, 0.18, str(rng.choice(["dark", "wood", "metal", "thing0"])))
    if rng.random() < 0.6:
        for _ in range(5):
            at = (rng.uniform(-0.15, 0.15), rng.uniform(-0.15, 0.15), rng.uniform(0.5, 1.1))
            parts.blob(place, at, (0.18, 0.18, 0.2), "leaf")


def stand(parts: Parts, place: Place, rng: np.random.Generator) -> None:
    """A drip stand or a coat stand: thin and upright, which is easily taken for a person."""
    height = rng.uniform(1.6, 1.95)
    parts.rod(place, (0, 0, height / 2), 0.015, height / 2, "metal")
    parts.box(place, (0, 0, 0.03), (0.2, 0.2, 0.02), "dark")
    if rng.random() < 0.5:
        parts.blob(place, (0, 0.06, height - 0.2), (0.05, 0.08, 0.14), "linen")
    else:
        parts.blob(
            place, (0, 0, height - 0.5), (0.13, 0.16, 0.45), str(rng.choice(["fabric", "dark"]))
        )


# Piece → (builder, half depth, half width) as it must be kept clear.
PIECES: dict[str, tuple[Build, float, float]] = {
    "bed": (bed, 1.05, 0.55),
    "chair": (chair, 0.26, 0.27),
    "sofa": (sofa, 0.45, 1.15),
    "table": (table, 0.42, 0.82),
    "cupboard": (cupboard, 0.32, 0.82),
    "shelf": (shelf, 0.25, 1.42),
    "plant": (plant, 0.32, 0.32),
    "stand": (stand, 0.22, 0.22),
}
