"""A person goes down: the fast way, the slow way, and the ways that are none."""

from __future__ import annotations

import cProfile
from dataclasses import replace

import pytest

from edge.core import geometry
from edge.core.types import Box, Scores
from tests.support.scenes import (
    LYING,
    brief,
    down,
    low,
    on_bed,
    play,
    policy,
    scores,
    upright,
)


def test_a_fall_is_told_within_seconds_of_the_person_being_down() -> None:
    told = play(lambda s: scores(s, [upright() if s < 5 else down()]), 12)
    assert brief(told) == [("collapse", "opened", 7.2)]  # most of the last 3 s
    assert told[0].path == "fast"
    assert told[0].since_ns == 5_000_000_000


def test_a_person_already_down_is_told_after_the_slow_time() -> None:
    told = play(lambda s: scores(s, [down()]), 25)
    assert brief(told) == [("collapse", "opened", 17.8)]
    assert told[0].path == "slow"


def test_a_fall_through_a_gap_in_detection_keeps_its_history() -> None:
    def scene(s: float) -> Scores:
        people = [upright()] if s < 5 else [] if s < 8 else [down()]
        return scores(s, people)

    assert brief(play(scene, 15))[0][:2] == ("collapse", "opened")
    assert brief(play(scene, 15))[0][2] < 12


def test_missing_every_fourth_frame_does_not_hide_a_collapse() -> None:
    def scene(s: float) -> Scores:
        person = upright() if s < 5 else down()
        return scores(s, [] if round(s * 5) % 4 == 0 else [person])

    assert [item[:2] for item in brief(play(scene, 20))] == [("collapse", "opened")]


def test_what_is_not_a_collapse() -> None:
    assert not play(lambda s: scores(s, [upright()]), 60)
    assert not play(lambda s: scores(s, [upright() if s < 5 else low()]), 60)  # sits down
    assert not play(lambda s: scores(s, [upright() if s < 5 else on_bed()]), 60)
    assert not play(lambda s: scores(s, [upright() if s % 6 < 4 else down()]), 60)  # up again
    assert not play(scores, 60)


def test_a_fall_whose_old_track_clings_to_a_chair_is_told_all_the_same() -> None:
    chair = low(Box(0.46, 0.40, 0.08, 0.30), score=0.4)

    def scene(s: float) -> Scores:
        return scores(s, [upright()] if s < 5 else [chair, down()])

    told = play(scene, 15)
    assert [(d.phase, d.path) for d in told] == [("opened", "fast")]


def test_a_fall_onto_what_was_taken_for_somebody_is_told_all_the_same() -> None:
    def scene(s: float) -> Scores:
        pillow = down(LYING, 0.1)  # followed all along where the person comes to lie
        return scores(s, [upright(), pillow] if s < 5 else [down()])

    assert [(d.phase, d.path) for d in play(scene, 15)] == [("opened", "fast")]


def test_who_comes_to_help_does_not_make_the_fall_a_later_one() -> None:
    def scene(s: float) -> Scores:
        return scores(s, [upright()] if s < 5 else [down()] if s < 6 else [down(), upright()])

    [told] = play(scene, 15)
    assert told.since_ns == 5_000_000_000


def test_a_standing_person_far_beside_does_not_lend_their_being_up() -> None:
    other = Box(0.00, 0.10, 0.06, 0.20)
    told = play(lambda s: scores(s, [upright(other), down()]), 15)
    assert not told  # nobody was seen to fall, so only the slow way is left, after most of 20 s


def test_two_people_are_two_events() -> None:
    here, there = Box(0.05, 0.6, 0.2, 0.1), Box(0.7, 0.6, 0.2, 0.1)
    told = play(lambda s: scores(s, [down(here), down(there)]), 25)
    assert brief(told) == [("collapse", "opened", 17.8)] * 2
    assert {decision.ordinal for decision in told} == {0, 1}


def test_low_scores_trip_only_low_thresholds() -> None:
    faint = [down(LYING, 0.3)]
    assert not play(lambda s: scores(s, faint), 30, policy(0.5))
    assert play(lambda s: scores(s, faint), 30, policy(0.25))


def test_a_short_confirmation_is_a_quick_one_even_for_a_slow_camera() -> None:
    for fps, confirm_s, by_s in ((5.0, 0.5, 6.0), (5.0, 0.7, 6.0), (0.5, 3.0, 12.0)):
        rules = policy()
        rules = replace(rules, collapse=replace(rules.collapse, confirm_s=confirm_s))
        told = play(
            lambda s: scores(s, [upright() if s < 5 else down()]),
            0,
            rules,
            times_s=[i / fps for i in range(int(30 * fps))],
        )
        assert told[0].path == "fast"
        assert told[0].at_ns / 1e9 <= by_s


@pytest.mark.parametrize("slow_s", [60, 600])
def test_a_long_slow_time_asks_no_more_about_who_was_up(slow_s: float) -> None:
    assert _distances(slow_s) == _distances(20)


def _distances(slow_s: float) -> int:
    """How often two boxes are held against each other while somebody stands long, and then lies."""
    rules = policy()
    rules = replace(rules, collapse=replace(rules.collapse, slow_s=slow_s))
    with cProfile.Profile() as profile:
        told = play(lambda s: scores(s, [upright() if s < 40 else down()]), 60, rules)
    assert [(d.phase, d.path) for d in told] == [("opened", "fast")]
    return sum(
        entry.callcount for entry in profile.getstats() if entry.code == geometry.apart.__code__
    )
