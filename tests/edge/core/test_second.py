"""A second look: at whom, on what, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core import second
from edge.core.geometry import iou
from edge.core.policy import SecondLook
from edge.core.second import Place
from edge.core.types import Box, Person, Rgb, Scores, Small
from tests.support.scenes import ASPECT, GRID, NS

SIZE = (640, 360)  # of the small picture
FAR = Box(0.1, 0.3, 0.06, 0.05)


def someone(box: Box, down: float, score: float = 0.8) -> Person:
    rest = (1 - down) / 3
    return Person(box, score, rest, rest, down, rest)


def scores(*people: Person, at_s: float = 0.0) -> Scores:
    return Scores(int(at_s * NS), ASPECT, people, np.zeros(GRID, np.float32))


def wanted(*people: Person, at_s: float = 0.0, known: Sequence[Place] = ()) -> tuple[Box, ...]:
    return tuple(who.box for who in second.wanted(people, SIZE, int(at_s * NS), known))


def place(person: Person, found: float, at_s: float = 0.0) -> Place:
    """As the last of many looks in a row that said the same."""
    nobody = second.NOBODY_LOOKS if found < second.NOBODY else 0
    return Place(person, int(at_s * NS), found, nobody)


def moved(box: Box, dx: float) -> Box:
    return box._replace(x=box.x + dx)


def test_the_two_surest_who_may_be_down_are_looked_at_again() -> None:
    three = [someone(moved(FAR, 0.3 * n), down) for n, down in enumerate((0.2, 0.9, 0.5))]
    assert wanted(*three) == (three[1].box, three[2].box)
    assert wanted(three[0]) == (three[0].box,)


def test_nobody_is_who_is_hardly_down() -> None:
    assert wanted(someone(FAR, 0.18)) == ()  # .18 × .8


def test_one_look_is_enough_for_boxes_that_are_nearly_the_same() -> None:
    assert wanted(someone(FAR, 0.9), someone(moved(FAR, 0.01), 0.8)) == (FAR,)


def test_nobody_is_who_is_large() -> None:
    near, less = Box(0.1, 0.5, 0.12, 0.1), Box(0.5, 0.5, 0.11, 0.2)  # 77 and 72 pixels long
    assert wanted(someone(near, 0.9), someone(less, 0.8)) == (less,)


LYING = someone(FAR, 0.5)


@pytest.mark.parametrize(("at_s", "again"), [(0.2, False), (0.94, False), (0.96, True), (3, True)])
def test_who_was_found_down_is_looked_at_every_second(at_s: float, again: bool) -> None:
    assert wanted(LYING, at_s=at_s, known=[place(LYING, 0.5)]) == ((FAR,) if again else ())


@pytest.mark.parametrize(("at_s", "again"), [(1.2, False), (4.94, False), (4.96, True), (9, True)])
def test_where_nobody_was_found_every_five_seconds_is_enough(at_s: float, again: bool) -> None:
    assert wanted(LYING, at_s=at_s, known=[place(LYING, 0.1)]) == ((FAR,) if again else ())


@pytest.mark.parametrize("now", [someone(FAR, 0.63), someone(moved(FAR, 0.025), 0.5)])
def test_who_moved_or_looks_more_down_than_then_is_looked_at_anew(now: Person) -> None:
    assert wanted(now, at_s=1.2, known=[place(LYING, 0.1)]) == (now.box,)


def test_what_lies_there_for_good_keeps_nobody_from_being_looked_at() -> None:
    heaps = [someone(moved(FAR, 0.2 * n), 0.9) for n in (1, 2)]
    assert wanted(LYING, *heaps) == (heaps[0].box, heaps[1].box)
    known = [place(heap, 0.1) for heap in heaps]
    assert wanted(LYING, *heaps, at_s=1.0, known=known) == (FAR,)


def test_looks_are_a_second_apart_whomever_they_are_at() -> None:
    other = someone(moved(FAR, 0.3), 0.9)
    assert wanted(LYING, other, at_s=0.6, known=[place(other, 0.1)]) == ()


def test_what_is_known_of_a_place_is_the_last_look_as_long_as_it_counts() -> None:
    near, other = someone(moved(FAR, 0.025), 0.5), someone(moved(FAR, 0.3), 0.9)
    old = [place(LYING, 0.1), place(other, 0.1), place(other, 0.9)]
    assert second.remembered(old, [(near, 0.6)], 2 * NS) == (old[1], Place(near, 2 * NS, 0.6))


def test_only_three_looks_in_a_row_that_find_nobody_settle_it_for_longer() -> None:
    """One look may err, and somebody who lies there is not to be left alone for it."""
    known: tuple[Place, ...] = ()
    for at_s, found in enumerate((0.1, 0.0, 0.6, 0.1, 0.1)):
        assert wanted(LYING, at_s=at_s, known=known) == (FAR,)
        known = second.remembered(known, [(LYING, found)], at_s * NS)
    assert wanted(LYING, at_s=5, known=known) == (FAR,)
    known = second.remembered(known, [(LYING, 0.1)], 5 * NS)
    assert wanted(LYING, at_s=6, known=known) == ()


def test_a_place_where_nobody_was_counts_no_more_for_who_moved_or_is_more_down() -> None:
    known = [place(LYING, 0.0)]
    for now in (someone(FAR, 0.63), someone(moved(FAR, 0.025), 0.5)):
        assert second.judged(scores(now, at_s=2), known, SIZE).people == (now,)
    assert second.judged(scores(LYING, at_s=2), known, SIZE).people[0].down == 0


@pytest.mark.parametrize(
    ("mode", "shrunk", "again"),
    [
        ("large", 1.9, False), ("large", 2.0, True), ("always", 1.0, True), ("never", 3.0, False),
    ],
)  # fmt: skip
def test_which_cameras_are_looked_at_twice(mode: SecondLook, shrunk: float, again: bool) -> None:
    small = Small(lambda: np.zeros((9, 16, 3), np.uint8), shrunk=shrunk)
    assert second.worth(mode, small) == again


parts = st.floats(0.02, 0.9)


@given(x=st.floats(0, 1), y=st.floats(0, 1), w=parts, h=parts)
def test_a_window_lies_in_the_view_and_holds_the_box(
    x: float, y: float, w: float, h: float
) -> None:
    box = Box(x * (1 - w), y * (1 - h), w, h)
    part = second.window(box, SIZE)
    assert part.w == part.h
    assert 1 / second.ENLARGED_MAX - 1e-9 <= part.w <= 1
    assert min(part.x, part.y) >= 0
    assert max(part.x + part.w, part.y + part.h) <= 1 + 1e-9
    assert max(part.x - box.x, part.y - box.y) <= 1e-9
    assert part.x + part.w >= box.x + box.w - 1e-9
    assert part.y + part.h >= box.y + box.h - 1e-9


def test_who_is_small_fills_a_fair_part_and_who_is_near_is_not_enlarged() -> None:
    small = second.window(Box(0.4, 0.4, 0.05, 0.04), SIZE)
    assert 0.05 * SIZE[0] / small.w == pytest.approx(second.TALL_PX)
    assert second.window(Box(0.1, 0.1, 0.5, 0.5), SIZE) == Box(0, 0, 1, 1)


@pytest.mark.parametrize("full", [(1920, 1080), (640, 360), (320, 180)])
@pytest.mark.parametrize("box", [FAR, Box(0.7, 0.8, 0.1, 0.15), Box(0.2, 0.1, 0.6, 0.8)])
def test_what_is_found_in_the_enlarged_picture_is_told_of_its_own_place(
    full: tuple[int, int], box: Box
) -> None:
    part = second.window(box, SIZE)
    rgb = second.enlarged(drawn(box, full), part, SIZE)
    assert rgb.shape == (SIZE[1], SIZE[0], 3)
    seen = someone(bright(rgb), 0.9)
    assert second.found((seen,), box, part) == pytest.approx(0.72)
    elsewhere = moved(box, -box.w if box.x > 0.5 else box.w)
    assert second.found((seen,), elsewhere, part) == 0


def test_what_is_left_in_the_view_is_right_in_the_second_look() -> None:
    rgb = second.enlarged(drawn(Box(0.0, 0.4, 0.1, 0.2), SIZE), Box(0, 0, 1, 1), SIZE)
    assert iou(bright(rgb), Box(0.9, 0.4, 0.1, 0.2)) > 0.9


def drawn(box: Box, size: tuple[int, int]) -> Rgb:
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    rgb[box.cells(size[1], size[0])] = 255
    return rgb


def bright(rgb: Rgb) -> Box:
    rows, columns = (np.flatnonzero((rgb[..., 0] > 127).any(axis)) for axis in (1, 0))
    height, width = rgb.shape[:2]
    x, y = columns[0] / width, rows[0] / height
    return Box(x, y, (columns[-1] + 1) / width - x, (rows[-1] + 1) / height - y)


def judged(person: Person, found: float, at_s: float = 0.0, box: Box = FAR) -> Person:
    known = [place(replace(person, box=box), found)]
    return second.judged(scores(person, at_s=at_s), known, SIZE).people[0]


@pytest.mark.parametrize(("first", "found"), [(0.5, 0.32), (0.25, 0.9), (0.9, 0.0), (0.9, 0.8)])
def test_both_looks_have_to_say_that_somebody_is_down(first: float, found: float) -> None:
    seen = judged(someone(FAR, first), found)
    assert seen.down_score == pytest.approx((0.8 * first * found) ** 0.5)
    assert (seen.box, seen.score, seen.upright) == (FAR, 0.8, someone(FAR, first).upright)


def test_no_probability_is_more_than_one() -> None:
    assert judged(someone(FAR, 0.9, score=0.2), 0.9).down == 1


@pytest.mark.parametrize(
    ("person", "at_s", "box"),
    [
        (someone(FAR, 0.1), 0.0, FAR),  # not down, by the first look
        (someone(FAR, 0.9), 5.5, FAR),  # too long ago
        (someone(FAR, 0.9), 0.0, moved(FAR, 0.05)),  # somebody else
        (someone(FAR._replace(w=0.12), 0.9), 0.0, FAR),  # large enough by now
    ],
)
def test_who_was_not_looked_at_again_stays_as_they_are(
    person: Person, at_s: float, box: Box
) -> None:
    assert judged(person, 0.0, at_s, box) is person


@pytest.mark.parametrize(("at_s", "counts"), [(1.4, True), (1.6, False)])
def test_who_was_found_down_counts_a_little_longer_than_until_the_next_look(
    at_s: float, counts: bool
) -> None:
    assert (judged(someone(FAR, 0.9), 0.5, at_s) != someone(FAR, 0.9)) == counts


def test_of_two_places_the_one_that_fits_better_tells() -> None:
    seen = someone(FAR, 0.5)
    known = [place(someone(moved(FAR, 0.02), 0.5), 0.9), place(seen, 0.4)]
    judged_ = second.judged(scores(seen), known, SIZE).people[0]
    assert judged_.down_score == pytest.approx((0.8 * 0.5 * 0.4) ** 0.5)


def test_before_any_second_look_nothing_changes() -> None:
    first = scores(someone(FAR, 0.9))
    assert second.judged(first, (), SIZE) is first
