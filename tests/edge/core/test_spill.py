"""Liquid that stays, liquid that is stepped in front of, and what is gone too soon."""

from __future__ import annotations

import numpy as np

from edge.core.types import Box, Scores
from tests.support.scenes import FPS, brief, liquid, play, policy, scores, upright

POOL = Box(0.25, 0.61, 0.25, 0.22)


def test_liquid_that_stays_is_told_when_most_of_the_time_showed_it() -> None:
    told = play(lambda s: scores(s, spill=liquid(POOL if s >= 10 else None)), 60)
    assert brief(told)[0] == ("spill", "opened", 24.0)  # 14 of 20 seconds
    assert told[0].path == "persist"
    assert abs(told[0].since_ns / 1e9 - 10) <= 1
    assert abs(told[0].box.x - POOL.x) < 0.05
    assert abs(told[0].box.w - POOL.w) < 0.05


def test_what_passes_is_not_told() -> None:
    assert not play(lambda s: scores(s, spill=liquid(POOL if s % 30 < 8 else None)), 120)


def test_a_single_bright_cell_is_no_puddle() -> None:
    grid = liquid()
    grid[10, 10] = 0.95
    assert not play(lambda s: scores(s, spill=grid), 60)


def test_somebody_in_front_pauses_the_clock_and_does_not_clear_it() -> None:
    crowd = Box(0.2, 0.4, 0.4, 0.5)

    def scene(s: float) -> Scores:
        hidden = 15 <= s < 75
        pool = POOL if s >= 10 and not hidden else None
        return scores(s, [upright(crowd)] if hidden else [], liquid(pool))

    (opened,) = [d for d in play(scene, 100) if d.phase == "opened"]
    # 14 seconds of sight are needed: 5 before the crowd came, 9 after it went.
    assert 83 <= opened.at_ns / 1e9 <= 86


def test_grid_of_another_shape_starts_over() -> None:
    def scene(s: float) -> Scores:
        grid = liquid(POOL) if s < 10 else np.zeros((9, 32), np.float32)
        return scores(s, spill=grid)

    assert not play(scene, 40)


def test_threshold_decides() -> None:
    def scene(s: float) -> Scores:
        return scores(s, spill=liquid(POOL if s >= 5 else None, 0.4))

    assert not play(scene, 40, policy(0.5))
    assert play(scene, 40, policy(0.35))


def test_a_slow_camera_needs_the_same_time() -> None:
    every_two_s = [2.0 * i for i in range(40)]

    def scene(s: float) -> Scores:
        return scores(s, spill=liquid(POOL if s >= 8 else None))

    told = play(scene, 0, times_s=every_two_s)
    fast = play(scene, 80)
    assert told[0].at_ns >= fast[0].at_ns - 1_000_000_000 / FPS


def test_what_was_wet_from_the_start_is_told_late_and_what_comes_beside_it_at_once() -> None:
    stain = Box(0.75, 0.61, 0.12, 0.22)

    def scene(s: float) -> Scores:
        return scores(s, spill=np.maximum(liquid(stain), liquid(POOL if s >= 30 else None)))

    opened = [d for d in play(scene, 150) if d.phase == "opened"]
    assert [round(d.at_ns / 1e9) for d in opened] == [44, 120]
    assert abs(opened[1].box.x - stain.x) < 0.05


def test_a_stain_that_was_wiped_away_and_comes_again_is_new() -> None:
    def scene(s: float) -> Scores:
        return scores(s, spill=liquid(None if 5 <= s < 40 else POOL))

    told = play(scene, 80)
    assert [(d.phase, round(d.at_ns / 1e9)) for d in told] == [("opened", 54)]


def test_a_box_over_liquid_that_is_seen_hides_nothing() -> None:
    def scene(s: float) -> Scores:
        return scores(s, [upright(POOL)], liquid(POOL if s >= 10 else None))

    assert [d.phase for d in play(scene, 40)] == ["opened"]
