"""Who stands in a camera's pictures: where, how tall, and cut out of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.core.types import Box, Person, Rgb, Scores
from models import stood, stores
from models.stores import Sample, Store

SIZE = (640, 360)
BOX = Box(300 / 640, 100 / 360, 40 / 640, 120 / 360)


def _person(box: Box, score: float = 0.9, upright: float = 0.9) -> Person:
    return Person(box, score, upright, 1 - upright, 0.0, 0.0)


def _scores(*people: Person) -> Scores:
    return Scores(0, 640 / 360, people, np.zeros((48, 80), np.float32))


def _hall(seed: int) -> Rgb:
    noise = np.random.default_rng(seed).integers(0, 8, (360, 640, 1), dtype=np.uint8)
    return np.repeat(noise + np.uint8(90), 3, 2)


def _with_somebody(seed: int) -> Rgb:
    rgb = _hall(seed)
    rgb[102:218, 306:334] = (200, 60, 60)
    return rgb


def test_only_who_surely_stands_and_is_whole_tells_how_tall_people_are() -> None:
    people = (
        _person(Box(0.4, 0.3, 0.05, 0.3)),
        _person(Box(0.4, 0.3, 0.05, 0.3), score=0.3),  # perhaps nobody
        _person(Box(0.4, 0.3, 0.05, 0.3), upright=0.2),  # sits
        _person(Box(0.0, 0.3, 0.05, 0.3)),  # half outside
        _person(Box(0.4, 0.3, 0.5, 0.3)),  # wider than high
    )
    [one] = stood.standing(_scores(*people), *SIZE)
    assert (one.x, one.foot, one.tall) == pytest.approx((272.0, 216.0, 108.0))


def test_somebody_is_what_differs_from_the_empty_view() -> None:
    empty = _hall(1).astype(np.float32)
    rgba = stood.cut(_with_somebody(2), empty, BOX)
    assert rgba is not None
    assert rgba.shape[0] == pytest.approx(116, abs=6)
    assert rgba.shape[1] == pytest.approx(28, abs=6)
    solid = rgba[..., 3] > 200
    assert (np.abs(rgba[solid][:, :3].astype(int) - (200, 60, 60)).max(1) < 5).mean() > 0.9


@pytest.mark.parametrize("rows", [(102, 160), (0, 0)])
def test_half_a_figure_and_none_are_not_cut_out(rows: tuple[int, int]) -> None:
    rgb = _hall(2)
    rgb[rows[0] : rows[1], 306:334] = (200, 60, 60)
    assert stood.cut(rgb, _hall(1).astype(np.float32), BOX) is None


def test_a_box_full_of_change_is_not_cut_out() -> None:
    rgb = _hall(2)  # a lamp went on: the whole box differs, and who stands there nobody can tell
    rgb[80:240, 280:360] += 60
    assert stood.cut(rgb, _hall(1).astype(np.float32), BOX) is None


def _sees(rgb: Rgb, *also: Person) -> Scores:
    """Somebody where the picture is red."""
    red = bool((rgb[..., 0].astype(int) - rgb[..., 2] > 100).any())
    return _scores(_person(BOX), *also) if red else _scores()


@pytest.fixture
def normal(tmp_path: Path) -> Store:
    """Thirty pictures of a hall; in two of them somebody stands."""
    writer = stores.Writer(tmp_path / "normal", 31, masks=False)
    for number in range(30):
        rgb = _with_somebody(number) if number in (3, 4) else _hall(number)
        writer.add(Sample("normal", f"hall.mp4@{number}.00", *SIZE, ()), rgb)
    writer.add(Sample("people", "other.png", *SIZE, ()), _with_somebody(40))
    writer.save()
    found = stores.load(tmp_path / "normal")
    assert found is not None
    return found


def test_people_are_found_and_cut_out_place_by_place(normal: Store) -> None:
    found = stood.look("normal", normal, _sees)
    assert {at: len(some) for at, some in found.stood.items()} == {"hall": 2}
    assert [one.tall for one in found.figures["hall"]] == pytest.approx([120.0, 120.0])


def test_of_people_who_hide_each_other_nobody_is_cut_out(normal: Store) -> None:
    beside = _person(Box(BOX.x + 0.03, BOX.y, BOX.w, BOX.h), score=0.4)
    found = stood.look("normal", normal, lambda rgb: _sees(rgb, beside))
    assert len(found.stood["hall"]) == 2
    assert not found.figures["hall"]


def test_too_few_pictures_tell_no_empty_view(tmp_path: Path) -> None:
    writer = stores.Writer(tmp_path, 2, masks=False)
    for number in range(2):
        writer.add(Sample("normal", f"hall.mp4@{number}.00", *SIZE, ()), _with_somebody(number))
    writer.save()
    few = stores.load(tmp_path)
    assert few is not None
    found = stood.look("normal", few, _sees)
    assert len(found.stood["hall"]) == 2
    assert not found.figures["hall"]


def test_where_hardly_anybody_stands_is_said(normal: Store) -> None:
    found = stood.look("normal", normal, _sees)
    often = {**found.stood, "door": [*found.stood["hall"]] * 6, "yard": ()}
    hall, yard = stood.Standing(often, {}).doubts()
    assert "hall: people are seen standing in 2 pictures only" in hall
    assert "yard: people are seen standing in 0 pictures only" in yard
