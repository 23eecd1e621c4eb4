"""What counts as a change of a picture, and when the network must look whatever it shows."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from edge.core.gate import GatePolicy, LastLook, blocks_of, calm, changed, looked
from edge.core.types import Box, Person, Rgb, Scores

SIZE = (360, 640)  # rows, columns
NOISE = 6.0  # of 255, a pixel: a cheap camera by night, before its codec smooths it
POLICY = GatePolicy(refresh_s=20.0)
NS = 1_000_000_000


@cache
def room() -> Rgb:
    """Furniture of all greys: blobs with sharp edges."""
    coarse = np.random.default_rng(1).integers(40, 200, (9, 16), np.uint8)
    grey = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    return np.repeat(grey[:, :, None], 3, axis=2)


def noisy(picture: Rgb, seed: int, sigma: float = NOISE) -> Rgb:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def with_person(x: int, y: int, contrast: int = 30) -> Rgb:
    """Somebody far away: 25 pixels high, 9 wide, a little darker than what is behind."""
    picture = room().astype(np.int16)
    picture[y : y + 25, x : x + 9] -= contrast
    return np.clip(picture, 0, 255).astype(np.uint8)


def differ(one: Rgb, other: Rgb) -> bool:
    return changed(blocks_of(one), blocks_of(other))


def test_a_picture_has_as_many_blocks_as_fit() -> None:
    assert blocks_of(room()).shape == (45, 80)
    assert blocks_of(room()[:, :483]).shape == (45, 60)
    assert blocks_of(room()[:5, :3]).shape == (1, 1)


@pytest.mark.parametrize("sigma", [0.0, 2.0, NOISE])
def test_noise_is_no_change(sigma: float) -> None:
    first = noisy(room(), 0, sigma)
    assert not any(differ(first, noisy(room(), seed, sigma)) for seed in range(1, 41))


@pytest.mark.parametrize("step", [4, 9, 40])
@pytest.mark.parametrize("x", range(200, 216, 3))
def test_somebody_small_who_moves_is_a_change(x: int, step: int) -> None:
    assert differ(noisy(with_person(x, 150), 1, 3.0), noisy(with_person(x + step, 150), 2, 3.0))


def test_somebody_small_who_comes_or_goes_is_a_change_in_any_noise() -> None:
    empty, there = noisy(room(), 1), noisy(with_person(305, 201), 2)
    assert differ(empty, there)
    assert differ(there, empty)


def test_what_changes_slowly_adds_up() -> None:
    first = room().astype(np.float64)
    growing = [first.copy() for _ in range(40)]
    for number, picture in enumerate(growing):
        picture[200:240, 300:380] -= 0.5 * number
    pictures = [picture.clip(0, 255).astype(np.uint8) for picture in growing]
    assert not any(differ(*pair) for pair in pairwise(pictures))
    assert differ(pictures[0], pictures[-1])


@pytest.mark.parametrize(("shift", "change"), [(5, False), (-5, False), (25, True), (-25, True)])
def test_a_little_exposure_is_no_change_and_light_is_one(shift: int, change: bool) -> None:
    lit = (room().astype(np.int16) + shift).clip(0, 255).astype(np.uint8)
    assert differ(noisy(room(), 1, 2.0), noisy(lit, 2, 2.0)) is change


def test_another_view_or_another_size_is_a_change() -> None:
    assert differ(room(), room()[::-1])
    assert differ(room(), room()[:, :512])
    assert not differ(room(), room().copy())


def scores(at_s: float, *, people: bool = False, sure: float = 0.9) -> Scores:
    person = Person(Box(0.1, 0.1, 0.1, 0.3), sure, 1.0, 0.0, 0.0, 0.0)
    spill = np.zeros((45, 80), np.float32)
    return Scores(int(at_s * NS), 16 / 9, (person,) * people, spill)


def look(
    before: LastLook | None, at_s: float, *, near: bool = False, people: bool = False
) -> LastLook:
    return looked(before, blocks_of(room()), scores(at_s, people=people), POLICY, near=near)


def rests(last: LastLook, at_s: float) -> bool:
    return not last.is_over(blocks_of(room()), int(at_s * NS))


def test_it_looks_on_for_a_while_after_the_first_picture_then_at_times() -> None:
    first = look(None, 0)
    assert not rests(first, 4.8)
    last = look(first, 5)
    assert rests(last, 5.2)
    assert rests(last, 24.8)
    assert not rests(last, 25)


def test_near_an_alarm_it_looks_at_every_picture() -> None:
    last = look(look(look(None, 0), 10, near=True), 30)
    assert not rests(last, 39.8)
    assert rests(last, 40)


def test_where_people_are_or_were_it_looks_every_second() -> None:
    last = look(look(None, 0), 10, people=True)
    assert rests(last, 10.8)
    assert not rests(last, 11)
    assert not rests(look(last, 60), 61)
    assert rests(look(last, 70), 71)


def test_what_is_hardly_a_person_does_not_keep_it_awake() -> None:
    chair = scores(10, people=True, sure=0.2)
    last = looked(look(None, 0), blocks_of(room()), chair, POLICY, near=False)
    assert rests(last, 29.8)
    assert not rests(last, 30)


@pytest.mark.parametrize(("threshold", "most"), [(0.5, 0.1), (0.2, 0.1), (0.1, 0.05), (0.02, 0.01)])
def test_what_is_calm_is_far_below_the_threshold(threshold: float, most: float) -> None:
    assert calm(threshold) == pytest.approx(most)


def test_after_a_change_it_looks_on_for_a_while() -> None:
    before = look(look(None, 0), 10)
    moved = looked(before, blocks_of(with_person(305, 201)), scores(12), POLICY, near=False)
    assert moved.is_over(moved.blocks, int(16.8 * NS))
    assert not moved.is_over(moved.blocks, int(17 * NS))
    assert moved.is_over(before.blocks, int(17 * NS))


def test_a_short_refresh_holds_where_people_are_too() -> None:
    last = looked(None, blocks_of(room()), scores(0, people=True), GatePolicy(0.4), near=False)
    assert last.again_ns == int(0.4 * NS)
