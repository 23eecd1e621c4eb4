from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models import splits
from models.labels import annotation
from models.splits import LISTS, BadSplit, beginnings, held, place

SHIPPED = LISTS["first"]
_SIDES = (True, False)


def _people(clip: str) -> str:
    """The person in a gmdcsa24 clip; the older numbering says Actor."""
    folder, name = clip.split("/")[:2]
    return name.split("_")[0].replace("Actor", "Subject ") if folder == "older" else folder


def test_no_person_is_on_both_sides() -> None:
    clips = [r["clip"].removeprefix("gmdcsa24/") for r in annotation("clips") if "gmd" in r["clip"]]
    sides = {
        side: {_people(c) for c in clips if held(place("gmdcsa24", c), SHIPPED) == side}
        for side in _SIDES
    }
    assert not sides[False] & sides[True]
    # Subjects 2 and 3 share a room.
    assert {"Subject 2", "Subject 3"} <= sides[False]


def test_both_views_of_an_act_are_on_one_side(data: Path) -> None:
    with (data / "falls/assist_iot/truth.csv").open(encoding="utf-8", newline="") as lines:
        clips = [row["clip"] for row in csv.DictReader(lines)]
    for clip in clips:
        other = clip.replace("_front", "_side")
        assert place("assist_iot", clip) == place("assist_iot", other)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("hospital_bed", [f"{group}_x.jpg" for group in ("6", "11", "14", "5", "k105", "k121")]),
        ("normal", ["intel_previews/classroom.mp4@0.5", "intel_corridor/one.mp4@0.5"]),
        ("rooms", [f"{n}_jpg.jpg" for n in range(200)]),
    ],
)
def test_both_sides_have_something_and_stay_so(source: str, names: list[str]) -> None:
    first = [held(place(source, name), SHIPPED) for name in names]
    assert set(first) == set(_SIDES)
    assert first == [held(place(source, name), SHIPPED) for name in names]


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("gmdcsa24", "Subject 1/Fall/13.mp4@2.20", "gmdcsa24/Subject 1"),
        ("gmdcsa24", "older/Actor4_ADL_21.mp4@0.00", "gmdcsa24/Subject 4"),
        ("hospital_bed", "k102_k102_100044.jpg", "hospital_bed/k102"),
        ("assist_iot", "fall/05_vertical_fall_faint_front.mp4@1.00", "assist_iot/fall/05"),
        ("normal", "intel_previews/classroom.mp4@0.50", "normal/intel_previews/classroom"),
        ("rendered", "walk100004@3.2", "rendered/walk100004"),
    ],
)
def test_a_place_is_a_person_a_room_and_a_camera(source: str, name: str, expected: str) -> None:
    assert place(source, name) == expected


def test_liquids_painted_onto_a_room_are_where_the_room_is() -> None:
    assert place("painted", "100_jpg.jpg") == place("rooms", "100_jpg.jpg")


def test_a_branch_holds_out_all_below_it_and_nothing_beside_it() -> None:
    held_out = beginnings(["gmdcsa24/Subject 1", "wards", "assist_iot/"])
    assert held("gmdcsa24/Subject 1", held_out)
    assert not held("gmdcsa24/Subject 10", held_out)
    assert held("hospital_bed/14", held_out)
    assert not held("hospital_bed/k102", held_out)
    assert held("assist_iot/adl/17", held_out)


def test_the_folds_leave_out_whole_rooms() -> None:
    wards, third = set(LISTS["wards"]), set(LISTS["third_room"])
    groups = {row["image"].split("_")[0] for row in annotation("hospital_bed")}
    assert not wards & third
    assert {f"hospital_bed/{group}" for group in groups} <= wards | third


def test_a_place_without_a_picture_is_said_with_what_is_near() -> None:
    places = ["gmdcsa24/Subject 1", "gmdcsa24/Subject 2", "rendered/walk100004", "rooms/3"]
    splits.check_places(["gmdcsa24/Subject 1", "gmdcsa24/", "rooms", "wards"], places)
    with pytest.raises(BadSplit) as raised:
        splits.check_places(["rooms/3", "gmdcsa24/Subjekt 1", "nowhere/at all"], places)
    one, other = str(raised.value).splitlines()
    assert one.startswith("hold_out: gmdcsa24/Subjekt 1: no picture is from there; did you mean ")
    assert "gmdcsa24/Subject 1" in one
    assert other.endswith("nowhere/at all: no picture is from there; take it out of the recipe")


def test_a_name_nobody_knows_is_said_plainly() -> None:
    with pytest.raises(BadSplit, match=r"'ward' is no list and no place; lists are nothing"):
        splits.beginnings(["ward"])
