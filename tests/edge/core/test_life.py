"""Opened, updated, closed; cool-down; zones, masks and schedules."""

from __future__ import annotations

from edge.core import decide
from edge.core.policy import Area
from edge.core.types import LABELS, Box, Decision, Label, Scores
from tests.support.scenes import LYING, brief, down, liquid, play, policy, scores, upright

LEFT = ((0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0))
MIDDLE = ((0.3, 0.0), (0.7, 0.0), (0.7, 1.0), (0.3, 1.0))
BOTH: frozenset[Label] = frozenset(LABELS)


def test_an_event_is_updated_while_it_lasts_and_closed_once_it_is_over() -> None:
    told = play(lambda s: scores(s, [down()] if 0 <= s < 60 else []), 90)
    phases = [d.phase for d in told]
    assert phases == ["opened", "updated", "closed"]
    assert [d.seq for d in told] == [0, 1, 2]
    assert len({(d.opened_ns, d.ordinal) for d in told}) == 1
    assert 70 <= told[-1].at_ns / 1e9 <= 73


def test_down_again_within_the_cool_down_is_the_same_event() -> None:
    def scene(s: float) -> Scores:
        lying = 5 <= s < 15 or 35 <= s < 45
        return scores(s, [down() if lying else upright()])

    told = play(scene, 70)
    assert [d.phase for d in told] == ["opened", "closed", "updated", "closed"]
    assert len({d.opened_ns for d in told}) == 1
    assert [d.seq for d in told] == [0, 1, 2, 3]


def test_down_again_long_after_is_another_event() -> None:
    def scene(s: float) -> Scores:
        lying = 5 <= s < 15 or 100 <= s < 110
        return scores(s, [down() if lying else upright()])

    opened = [d for d in play(scene, 130) if d.phase == "opened"]
    assert len(opened) == 2
    assert opened[0].opened_ns != opened[1].opened_ns


def test_zone_is_named_and_outside_of_all_zones_nothing_alarms() -> None:
    zones = (Area("left", LEFT, BOTH), Area("middle", MIDDLE, BOTH))
    told = play(lambda s: scores(s, [down()]), 25, policy(zones=zones))
    assert [d.zone for d in told] == ["middle"]
    only_left = (Area("left", LEFT, BOTH),)
    assert not play(lambda s: scores(s, [down()]), 25, policy(zones=only_left))


def test_zone_for_one_label_leaves_the_other_the_whole_picture() -> None:
    zones = (Area("left", LEFT, frozenset({"spill"})),)
    told = play(lambda s: scores(s, [down()]), 25, policy(zones=zones))
    assert [(d.label, d.zone) for d in told] == [("collapse", None)]


def test_mask_silences_its_area() -> None:
    masks = (Area("screen", MIDDLE, BOTH),)
    assert not play(lambda s: scores(s, [down()]), 25, policy(masks=masks))
    pool = Box(0.4, 0.6, 0.2, 0.2)
    assert not play(
        lambda s: scores(s, spill=liquid(pool if s >= 5 else None)), 40, policy(masks=masks)
    )
    assert play(lambda s: scores(s, spill=liquid(pool if s >= 5 else None)), 40)


def test_out_of_schedule_nothing_opens_and_what_is_open_closes() -> None:
    rules, state = policy(), decide.State()
    told: list[Decision] = []
    for i in range(60 * 5):
        at_s = i / 5
        active: frozenset[Label] = BOTH if 30 <= at_s < 45 else frozenset()
        state, _, decisions = decide.step("hall", state, scores(at_s, [down()]), rules, active)
        told.extend(decisions)
    # It was watched all along, so the person already lying there is told as the window opens.
    assert brief(told) == [("collapse", "opened", 30.0), ("collapse", "closed", 45.0)]


def test_finish_closes_what_is_open() -> None:
    rules, state = policy(), decide.State()
    for i in range(25 * 5):
        state, *_ = decide.step("hall", state, scores(i / 5, [down()]), rules)
    state, decisions = decide.finish("hall", state, 25_000_000_000, rules)
    assert [(d.phase, d.seq) for d in decisions] == [("closed", 1)]
    assert decide.finish("hall", state, 26_000_000_000, rules)[1] == ()


def test_growing_and_crawling_stay_one_event() -> None:
    def crawl(s: float) -> Scores:
        x = 0.1 + max(0.0, s - 20) * 0.01
        return scores(s, [down(Box(x, LYING.y, LYING.w, LYING.h))])

    zones = (Area("left", LEFT, BOTH), Area("middle", MIDDLE, BOTH))
    opened = [d for d in play(crawl, 60, policy(zones=zones)) if d.phase == "opened"]
    assert len(opened) == 1


def test_something_weak_nearby_does_not_lead_an_event_away() -> None:
    ghost = down(Box(0.55, 0.55, 0.42, 0.35), score=0.3)

    def scene(s: float) -> Scores:
        return scores(s, [upright() if s < 5 else down(), ghost])

    told = play(scene, 60)
    assert len({d.opened_ns for d in told}) == 1
    assert all(abs(d.box.x - LYING.x) < 0.01 for d in told)
