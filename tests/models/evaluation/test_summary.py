"""What evaluate prints: of what training did not see, each number with its bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from models.evaluation import metrics, summary
from models.evaluation.alarms import Watched
from tests.models.evaluation.scenes import (
    Bout,
    SpanRow,
    alert,
    picture,
    recording,
    told,
    trace,
    watched,
)

ABOUT = {"settings": {"hold_last_s": 15.0}}
FALL: SpanRow = ("collapse", 20.0, 60.0)
LIES = (Bout("collapse", 22, 60, 0.9),)


def built(scene: Sequence[Watched]) -> dict[str, Any]:
    return metrics.build(scene, ABOUT)


def printed(scene: Sequence[Watched]) -> str:
    numbers = built(scene)
    console = Console(width=80)
    with console.capture() as captured:
        for shown in (summary.table(numbers), summary.sources(numbers), summary.pictures(numbers)):
            if shown is not None:
                console.print(shown)
        for line in summary.notes(numbers):
            console.print(line)
    return captured.get()


def test_what_training_saw_is_left_out_and_that_is_said() -> None:
    scene = [
        watched(recording("seen.mp4", [FALL], trained=True), trace(bouts=LIES)),
        watched(recording("missed.mp4", [FALL]), trace()),
    ]
    words = printed(scene)
    assert "0 of 1" in words
    assert "of 2" not in words.replace("1 of the 2", "")
    assert "trained on 1 of the 2 recordings; they are left out above" in words
    only = printed(scene[:1])
    assert "1 of 1" in only
    assert "trained on 1 of the 1 recordings: this shows nothing" in only


def test_sources_are_told_apart_the_worst_first() -> None:
    scene = [
        watched(recording("a.mp4", [FALL], source="ward"), trace(bouts=LIES)),
        watched(recording("b.mp4", [FALL], source="hall"), trace()),
        told(recording("c.mp4", seconds=36, source="shop"), [alert(20)], trace(36)),
    ]
    words = printed(scene)
    assert words.index("hall") < words.index("ward") < words.index("shop")
    assert "1 in 36 seconds" in words
    assert "2,400, at most 11,386" in words  # one in a hundredth of an hour
    assert summary.sources(built(scene[:1])) is None


def test_single_pictures_have_a_line() -> None:
    shots = [picture(recording(f"{n}.jpg", kind="picture"), n / 100) for n in range(20)]
    wet = [picture(recording("wet.jpg", [("spill", 0.0, 0.0)], kind="picture"), 0.9)]
    assert summary.pictures(built([*shots, *wet])) == (
        "single pictures: 100 % of 1 spills found (at least 5 %) where at most 5 % of 20 dry "
        "pictures alarm"
    )
    assert summary.pictures(built(shots[:10])) == (
        "single pictures: 0 % of 10 dry pictures alarm at the threshold"
    )
    assert summary.pictures(built([watched(recording("quiet.mp4"), trace())])) is None


def test_of_spills_without_dry_floors_what_the_threshold_finds_is_told() -> None:
    wet = [
        picture(recording(f"{n}.jpg", [("spill", 0.0, 0.0)], kind="picture"), n / 10)
        for n in range(10)
    ]
    words = printed(wet)
    assert "single pictures: 50 % of 10 spills found (at least 22 %) at the threshold" in words
    assert "recall" not in words  # no table of events that nobody could see


def test_bounds_are_not_rounded_in_our_favour() -> None:
    scene = [
        watched(recording(f"{n}.mp4", [FALL]), trace(bouts=LIES if n else ())) for n in range(13)
    ]
    numbers = built(scene)["labels"]["collapse"]["all"]
    words = printed(scene)
    least = numbers["event_recall_lower95"]
    assert f"92 %, at least {math.floor(100 * least)} %" in words
    most = numbers["false_alarms_per_camera_day_upper95"]
    assert round(most) < most  # else this shows nothing
    assert f"0, at most {math.ceil(most)}" in words


def test_a_name_is_no_markup() -> None:
    scene = [
        watched(recording("a.mp4", [FALL], source="[red]ward"), trace()),
        watched(recording("b.mp4", [FALL], source="[/x]"), trace(bouts=LIES)),
    ]
    words = printed(scene)
    assert "[red]ward" in words
    assert "[/x]" in words


def test_of_many_sources_the_worst_are_shown() -> None:
    scene = [
        watched(
            recording(f"{n}.mp4", [FALL], source=f"place{n}"), trace(bouts=LIES if n > 7 else ())
        )
        for n in range(20)
    ]
    words = printed(scene)
    assert all(f"place{n} " in words for n in range(8))
    assert words.count(" place") == 12
    assert "the 12 worst; 28 more are in the report" in words


def test_a_check_of_thresholds_by_what_they_were_tuned_on_is_none() -> None:
    numbers = built([watched(recording("a.mp4", [FALL]), trace(bouts=LIES))])
    assert not any("tuned" in line for line in summary.notes(numbers))
    numbers["about"]["incidents_tuned_on"] = 1
    assert any("tuned on 1 of these incidents" in line for line in summary.notes(numbers))
