"""Polygons: against OpenCV, against themselves in other words, and by hand."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edge.core.geometry import (
    Point,
    area,
    contains,
    grid_mask,
    grid_shares,
    overlap_share,
    problem,
)
from edge.core.types import Box

untimed = settings(deadline=None)  # the machine may be busy

FRAME = Box(0.0, 0.0, 1.0, 1.0)
SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
ARROW = ((0.1, 0.1), (0.9, 0.1), (0.5, 0.3), (0.9, 0.9))  # concave

fractions = st.floats(0.0, 1.0)
points = st.tuples(fractions, fractions)


@st.composite
def polygons(draw: st.DrawFn) -> tuple[Point, ...]:
    """Corners in order around the middle of the picture, near and far by turns: simple, often
    concave."""
    count = draw(st.integers(3, 9))
    corners = []
    for index in range(count):
        angle = 2 * math.pi * (index + 0.4 * draw(fractions)) / count
        reach = draw(st.floats(0.05, 0.49))
        corners.append((0.5 + reach * math.cos(angle), 0.5 + reach * math.sin(angle)))
    return tuple(corners)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.floats(0.0, 0.9)), draw(st.floats(0.0, 0.9))
    return Box(x, y, draw(st.floats(0.01, 1.0 - x)), draw(st.floats(0.01, 1.0 - y)))


@untimed
@given(polygons())
def test_corners_in_order_are_a_polygon(polygon: tuple[Point, ...]) -> None:
    assert problem(polygon) is None
    assert problem(polygon[::-1]) is None


@untimed
@given(polygons(), st.integers(0, 8))
def test_where_it_begins_and_which_way_it_runs_do_not_matter(
    polygon: tuple[Point, ...], begin: int
) -> None:
    begin %= len(polygon)
    turned = (*polygon[begin:], *polygon[:begin])[::-1]
    assert area(turned) == pytest.approx(area(polygon))
    assert overlap_share(Box(0.3, 0.4, 0.3, 0.2), turned) == pytest.approx(
        overlap_share(Box(0.3, 0.4, 0.3, 0.2), polygon)
    )


@untimed
@given(polygons(), points)
def test_contains_agrees_with_opencv(polygon: tuple[Point, ...], point: Point) -> None:
    contour = np.array(polygon, dtype=np.float32)
    distance = cv2.pointPolygonTest(contour, point, measureDist=True)
    assume(abs(distance) > 1e-5)  # OpenCV counts in float32
    assert contains(polygon, point) == (distance > 0)


@untimed
@given(polygons())
def test_the_share_of_the_whole_frame_is_the_area(polygon: tuple[Point, ...]) -> None:
    assert overlap_share(FRAME, polygon) == pytest.approx(area(polygon))


@untimed
@given(polygons(), boxes(), st.floats(0.1, 0.9))
def test_shares_of_a_cut_box_add_up(polygon: tuple[Point, ...], box: Box, cut: float) -> None:
    left = Box(box.x, box.y, box.w * cut, box.h)
    right = Box(box.x + left.w, box.y, box.w - left.w, box.h)
    parts = overlap_share(left, polygon) * cut + overlap_share(right, polygon) * (1 - cut)
    assert overlap_share(box, polygon) == pytest.approx(parts, abs=1e-6)


@untimed
@given(polygons())
def test_grid_shares_sum_to_the_area(polygon: tuple[Point, ...]) -> None:
    shares = grid_shares(polygon, 24, 40)
    assert shares.shape == (24, 40)
    assert float(shares.mean()) == pytest.approx(area(polygon), abs=0.01)


@untimed
@given(polygons(), st.integers(0, 23), st.integers(0, 39))
def test_a_cell_has_the_share_of_its_box(polygon: tuple[Point, ...], row: int, column: int) -> None:
    exact = overlap_share(Box(column / 40, row / 24, 1 / 40, 1 / 24), polygon)
    assert float(grid_shares(polygon, 24, 40)[row, column]) == pytest.approx(exact, abs=0.2)


@untimed
@given(polygons(), st.integers(1, 30), st.integers(1, 30))
def test_a_zone_always_has_a_cell(polygon: tuple[Point, ...], rows: int, columns: int) -> None:
    assert grid_mask(polygon, rows, columns).any()


def test_a_zone_much_smaller_than_a_cell_has_the_cell_it_lies_in() -> None:
    speck = ((0.961, 0.961), (0.962, 0.961), (0.962, 0.962))
    mask = grid_mask(speck, 5, 5)
    assert mask.sum() == 1
    assert mask[4, 4]


def test_neighbours_share_no_cell_and_leave_none_out() -> None:
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    right = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
    assert (grid_mask(left, 8, 8) ^ grid_mask(right, 8, 8)).all()
    assert contains(left, (0.5, 0.5)) != contains(right, (0.5, 0.5))


@pytest.mark.parametrize(
    ("box", "share"),
    [
        (Box(0.3, 0.3, 0.1, 0.1), 1.0),
        (Box(0.7, 0.7, 0.1, 0.1), 0.0),
        (Box(0.5, 0.3, 0.2, 0.1), 0.5),
        (Box(0.5, 0.5, 0.2, 0.2), 0.25),
        (Box(0.0, 0.0, 0.8, 0.8), 0.25),
        (Box(0.3, 0.3, 0.0, 0.1), 0.0),
    ],
)
def test_overlap_by_hand(box: Box, share: float) -> None:
    assert overlap_share(box, SQUARE) == pytest.approx(share)


def test_the_notch_of_a_concave_polygon_is_outside() -> None:
    assert problem(ARROW) is None
    assert contains(ARROW, (0.4, 0.2))
    assert not contains(ARROW, (0.8, 0.4))


@pytest.mark.parametrize(
    ("polygon", "words"),
    [
        (SQUARE[:2], "has 2 points"),
        (((0.1, 0.1), (1.2, 0.1), (0.5, 0.5)), "leaves the picture at point 1"),
        (((0.1, 0.1), (float("nan"), 0.1), (0.5, 0.5)), "leaves the picture at point 1"),
        (((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)), "crosses or touches itself"),
        (((0.1, 0.1), (0.5, 0.5), (0.9, 0.9)), "crosses or touches itself"),
        (((0.1, 0.1), (0.1, 0.1), (0.9, 0.9)), "crosses or touches itself"),
        ((*SQUARE, SQUARE[0]), "crosses or touches itself"),
        # A spike out and back, and two squares that meet in a corner.
        (((0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.5)), "crosses or touches itself"),
        (
            ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.9, 0.5), (0.9, 0.9), (0.5, 0.5)),
            "crosses or touches itself",
        ),
        (((0.1, 0.1), (0.1001, 0.1), (0.1, 0.1001)), "encloses nothing"),
    ],
)
def test_what_is_no_polygon(polygon: tuple[Point, ...], words: str) -> None:
    assert words in (problem(polygon) or "")


@untimed
@given(st.lists(points, max_size=8))
def test_any_points_are_judged_and_what_passes_encloses_something(corners: list[Point]) -> None:
    if problem(corners) is None:
        assert area(corners) > 0.0
        assert 0.0 < overlap_share(FRAME, corners) <= 1.0
