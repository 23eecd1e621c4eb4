"""Paints liquids, and what is taken for them, onto the floor of a picture.

Both come from one tool with the same edges, so that no network can tell them by the paste. Paint
before `camera.Look`: noise and compression belong on top. The floor mask leaves out people and
furniture, so they stay in front by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import liquid, lookalike
from models.synth.blotch import Blotch
from models.synth.mirror import Box, Ground, Image
from models.synth.plane import FloorPlane, plane_below

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]
SpillKind = Literal["opaque", "dark", "film", "wet", "mirror"]
OtherKind = Literal[
    "shadow", "light", "mat", "paper", "decal", "stain", "cushion", "bag", "table", "patch", "glare"
]
SPILLS: tuple[SpillKind, ...] = get_args(SpillKind)
OTHERS: tuple[OtherKind, ...] = get_args(OtherKind)


class NoFloor(ValueError):
    """The mask shows too little floor to put anything on."""


@dataclass(frozen=True)
class Spot:
    """One thing on one floor: the same over all frames of a clip. `soft_px` is how wide its edge
    fades; `seed` draws its colours and ripples. `anywhere` lets it lie on beds and walls too."""

    kind: SpillKind | OtherKind | Literal["polish"]
    shape: Blotch
    plane: FloorPlane
    soft_px: float
    seed: int
    anywhere: bool = False


def guess_plane(floor: Mask, rng: np.random.Generator) -> FloorPlane:
    """A plausible floor plane for a photograph of which only the floor's mask is known."""
    height, width = floor.shape
    rows = np.flatnonzero(floor.any(axis=1))
    top = float(rows[0]) / height if len(rows) else 0.5
    horizon = min(top - float(rng.uniform(0.03, 0.35)), 0.5)
    focal = float(rng.uniform(0.7, 1.5))  # in picture heights
    return plane_below(horizon, float(rng.uniform(1.1, 2.6)), focal, (width, height))


def draw_spot(
    rng: np.random.Generator, kind: SpillKind | OtherKind, floor: Mask,
    plane: FloorPlane | None = None, radius_px: float | None = None,
) -> Spot:  # fmt: skip
    """Something of this kind at a random place of the floor; raises `NoFloor`.

    `radius_px` is half its width across the picture; drawn between 1.5 % and 20 % of the
    picture's width if not given.
    """
    height, width = floor.shape
    inner = cv2.erode(floor.astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=0)
    inner[:, : width // 40] = 0
    inner[:, -(width // 40) :] = 0
    at = np.flatnonzero(inner)
    if len(at) < 50:
        raise NoFloor("fewer than 50 pixels of floor lie clear of edges in this picture")
    plane = plane or guess_plane(floor, rng)
    row, column = divmod(int(at[int(rng.integers(len(at)))]), width)
    x, y = plane.metres(height, width)
    beside = min(column + 1, width - 1) if column + 1 < width else column - 1
    per_px = float(np.hypot(x[row, beside] - x[row, column], y[row, beside] - y[row, column]))
    wanted = radius_px or width * float(np.exp(rng.uniform(np.log(0.015), np.log(0.2))))
    radius = float(np.clip(wanted * per_px, 0.06, 2.5))
    shape = Blotch(
        float(x[row, column]), float(y[row, column]), radius, float(rng.uniform(0, np.pi)),
        float(np.exp(rng.normal(0, 0.25))), lookalike.form_of(rng, kind), int(rng.integers(2**31)),
    )  # fmt: skip
    return Spot(kind, shape, plane, float(rng.uniform(0.8, 3.0)), int(rng.integers(2**31)))


def polished(rng: np.random.Generator, floor: Mask, plane: FloorPlane | None = None) -> Spot:
    """All of the floor made glossy, as if waxed: dry, and no spill."""
    plane = plane or guess_plane(floor, rng)
    everywhere = Blotch(*plane.foot, 1000.0, 0.0, 1.0, "disc", 0)
    return Spot("polish", everywhere, plane, 1.0, int(rng.integers(2**31)))


@dataclass(frozen=True)
class Cover:
    """What a spot does to a picture: `surface` (H×W×3, 0–1) is seen for the share `alpha` (H×W) of
    each pixel; `mask` is what it covers."""

    surface: Image
    alpha: Image
    mask: Mask


def cover(rgb: Rgb, floor: Mask, spot: Spot, growth: float = 1.0) -> Cover:
    """The spot on this picture, grown so far (0–1). The mask lies inside `floor` and only grows
    with `growth`."""
    floor = np.ones_like(floor) if spot.anywhere else floor
    arrival = spot.shape.arrival(*spot.plane.metres(*floor.shape))
    # How far inside the edge a pixel lies, in pixels, from the slope of arrival.
    slope = np.hypot(*np.gradient(arrival)) + 1e-4
    inside = ((growth - arrival) / slope).astype(np.float32)
    alpha = np.clip(inside / spot.soft_px + 0.5, 0, 1) * floor
    painter = liquid.PAINTERS.get(spot.kind) or lookalike.PAINTERS[spot.kind]
    light = rgb.astype(np.float32) / 255.0
    ground = Ground(light, floor, inside, spot.shape, spot.plane, _box((arrival <= 1) & floor))
    surface = painter(ground, np.random.default_rng(spot.seed))
    return Cover(surface, np.asarray(alpha, np.float32), (arrival <= growth) & floor)


def paint(rgb: Rgb, floor: Mask, spot: Spot, growth: float = 1.0) -> tuple[Rgb, Mask]:
    """The picture with the spot on its floor, grown so far (0–1), and the pixels it covers."""
    if growth <= 0:
        return rgb.copy(), np.zeros_like(floor)
    drawn = cover(rgb, floor, spot, growth)
    mixed = rgb + drawn.alpha[..., None] * (drawn.surface * 255.0 - rgb)
    return np.asarray(np.clip(mixed, 0, 255), np.uint8), drawn.mask


def _box(mask: Mask) -> Box:
    """Left, top, right, bottom of what is True; all of the picture where nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
