"""A second look: at whom, on what, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core import second
from edge.core.second import Place
from edge.core.types import Box, Person, Rgb, Scores
from tests.support.scenes import ASPECT, GRID, NS

FAR = Box(0.1, 0.3, 0.06, 0.05)


def someone(box: Box, down: float, score: float = 0.8) -> Person:
    rest = (1 - down) / 3
    return Person(box, score, rest, rest, down, rest)


def scores(*people: Person, at_s: float = 0.0) -> Scores:
    return Scores(int(at_s * NS), ASPECT, people, np.zeros(GRID, np.float32))


def wanted(*people: Person, at_s: float = 0.0, known: Sequence[Place] = ()) -> tuple[Box, ...]:
    return tuple(who.box for who in second.wanted(people, int(at_s * NS), known))


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
        assert second.judged(scores(now, at_s=2), known).people == (now,)
    assert second.judged(scores(LYING, at_s=2), known).people[0].down == 0


def drawn(box: Box, size: tuple[int, int] = (640, 360)) -> Rgb:
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    rgb[box.cells(size[1], size[0])] = 255
    return rgb


@pytest.mark.parametrize("full", [(1920, 1080), (640, 360), (320, 180)])
@pytest.mark.parametrize("box", [FAR, Box(0.7, 0.7, 0.1, 0.15), Box(0.3, 0.3, 0.4, 0.3)])
def test_a_close_up_has_the_box_in_its_middle_in_its_own_shape(
    full: tuple[int, int], box: Box
) -> None:
    rgb = second.close_up(drawn(box, full), box, 128, 1.7)
    assert rgb.shape == (128, 128, 3)
    shown = rgb[..., 0] > 127
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    wide, tall = len(columns), len(rows)
    assert max(wide, tall) == pytest.approx(128 / 1.7, abs=6)
    assert wide / tall == pytest.approx(box.w * full[0] / (box.h * full[1]), rel=0.2)
    assert columns.mean() == pytest.approx(63.5, abs=5)
    assert rows.mean() == pytest.approx(63.5, abs=5)


parts = st.floats(0.01, 0.9)


@given(x=st.floats(0, 1), y=st.floats(0, 1), w=parts, h=parts)
def test_every_box_has_a_close_up(x: float, y: float, w: float, h: float) -> None:
    white = np.full((36, 64, 3), 255, np.uint8)
    rgb = second.close_up(white, Box(x - w / 2, y - h / 2, w, h), 32, 1.7)
    assert (rgb == 255).all()


def test_beyond_the_picture_its_last_pixels_go_on() -> None:
    """Somebody of whom the picture shows the left half."""
    rgb = drawn(Box(0.9, 0.4, 0.1, 0.2))
    close = second.close_up(rgb, Box(0.9, 0.4, 0.1, 0.2), 128, 2.0)
    assert (close[60:68, 100:] == 255).all()
    assert (close[:16, 100:] == 0).all()


def judged(person: Person, found: float, at_s: float = 0.0, box: Box = FAR) -> Person:
    known = [place(replace(person, box=box), found)]
    return second.judged(scores(person, at_s=at_s), known).people[0]


@pytest.mark.parametrize(
    ("first", "found", "left"),
    [(0.5, 0.3, 0.25), (0.25, 0.9, 0.25), (0.9, 0.0, 0), (0.9, 0.6, 0.9)],
)
def test_a_second_look_takes_away_what_it_does_not_find_and_adds_nothing(
    first: float, found: float, left: float
) -> None:
    seen = judged(someone(FAR, first), found)
    assert seen.down == pytest.approx(left)
    assert (seen.box, seen.score, seen.upright) == (FAR, 0.8, someone(FAR, first).upright)


@pytest.mark.parametrize(
    ("person", "at_s", "box"),
    [
        (someone(FAR, 0.1), 0.0, FAR),  # not down, by the first look
        (someone(FAR, 0.9), 5.5, FAR),  # too long ago
        (someone(FAR, 0.9), 0.0, moved(FAR, 0.05)),  # somebody else
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
    judged_ = second.judged(scores(seen), known).people[0]
    assert judged_.down_score == pytest.approx(0.8 * 0.5 * 0.4 / second.SURE)


def test_before_any_second_look_nothing_changes() -> None:
    first = scores(someone(FAR, 0.9))
    assert second.judged(first, ()) is first
