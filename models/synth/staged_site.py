"""The place spills are staged in: its view, which part of it is floor, and how that floor lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from alerts.errors import UserError
from edge.core import geometry
from models.synth.plane import FloorPlane, plane_below
from models.synth.staged_view import Mask, View

FOCAL = 1.0  # in picture heights: what most fixed cameras' lenses have, within a third
HEIGHT_M = 2.6
REACH_M = 9.0  # how far floors go on, from the foot of the camera, where nothing else is known
HORIZON_MAX = 0.9
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_BETWEEN = re.compile(r"[\s,;\[\]()]*")


class BadFloor(UserError):
    """What was given as floor is no polygon on the picture."""


@dataclass(frozen=True)
class Site:
    """`floor` is H×W, True where the floor shows."""

    view: View
    floor: Mask
    plane: FloorPlane


def site_of(
    view: View, floors: Sequence[str], height_m: float = HEIGHT_M, horizon: float | None = None
) -> Site:
    """The site by its floor's polygons, as typed. `horizon` is the height in the picture (0 top,
    1 bottom, below 0 above it) at which an endless floor would vanish; guessed from the polygons'
    top and the camera's height where not given. Raises BadFloor."""
    rows, columns = view.clean.shape[:2]
    floor = np.zeros((rows, columns), np.uint8)
    for text in floors:
        corners = np.array(polygon(text)) * (columns, rows)
        cv2.fillPoly(floor, [np.round(corners).astype(np.int32)], 1)
    if not floor.any():
        raise BadFloor(f"--floor {' '.join(floors)!r}: covers no pixel of the picture")
    top = float(np.flatnonzero(floor.any(axis=1))[0]) / rows
    if horizon is None:
        # A floor that fills the picture goes on beyond it: the camera looks down steeply.
        horizon = top - FOCAL * height_m / REACH_M - 0.7 * max(0.0, 0.3 - top)
    if not -20 < horizon < min(top, HORIZON_MAX):
        raise BadFloor(
            f"--horizon {horizon:g}: the floor's highest corner is at {top:.2f}; give a smaller "
            "number, below 0 where the horizon lies above the picture"
        )
    plane = plane_below(horizon, height_m, FOCAL, (columns, rows))
    return Site(view, floor > 0, plane)


def polygon(text: str) -> tuple[geometry.Point, ...]:
    """Corners from `0.1,0.9,0.5,0.4,…` or as a site file writes them, `[[0.1, 0.9], …]`. Raises
    BadFloor."""
    strange = _BETWEEN.sub("", _NUMBER.sub("", text))
    numbers = [float(number) for number in _NUMBER.findall(text)]
    if strange or len(numbers) % 2:
        wrong = f"{strange[:10]!r} in it is no number" if strange else f"{len(numbers)} numbers"
        raise BadFloor(
            f"--floor {text!r}: {wrong}; write pairs x,y as fractions of the picture, say "
            "0.1,0.95,0.3,0.5,0.7,0.5,0.9,0.95"
        )
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    if problem := geometry.problem(points):
        raise BadFloor(f"--floor {text!r}: the polygon {problem}")
    return points
