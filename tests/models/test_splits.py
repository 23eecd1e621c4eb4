from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from models import splits
from models.labels import annotation


def _people(clip: str) -> str:
    """The person in a gmdcsa24 clip; the older numbering says Actor."""
    folder, name = clip.split("/")[:2]
    return name.split("_")[0].replace("Actor", "Subject ") if folder == "older" else folder


def test_no_person_is_on_both_sides() -> None:
    clips = [r["clip"].removeprefix("gmdcsa24/") for r in annotation("clips") if "gmd" in r["clip"]]
    sides = {side: {_people(c) for c in clips if splits.gmdcsa24(c) == side} for side in _SIDES}
    assert not sides["train"] & sides["held"]
    # Subjects 2 and 3 share a room.
    assert {"Subject 2", "Subject 3"} <= sides["train"]


def test_both_views_of_an_act_are_on_one_side(data: Path) -> None:
    with (data / "falls/assist_iot/truth.csv").open(encoding="utf-8", newline="") as lines:
        clips = [row["clip"] for row in csv.DictReader(lines)]
    for clip in clips:
        other = clip.replace("_front", "_side")
        assert splits.assist_iot(clip) == splits.assist_iot(other)


@pytest.mark.parametrize(
    ("split", "names"),
    [
        (splits.hospital_bed, ["6", "11", "14", "5", "k105", "k121"]),
        (splits.normal, ["intel_previews/classroom.mp4", "intel_corridor/one.mp4"]),
        (splits.rooms, [f"{n}_jpg.jpg" for n in range(200)]),
    ],
)
def test_both_sides_have_something_and_stay_so(
    split: Callable[[str], str], names: list[str]
) -> None:
    first = [split(name) for name in names]
    assert set(first) == set(_SIDES)
    assert first == [split(name) for name in names]


_SIDES = ("train", "held")
