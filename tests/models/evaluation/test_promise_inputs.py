"""How large the pictures were on which a promise was shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.core.types import Label
from models.evaluation.alarms import Watched
from models.evaluation.outcome import Incident, Sighting
from models.evaluation.promise_inputs import pictures
from models.evaluation.recording import Recording, Span
from tests.models.evaluation.test_traces import SMALL
from tests.support.scenes import policy

SIZES = {"hall.mp4": True, "yard.mp4": False}  # large?


def recording(name: str) -> Recording:
    return Recording(name, Path(name), "video", "clips", (), 6.0, name)


def incident(label: Label = "collapse", **best: float) -> Incident:
    """Seen by these cameras, tripping there at thresholds as high as these."""
    span = Span(label, 2.0, 6.0, "somebody", "truth.csv:2")
    seen = (
        Sighting(recording(f"{camera}.mp4"), span, None, None, at, excused=False)
        for camera, at in best.items()
    )
    return Incident(label, "somebody", tuple(seen))


@pytest.mark.parametrize(
    ("incidents", "said"),
    [
        ([incident(hall=0.5), incident(hall=0.3)], "large"),
        ([incident(yard=0.5)], "small"),
        ([incident(hall=0.5), incident(yard=0.3)], "both"),
        ([incident(hall=0.5, yard=0.6)], "small"),  # where it is seen best
        ([incident(hall=0.7, yard=0.6)], "large"),
        ([incident("spill", hall=0.5)], "unknown"),
        ([], "unknown"),
    ],
)
def test_pictures_are_as_large_as_those_in_which_collapses_are_seen_best(
    incidents: list[Incident], said: str
) -> None:
    watched = tuple(
        Watched(recording(name), replace(SMALL, large=large), policy(), ())
        for name, large in SIZES.items()
    )
    assert pictures({"collapse": watched}, incidents) == said
