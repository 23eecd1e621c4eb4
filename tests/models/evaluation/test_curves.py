from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from edge.core.types import LABELS
from models.evaluation import alarms, curves, frame_level
from models.evaluation.alarms import Watched
from models.evaluation.event_level import numbers
from models.evaluation.frame_level import Samples
from models.evaluation.frame_level import numbers as of_frames
from models.evaluation.matching import outcomes
from tests.models.evaluation.scenes import Bout, SpanRow, recording, trace, watched

KEYS = ("incidents", "detected", "false_alarms", "false_alarms_per_camera_day")


def drawn(seed: int) -> list[Watched]:
    """Some minutes in which things are seen more or less clearly, on several clips."""
    dice = random.Random(seed)
    scenes = []
    for number in range(dice.randrange(1, 5)):
        seconds = dice.choice((20.0, 200.0))
        spans: list[SpanRow] = []
        bouts = []
        for _ in range(dice.randrange(6)):
            label, at_s = dice.choice(LABELS), dice.uniform(0, seconds)
            score = round(dice.uniform(0.05, 1), dice.choice((1, 7)))
            lasts_s = dice.choice((1.0, 10.0, 100.0))
            bouts.append(Bout(label, at_s, at_s + lasts_s, score, dice.randrange(4)))
            if dice.random() < 0.4:
                spans.append((label, max(0.0, at_s - 2), at_s + 5))
        seen = trace(seconds, bouts, held_s=dice.choice((0.0, 15.0)))
        scenes.append(watched(recording(f"{number}.mp4", spans, seconds), seen))
    return scenes


@pytest.mark.parametrize("seed", range(12))
def test_every_point_is_what_the_alarm_step_gives_at_its_threshold(seed: int) -> None:
    scenes = drawn(seed)
    for label in LABELS:
        points = curves.det(scenes, label)
        assert 0 < len(points) <= curves.POINTS_MAX
        for point in points:
            again = []
            for scene in scenes:
                rule = replace(getattr(scene.policy, label), threshold=point["threshold"])
                policy = replace(scene.policy, **{label: rule})
                again.append(replace(scene, alerts=alarms.alerts(scene.trace, policy)))
            outcome = outcomes(again)[label]
            of = numbers([outcome], outcome.normal_s)
            assert [point[key] for key in KEYS] == [of[key] for key in KEYS], point


def test_where_a_label_is_switched_off_no_threshold_tells_and_no_hours_count() -> None:
    fall: SpanRow = ("collapse", 20.0, 40.0)
    seen = trace(60, [Bout("collapse", 24, 40, 0.8), Bout("spill", 30, 50, 0.8)])
    on = watched(recording("a.mp4", [fall], 60.0), seen)
    told = tuple(one for one in on.alerts if one.label != "collapse")
    off = replace(on, alerts=told, off=frozenset({"collapse"}))
    found = outcomes([off])
    assert (found["collapse"].normal_s, found["collapse"].watched_s) == (0, 0)
    assert [(one.best, one.delay_s) for one in found["collapse"].incidents] == [(0, None)]
    assert found["spill"] == outcomes([on])["spill"]
    assert {point["detected"] for point in curves.det([off], "collapse")} == {0}
    assert max(point["detected"] for point in curves.det([on], "collapse")) == 1
    assert (
        len(frame_level.samples([off], "collapse")),
        len(frame_level.samples([off], "spill")),
    ) == (0, 300)


@pytest.mark.parametrize("seed", range(12))
def test_the_operating_point_is_the_evaluation(seed: int) -> None:
    scenes = drawn(seed)
    for label, outcome in outcomes(scenes).items():
        (point,) = [one for one in curves.det(scenes, label) if one["operating"]]
        of = numbers([outcome], outcome.normal_s)
        assert point["threshold"] == 0.5
        assert [point[key] for key in KEYS] == [of[key] for key in KEYS]


def test_an_incident_is_lost_just_above_its_best() -> None:
    fall: SpanRow = ("collapse", 10.0, 20.0)
    scene = watched(
        recording(spans=[fall], seconds=60), trace(60, [Bout("collapse", 12, 30, 0.3141592)])
    )
    missed = {p["threshold"]: p["miss_rate"] for p in curves.det([scene], "collapse")}
    assert missed[0.314159] == 0
    assert missed[0.35] == 1


