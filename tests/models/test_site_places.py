"""Whole places are kept apart, for ever the same ones, and too few are said to be too few."""

from __future__ import annotations

import pytest

from models import site_places

HALLS = [f"hall{letter}_{n:04d}.png" for letter in "abcdefghijklmnopqrst" for n in range(3)]


def test_a_place_is_kept_apart_as_a_whole() -> None:
    apart = site_places.kept_apart(HALLS)
    place = site_places.places(HALLS)
    held = {place[name] for name in apart}
    assert {place[name] for name in HALLS if name not in apart}.isdisjoint(held)
    assert len(apart) == 3 * len(held)
    assert 1 <= len(held) <= 10


def test_what_comes_later_moves_nothing_to_the_other_side() -> None:
    before = site_places.kept_apart(HALLS)
    after = site_places.kept_apart([*HALLS, "halla_9999.png", "stairs_1.png", "ward/1.png"])
    assert {name for name in after if name in set(HALLS)} == before


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (["a/1.png", "a/cat.png", "b/1.png"], ["a", "a", "b"]),
        (["a/1.png", "hall_2.png"], ["a", "hall"]),
        (["x/hall_1.png", "x/ward_2.png"], ["x/hall", "x/ward"]),
        (["hall_2024-05-01 10.15.00.jpg", "hall-7.jpg"], ["hall", "hall"]),
        (["c1_jpg.rf.0a1b2c.jpg", "c2_jpg.rf.ffee.jpg"], ["c", "c"]),
        (["cam1.mp4@0.00", "cam1.mp4@0.50", "cam2.mp4@0.00"], ["cam1", "cam1", "cam2"]),
    ],
)
def test_what_a_place_is(names: list[str], places: list[str]) -> None:
    assert list(site_places.places(names).values()) == places


def test_of_two_places_one_is_apart_and_never_most_of_the_pictures() -> None:
    few = [f"few/{n}.png" for n in range(2)]
    for other in ("hall", "ward", "shop", "lift", "yard"):
        many = [f"{other}/{n}.png" for n in range(20)]
        assert site_places.kept_apart([*many, *few]) == set(few)
    assert len(site_places.kept_apart(["a/1.png", "b/1.png"])) == 1


def test_of_a_single_place_the_last_fifth_is_apart() -> None:
    names = [f"staged_{n}.png" for n in range(1, 11)]
    assert site_places.kept_apart(names) == {"staged_9.png", "staged_10.png"}
    assert not site_places.kept_apart(names[:2])


def test_of_normal_footage_the_end_of_each_place_is_apart() -> None:
    names = [f"{name}.mp4@{at}.00" for name in ("hall", "ward") for at in (2, 10, 30, 4, 50)]
    assert site_places.ends([*names, "yard/1.png", "yard/2.png"]) == {
        "hall.mp4@50.00", "ward.mp4@50.00",
    }  # fmt: skip
    told = site_places.tell(
        *(sorted(set(names) - site_places.ends(names)), ["hall.mp4@50.00", "ward.mp4@50.00"])
    )
    assert told.amount() == "2 pictures from the end of each place"
    assert "of the very places that were learnt from" in str(told.doubt())


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("door@night/rec1.mp4@3.00", "door@night/rec1"),
        ("hall/item_7.png", "hall"),
        ("hall_2024-05-01_7.png", "hall"),
    ],
)
def test_the_place_of_one_picture(name: str, place: str) -> None:
    assert site_places.place(name) == place


def test_too_few_to_tell_is_told() -> None:
    def doubt(learnt: list[str], apart: list[str]) -> str | None:
        return site_places.tell(learnt, apart).doubt()

    enough = [f"{letter}/1.png" for letter in "abcde"]
    assert doubt(["x/1.png"], enough) is None
    assert "4 pictures of 4 places kept apart: too few to tell" in str(
        doubt(["x/1.png"], enough[:4])
    )
    assert "of the very place that was learnt from" in str(doubt(["1.png", "2.png"], ["3.png"]))
    assert "nothing is kept apart" in str(doubt(["1.png"], []))
