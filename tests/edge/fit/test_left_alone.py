"""What looks like a fault and is none; and what is learnt of it."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from edge.core.types import Rgb
from edge.fit import State, step
from models.faults.cover import hand
from models.faults.lamp import glare
from models.faults.lens import smeared
from tests.edge.fit.rooms import NS, WIDTH, filmed, furnished, infrared, known, room, watch


def said_of(pictures: Iterable[Rgb], state: State | None = None) -> set[str]:
    return {one.reason for one in watch(pictures, state or known(), from_s=70)[1]}


def test_somebody_before_the_lens_for_ten_seconds() -> None:
    near = [hand(room(at), at, 0.9, 1) for at in range(10)]
    assert said_of([*near, *(room(at) for at in range(40))]) == {"ok"}


def test_the_lamps_are_switched_off_and_the_camera_turns_to_infrared_and_back() -> None:
    dim = [room(at, light=0.25) for at in range(8)]
    night = [infrared(at) for at in range(120)]
    state, said = watch([*dim, *night], known(), from_s=70)
    assert {one.reason for one in said} == {"ok"}
    assert said_of([room(at) for at in range(60)], state) == {"ok"}


def test_headlights() -> None:
    lit = [glare(room(at), at, 1.0, at // 20) if at % 20 < 5 else room(at) for at in range(80)]
    assert said_of(lit) == {"ok"}


def test_a_day_that_gets_dim() -> None:
    assert said_of(room(at, light=1 - 0.6 * at / 200) for at in range(200)) == {"ok"}


def test_people_who_fill_half_the_view() -> None:
    assert said_of(crowd(at) for at in range(150)) == {"ok"}


def test_a_door_that_is_opened_and_closed() -> None:
    def seen(second: int) -> Rgb:
        view = furnished().copy()
        if second // 10 % 2:
            view[40:150, 200:260] = 235
        return filmed(view, second)

    assert said_of(seen(at) for at in range(70, 190)) == {"ok"}


def crowd(second: int) -> Rgb:
    view, rng = furnished().copy(), np.random.default_rng(second // 3)
    for _ in range(9):
        x, top = int(rng.integers(0, WIDTH - 30)), int(rng.integers(20, 90))
        coat = tuple(float(v) for v in rng.integers(20, 220, 3))
        cv2.ellipse(view, (x + 15, top + 12), (9, 12), 0, 0, 360, (205.0, 165.0, 140.0), -1)
        cv2.ellipse(
            view, (x + 15, top + 75), (16, 55), int(rng.integers(-20, 20)), 0, 360, coat, -1
        )
    return filmed(view, second)


def test_the_last_picture_of_a_clip_that_is_held() -> None:
    state, last = known(), room(0)
    for second in range(70, 200):
        state, said = step(state, last, second * NS, 12.0, held=second > 70)
        assert said.reason == "ok"


def moved_furniture(second: int) -> Rgb:
    view = furnished().copy()
    view[60:130, 200:290] = 90
    cv2.rectangle(view, (205, 65), (280, 125), (200.0, 60.0, 60.0), 3)
    cv2.line(view, (205, 65), (280, 125), (20.0, 20.0, 20.0), 2)
    return filmed(view, second)


def test_furniture_that_was_moved_is_learnt() -> None:
    state, said = watch((moved_furniture(at) for at in range(700)), known(), from_s=70)
    assert {one.reason for one in said} == {"ok"}
    before, after = known().baseline.looks[0], state.baseline.looks[0]
    assert not np.array_equal(before.edges, after.edges)
    assert np.array_equal(before.edges[:40, :60], after.edges[:40, :60])


def test_what_is_occupied_is_judged_but_not_learnt() -> None:
    state = State()
    for second in range(60):
        state, _ = step(state, room(second), second * NS, 12.0, occupied=True)
    assert state.baseline.looks == ()


def test_grease_that_spreads_for_a_quarter_of_an_hour_is_not_learnt() -> None:
    greasy = (smeared(room(at), at, min(1.0, at / 900), 4) for at in range(960))
    assert watch(greasy, known(), from_s=70)[1][-1].reason in ("blurred", "blocked")


def test_a_camera_nudged_a_little_every_minute_is_not_learnt() -> None:
    pushed = (np.roll(room(at), at // 60 * WIDTH // 100, axis=1) for at in range(420))
    assert watch(pushed, known(), from_s=70)[1][-1].reason == "moved"


def test_a_cloth_that_is_pulled_up_a_little_every_two_minutes_is_not_learnt_bit_by_bit() -> None:
    def covered(share: float, at: int) -> Rgb:
        view = furnished().copy()
        view[int(len(view) * (1 - share)) :] = 100
        return filmed(view, at)

    state = known()
    for number in range(6):
        began = 70 + 125 * number
        seconds = range(began, began + 125)
        share = 0.08 * (number + 1)
        state, said = watch((covered(share, at) for at in seconds), state, from_s=began)
    assert said[-1].reason == "blocked"
