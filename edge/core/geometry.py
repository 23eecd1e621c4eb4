"""Polygons on the picture: is a point in, how much of a box is in, which grid cells are in.

Points are fractions of the frame, `(x, y)`, origin top left. A polygon is closed by itself: the
last point joins the first. Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box, Grid

Point: TypeAlias = tuple[float, float]
Polygon: TypeAlias = Sequence[Point]
Mask: TypeAlias = NDArray[np.bool_]  # h×w, rows first

AREA_MIN = 1e-6  # of the frame: less than 2 pixels of a 1080p picture is a slip of the hand
_SAMPLES = 8  # per cell and axis, when a grid is filled


def area(polygon: Polygon) -> float:
    """The share of the frame that the polygon encloses (shoelace formula)."""
    return abs(_signed_area(polygon))


def problem(polygon: Polygon) -> str | None:
    """What keeps these points from being a zone, in words after "the polygon"; None if nothing."""
    if len(polygon) < 3:
        return f"has {len(polygon)} points, a polygon needs at least 3"
    for index, (x, y) in enumerate(polygon):
        if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
            return f"leaves the picture at point {index}: x and y are fractions from 0 to 1"
    if (crossing := _crossing(polygon)) is not None:
        first, second = crossing
        return (
            f"crosses or touches itself: the line from point {first} meets the line from point "
            f"{second}; give the corners in order around the area, each once"
        )
    if area(polygon) < AREA_MIN:
        return "encloses nothing: its points lie on one line"
    return None


def contains(polygon: Polygon, point: Point) -> bool:
    """Whether the point lies inside (even-odd rule; the border belongs to one side only, so that
    areas that share an edge never both claim a point)."""
    return bool(_inside(polygon, np.array([point[0]]), np.array([point[1]]))[0])


def overlap_share(box: Box, polygon: Polygon) -> float:
    """The share of the box, 0–1, that lies inside the polygon; 0 for an empty box. Exact."""
    if box.w <= 0.0 or box.h <= 0.0:
        return 0.0
    # In the box's own units, so that a tiny box keeps its digits.
    clipped = [((x - box.x) / box.w, (y - box.y) / box.h) for x, y in polygon]
    for axis, limit, keeps_below in (
        (0, 0.0, False),
        (0, 1.0, True),
        (1, 0.0, False),
        (1, 1.0, True),
    ):
        clipped = _clip(clipped, axis, limit, keeps_below=keeps_below)
    return min(1.0, max(0.0, area(clipped)))


def grid_shares(polygon: Polygon, rows: int, columns: int) -> Grid:
    """For each cell of a grid laid over the frame, the share of it inside the polygon, rows×columns
    float32, to about 1/64 of a cell."""
    ys = (np.arange(rows * _SAMPLES) + 0.5) / (rows * _SAMPLES)
    xs = (np.arange(columns * _SAMPLES) + 0.5) / (columns * _SAMPLES)
    fine = _inside(polygon, xs[None, :], ys[:, None])
    cells = fine.reshape(rows, _SAMPLES, columns, _SAMPLES)
    shares: Grid = cells.mean(axis=(1, 3), dtype=np.float32)
    return shares


def apart(one: Box, other: Box, aspect: float) -> float:
    """Between the middles of two boxes, in units of the longest side of either. `aspect` is the
    frame's width over its height."""
    dx = (one.centre[0] - other.centre[0]) * aspect
    dy = one.centre[1] - other.centre[1]
    side = max(one.w * aspect, one.h, other.w * aspect, other.h, 1e-6)
    return float((dx * dx + dy * dy) ** 0.5 / side)


def shared(one: Box, other: Box) -> float:
    """The area that two boxes have in common, of the frame's."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    return max(0.0, width) * max(0.0, height)


def iou(one: Box, other: Box) -> float:
    """What two boxes have in common, as a share of what they cover together."""
    both = shared(one, other)
    return both / max(one.w * one.h + other.w * other.h - both, 1e-12)


def grid_mask(polygon: Polygon, rows: int, columns: int) -> Mask:
    """The cells that belong to the polygon, rows×columns: those at least half inside. A polygon
    smaller than that still gets one cell, so that no zone is silently without effect."""
    shares = grid_shares(polygon, rows, columns)
    mask: Mask = shares >= 0.5
    if not mask.any():
        centre_x = sum(x for x, _ in polygon) / len(polygon)
        centre_y = sum(y for _, y in polygon) / len(polygon)
        nearest = (min(int(centre_y * rows), rows - 1), min(int(centre_x * columns), columns - 1))
        best = np.unravel_index(int(shares.argmax()), shares.shape) if shares.any() else nearest
        mask[best] = True
    return mask


def _signed_area(polygon: Polygon) -> float:
    turned = zip(polygon, [*polygon[1:], *polygon[:1]], strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in turned) / 2.0


def _inside(polygon: Polygon, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Mask:
    """Even-odd rule for many points at once; `xs` and `ys` are broadcast against each other."""
    inside = np.zeros(np.broadcast_shapes(xs.shape, ys.shape), dtype=np.bool_)
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        if ay == by:
            continue  # a level edge is crossed by no level ray
        between = (ys < ay) != (ys < by)
        inside ^= between & (xs < ax + (ys - ay) * ((bx - ax) / (by - ay)))
    return inside


def _clip(polygon: list[Point], axis: int, limit: float, *, keeps_below: bool) -> list[Point]:
    """Sutherland–Hodgman against one side of the box; the signed area stays right for concave
    polygons too, since the bridges it leaves enclose nothing."""
    kept: list[Point] = []
    for index, here in enumerate(polygon):
        before = polygon[index - 1]
        here_in = (here[axis] <= limit) if keeps_below else (here[axis] >= limit)
        before_in = (before[axis] <= limit) if keeps_below else (before[axis] >= limit)
        if here_in != before_in:
            share = (limit - before[axis]) / (here[axis] - before[axis])
            other = before[1 - axis] + share * (here[1 - axis] - before[1 - axis])
            kept.append((limit, other) if axis == 0 else (other, limit))
        if here_in:
            kept.append(here)
    return kept


def _crossing(polygon: Polygon) -> tuple[int, int] | None:
    """The first two edges, by the number of the point they start from, that meet where they must
    not."""
    count = len(polygon)
    for first in range(count):
        for second in range(first + 1, count):
            a, b = polygon[first], polygon[(first + 1) % count]
            c, d = polygon[second], polygon[(second + 1) % count]
            if second == first + 1:
                meet = b == a or d == c or _folds_back(a, b, d)
            elif (second + 1) % count == first:
                meet = _folds_back(c, d, b)
            else:
                meet = _meet(a, b, c, d)
            if meet:
                return first, second
    return None


def _folds_back(a: Point, corner: Point, b: Point) -> bool:
    """Whether the line from `a` to the corner runs back over itself towards `b`."""
    along = (a[0] - corner[0]) * (b[0] - corner[0]) + (a[1] - corner[1]) * (b[1] - corner[1])
    return _side(a, corner, b) == 0 and along > 0.0


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the lines a–b and c–d share a point."""
    sides = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(s == 0 and _spans(*end) for s, end in zip(sides, ends, strict=True))


def _side(a: Point, b: Point, p: Point) -> int:
    """+1, 0 or −1: on which side of the line a–b the point lies."""
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return 0 if abs(turn) < 1e-12 else (1 if turn > 0 else -1)


def _spans(a: Point, b: Point, p: Point) -> bool:
    """Whether a point on the line a–b lies between its ends."""
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
