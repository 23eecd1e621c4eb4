from __future__ import annotations

import math
from dataclasses import replace

import pytest

from models.evaluation.alarms import Alert
from models.evaluation.event_level import BASE_RATE_PER_CAMERA_DAY, numbers
from models.evaluation.matching import outcomes
from models.evaluation.trace import Gap
from tests.models.evaluation.scenes import SpanRow, alert, recording, told, trace

FALL: SpanRow = ("collapse", 100.0, 110.0)


def test_ten_falls_and_a_quiet_day() -> None:
    delays_s = [1, 2, 3, 4, 5, 6, 10, 11, 40]
    falls = [
        told(recording(f"{n}.mp4", [FALL]), [alert(100 + delay_s)])
        for n, delay_s in enumerate(delays_s)
    ]
    missed = told(recording("missed.mp4", [("collapse", 100.0, 200.0)]), [alert(150)])
    long = replace(trace(1), seconds=86400.0)
    day = told(recording("day.mp4", seconds=86400.0), [alert(5), alert(600)], long)
    found = outcomes([*falls, missed, day])["collapse"]
    of = numbers([found], found.normal_s)
    assert (of["incidents"], of["detected"], of["late"]) == (10, 9, 1)
    assert of["event_recall"] == 0.9
    # P[9 or more of 10 | p] = 10 p⁹ (1 − p) + p¹⁰ = 0.05
    lower = of["event_recall_lower95"]
    assert 10 * lower**9 * (1 - lower) + lower**10 == pytest.approx(0.05)
    assert of["alerted_within_10s"] == 0.7
    assert (of["time_to_alert_p50_s"], of["time_to_alert_p95_s"]) == (5, 40)
    days = 1 + (10 * 300 - 9 * 46 - 101) / 86400
    assert of["normal_hours"] == pytest.approx(24 * days)
    assert of["false_alarms"] == 2
    assert of["false_alarms_per_camera_day"] == pytest.approx(2 / days)
    assert of["false_alarms_per_camera_hour"] == pytest.approx(2 / days / 24)
    # P[2 or fewer | upper] = 0.05, by Poisson's own formula
    mean = of["false_alarms_per_camera_day_upper95"] * days
    assert math.exp(-mean) * (1 + mean + mean**2 / 2) == pytest.approx(0.05)
    true_a_day = 0.9 * BASE_RATE_PER_CAMERA_DAY
    assert of["precision_at_base_rate"] == pytest.approx(true_a_day / (true_a_day + 2 / days))
    assert of["coverage"] == 1


def test_few_minutes_without_a_false_alarm_are_no_precision() -> None:
    found = outcomes([told(recording(spans=[FALL], seconds=346.0), [alert(104)])])["collapse"]
    of = numbers([found], found.normal_s)
    assert of["precision_at_base_rate"] == 1
    # at 97.5 %: 1 of 1 shows a recall of 0.025, none in 300 s no better than −ln 0.025 / 300 s
    true_a_day, false_a_day = 0.025 / 30, -math.log(0.025) / (300 / 86400)
    assert of["precision_at_base_rate_lower95"] == pytest.approx(
        true_a_day / (true_a_day + false_a_day)
    )


def test_nothing_to_divide_by_is_none() -> None:
    found = outcomes([])["collapse"]
    of = numbers([found], found.normal_s)
    assert {key for key, value in of.items() if value is None} == {
        "event_recall",
        "event_recall_lower95",
        "false_alarms_per_camera_hour",
        "false_alarms_per_camera_day",
        "false_alarms_per_camera_day_upper95",
        "time_to_alert_p50_s",
        "time_to_alert_p95_s",
        "alerted_within_10s",
        "coverage",
        "precision_at_base_rate",
        "precision_at_base_rate_lower95",
    }
    assert not any(of.values())


def test_held_time_is_in_no_hours_but_its_alarms_count() -> None:
    clip = recording(seconds=36.0)
    found = outcomes([told(clip, [alert(20), alert(40, held=True)], trace(36, held_s=15))])
    of = numbers([found["collapse"]], found["collapse"].normal_s)
    assert (of["false_alarms"], of["false_alarms_in_held_time"]) == (2, 1)
    assert of["normal_hours"] == 0.01
    assert of["false_alarms_per_camera_hour"] == 200


def test_what_nobody_could_see_is_excused_and_told() -> None:
    blind = trace(gaps=[Gap(60.0, 120.0, True)])
    scenes = [
        told(recording("a.mp4", [FALL]), [], blind),
        told(recording("b.mp4", [FALL]), [alert(104)], blind),
        told(recording("c.mp4", [FALL])),
    ]
    found = outcomes(scenes)["collapse"]
    of = numbers([found], found.normal_s)
    assert (of["incidents"], of["detected"], of["excused"]) == (2, 1, 1)
    assert (of["event_recall"], of["alerted_within_10s"]) == (0.5, 0.5)
    assert of["coverage"] == pytest.approx(1 - 120 / 900)


@pytest.mark.parametrize(
    ("side", "by_update"), [([], 1), ([alert(130)], 0), ([alert(20), alert(130, "updated")], 1)]
)
def test_one_camera_that_calls_anew_is_enough(side: list[Alert], by_update: int) -> None:
    row: SpanRow = (*FALL, "the fall")
    front = told(recording("a.mp4", [row]), [alert(20), alert(110, "updated")])
    found = outcomes([front, told(recording("b.mp4", [row]), side)])["collapse"]
    of = numbers([found], found.normal_s)
    assert (of["detected"], of["detected_by_update"]) == (1, by_update)
    assert of["time_to_alert_p50_s"] == 10


def test_both_labels_together() -> None:
    scene = told(
        recording(spans=[FALL, ("spill", 200.0, 290.0)]),
        [alert(104), alert(30, label="spill"), alert(60)],
    )
    found = outcomes([scene])
    of = numbers(list(found.values()), 250.0)
    assert (of["incidents"], of["detected"], of["false_alarms"]) == (2, 1, 2)
    assert of["normal_hours"] == 250 / 3600
    assert of["coverage"] == 1
