"""A small evaluation with something of everything, and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np

from models.evaluation import matching, metrics
from models.evaluation.alarms import Watched
from models.evaluation.report import page
from models.evaluation.report.wall import Still
from models.evaluation.trace import Gap
from tests.models.evaluation.scenes import Bout, SpanRow, picture, recording, trace, watched

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=alert(1)>.mp4"

ABOUT: Mapping[str, Any] = {
    "floorwatch": "0.1.0",
    "model": {"name": "first", "version": "1", "sha256": "ab" * 32},
    "thresholds": {
        "camera": {
            "collapse": {
                "value": 0.5,
                "source": "thresholds.yaml, tuned 2026-11-20",
                "target_recall": 0.9,
                "confidence": 0.95,
                "incidents": 59,
            },
            "spill": {
                "value": 0.5,
                "source": "model card",
                "target_recall": None,
                "confidence": None,
                "incidents": None,
            },
        }
    },
    "settings": {"hold_last_s": 15.0, "analyse_fps": [5.0], "zones": False},
    "truth": [{"file": "truth.csv", "sha256": "cd" * 32}],
    "machine": {"system": "Linux 6", "processor": "a <b>fast</b> one"},
}


def everything() -> tuple[Watched, ...]:
    """A detection, a miss with a hostile name, a false alarm, one in held time, something ignored,
    a gap, a damaged clip that training saw, a late spill, and four single pictures."""
    fall: SpanRow = ("collapse", 20.0, 40.0)
    cut = trace(60.0, [Bout("collapse", 64.0, 70.0, 0.7)], held_s=15.0)
    return (
        watched(recording("found.mp4", [fall]), trace(bouts=[Bout("collapse", 24.0, 40.0, 0.8)])),
        watched(recording(HOSTILE, [fall]), trace(bouts=[Bout("collapse", 24.0, 30.0, 0.3)])),
        watched(recording("false.mp4"), trace(bouts=[Bout("collapse", 100.0, 110.0, 0.9)])),
        watched(recording("cut.mp4", seconds=60.0, source="short"), cut),
        watched(
            recording("ignored.mp4", [("ignore", 50.0, 60.0)]),
            trace(bouts=[Bout("spill", 52.0, 58.0, 0.9)], gaps=[Gap(200.0, 260.0, told=True)]),
        ),
        watched(
            recording("trained.mp4", [fall], source="seen", trained=True),
            trace(bouts=[Bout("collapse", 22.0, 40.0, 0.9)], damage="cut off: <b>9 s</b> of 300 s"),
        ),
        watched(
            recording("late.mp4", [("spill", 10.0, 290.0)]),
            trace(bouts=[Bout("spill", 200.0, 280.0, 0.8)]),
        ),
        *(_picture(said) for said in ("dry 0.1", "shiny 0.6", "wet 0.8", "damp 0.2")),
    )


def _picture(said: str) -> Watched:
    """By its name and score; what is wet or damp is a spill."""
    name, score = said.split()
    rows: list[SpanRow] = [("spill", 0.0, 0.0)] if name in {"wet", "damp"} else []
    return picture(recording(f"{name}.jpg", rows, kind="picture", source="floors"), float(score))


def nothing() -> tuple[Watched, ...]:
    """One quiet clip."""
    return (watched(recording("quiet.mp4"), trace()),)


def numbers(of: Sequence[Watched], **changed: Any) -> dict[str, Any]:
    """Its `metrics.json`."""
    return metrics.build(of, {**ABOUT, **changed})


@cache
def of_everything() -> dict[str, Any]:
    """The numbers of `everything`; not to be changed."""
    return numbers(everything())


def stills(of: Sequence[Watched]) -> dict[Still, bytes]:
    """A grey picture for each still but one."""
    grey = np.full((90, 160, 3), 128, np.uint8)
    _, data = cv2.imencode(".jpg", grey)
    wanted = page.stills_wanted(of, matching.outcomes(of))
    return dict.fromkeys(wanted[1:], data.tobytes())


def text(of: Sequence[Watched], **changed: Any) -> str:
    """Its page."""
    return page.render(numbers(of, **changed), of, matching.outcomes(of), stills(of))


def many(clips: int) -> tuple[Watched, ...]:
    """As `everything`, with so many more clips of which every third is missed."""
    fall: SpanRow = ("collapse", 20.0, 40.0)
    missed = watched(recording("x", [fall]), trace(60.0, [Bout("collapse", 24.0, 30.0, 0.3)]))
    found = watched(recording("x", [fall]), trace(60.0, [Bout("collapse", 24.0, 40.0, 0.8)]))
    more = (
        replace(
            found if number % 3 else missed,
            recording=recording(f"clip {number}.mp4", [fall], seconds=60.0, source="many"),
        )
        for number in range(clips)
    )
    return (*everything(), *more)