def test_cameras_with_thresholds_of_their_own_have_an_operating_point_without_one() -> None:
    scene = watched(recording(seconds=60), trace(60, [Bout("collapse", 12, 30, 0.4)]))
    low = replace(scene.policy, collapse=replace(scene.policy.collapse, threshold=0.2))
    other = watched(recording("b.mp4", seconds=60), scene.trace, low)
    point = curves.det([scene, other], "collapse")[-1]
    assert (point["operating"], point["threshold"], point["false_alarms"]) == (True, None, 1)
    assert curves.det([], "collapse") == []


def test_weak_evidence_holds_what_was_opened() -> None:
    bouts = [Bout("collapse", s, e, score) for s, e, score in ((9, 19, 0.8), (19, 150, 0.45))]
    scene = watched(recording(), trace(bouts=[*bouts, Bout("collapse", 150, 160, 0.8)]))
    alarms_at = {p["threshold"]: p["false_alarms"] for p in curves.det([scene], "collapse")}
    assert alarms_at[0.8] == 1  # one event; it would be two at a threshold that 0.45 cannot hold
    weaker = replace(bouts[1], score=0.35)
    scene = watched(recording(), trace(bouts=[bouts[0], weaker, Bout("collapse", 150, 160, 0.8)]))
    alarms_at = {p["threshold"]: p["false_alarms"] for p in curves.det([scene], "collapse")}
    assert alarms_at[0.8] == 2


def test_a_single_picture_is_enough() -> None:
    scene = watched(recording(), trace(bouts=[Bout("collapse", 20.0, 20.1, 0.8)]))
    alarms_at = {p["threshold"]: p["false_alarms"] for p in curves.det([scene], "collapse")}
    assert (alarms_at[0.8], alarms_at[0.85]) == (1, 0)


def test_many_incidents_are_thinned() -> None:
    scenes = [
        watched(
            recording(f"{n}.mp4", [("collapse", 1.0, 2.0)], 10.0),
            trace(10, [Bout("collapse", 2, 8, 0.101 + n / 200)]),
        )
        for n in range(100)
    ]
    points = curves.det(scenes, "collapse")
    assert len(points) == curves.POINTS_MAX - 1  # the alarm threshold is on the grid
    assert [p["detected"] for p in points] == sorted((p["detected"] for p in points), reverse=True)


def samples(count: int, seed: int = 1) -> Samples:
    dice = np.random.default_rng(seed)
    truth = dice.random(count) < 0.2
    scores = np.clip(dice.normal(0.3 + 0.3 * truth, 0.15), 0, 1).astype(np.float64)
    return Samples(truth, scores, scores >= 0.5)


@pytest.mark.parametrize("count", [10, 20_000])
def test_frame_curves_keep_their_ends_and_their_area(count: int) -> None:
    of = samples(count)
    roc, pr = curves.roc(of), curves.pr(of)
    assert max(len(roc), len(pr)) <= 200
    assert [(p["false_positive_rate"], p["recall"]) for p in (roc[0], roc[-1])] == [(0, 0), (1, 1)]
    assert (pr[0]["recall"], pr[-1]["recall"], pr[-1]["precision"]) == (1, 0, 1)
    x, y = [p["false_positive_rate"] for p in roc], [p["recall"] for p in roc]
    assert np.trapezoid(y, x) == pytest.approx(of_frames(of)["roc_auc"], abs=0.005)


@pytest.mark.parametrize("truth", [True, False])
def test_there_is_no_curve_of_one_kind(truth: bool) -> None:
    of = Samples(np.full(5, truth), np.zeros(5), np.zeros(5, np.bool_))
    assert curves.roc(of) == curves.pr(of) == []
    nothing = Samples(np.zeros(0, np.bool_), np.zeros(0), np.zeros(0, np.bool_))
    assert curves.roc(nothing) == curves.pr(nothing) == []


def test_points_of_the_frame_curves_by_counting() -> None:
    of = samples(50)
    for point in (*curves.roc(of), *curves.pr(of)):
        at = np.inf if point["threshold"] is None else point["threshold"]
        alarmed = of.scores >= at
        assert point["recall"] == pytest.approx(alarmed[of.truth].mean())
        if "precision" in point and alarmed.any():
            assert point["precision"] == pytest.approx(of.truth[alarmed].mean())
        elif "precision" not in point:
            assert point["false_positive_rate"] == pytest.approx(alarmed[~of.truth].mean())
