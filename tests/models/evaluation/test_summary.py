"""What evaluate prints: of what training did not see, each number with its bound."""

from __future__ import annotations

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
        console.print(summary.table(numbers))
        if (by_source := summary.sources(numbers)) is not None:
            console.print(by_source)
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
    assert "2400, at most 11385" in words  # one in a hundredth of an hour
    assert summary.sources(built(scene[:1])) is None


def test_single_pictures_have_a_line() -> None:
    shots = [picture(recording(f"{n}.jpg", kind="picture"), n / 100) for n in range(20)]
    wet = [picture(recording("wet.jpg", [("spill", 0.0, 0.0)], kind="picture"), 0.9)]
    assert summary.pictures(built([*shots, *wet])) == (
        "single pictures: 1 of 1 spills found (at least 0.05) where 5 % of 20 dry pictures alarm"
    )
    assert summary.pictures(built(shots)) is None
