"""Liquids on photographed and filmed floors: only on the floor, behind people, held out with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models import floors, painted, splits, stores, views
from models.labels import STATES, Labelled
from models.stores import Sample, Store
from tests.models.synth.test_staged import HEIGHT, WIDTH, room

UPRIGHT = STATES.index("upright")
CLIP = "Subject 1/ADL/10.mp4"  # its floor is in view_floors.csv


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A clip of a room through which somebody walks."""
    folder = tmp_path_factory.mktemp("store")
    writer = stores.Writer(folder, 12, masks=False)
    for number in range(12):
        left = 20 * number - 12
        person = Labelled((left + 12) / WIDTH, 85 / HEIGHT, 24 / WIDTH, 90 / HEIGHT, UPRIGHT)
        name = f"{CLIP}@{number / 5:.1f}"
        writer.add(Sample("gmdcsa24", name, WIDTH, HEIGHT, (person,)), room(left))
    writer.save()
    store = stores.load(folder)
    assert store is not None
    return store


def test_liquid_lies_on_the_floor_of_a_view_behind_people(filmed: Store) -> None:
    known = views.sites(filmed)
    (place, numbers) = known["gmdcsa24", "Subject 1/ADL/10"]
    assert len(numbers) == 12
    assert np.abs(place.view.clean.astype(int) - room()).mean() < 2
    found = list(views.painted(filmed, known, 4))
    assert len(found) == 12
    for number, (sample, rgb, wet) in enumerate(found):
        left = max(0, 20 * number - 12)
        inner = np.s_[44:126, left + 4 : left + 20]
        assert sample.people == filmed.samples[number].people
        assert not (wet & ~place.floor).any()
        assert not wet[inner].any()
        assert np.abs(rgb[inner].astype(int) - filmed.picture(number)[inner]).max() == 0
    assert sum(wet.any() for _, _, wet in found) >= 3


def test_what_is_painted_is_held_out_with_its_picture(filmed: Store, tmp_path: Path) -> None:
    painted.paint_views(filmed, tmp_path, 1, 4)
    store = stores.load(tmp_path)
    assert store is not None
    assert {sample.source for sample in store.samples} == {"painted"}
    assert {sample.place for sample in store.samples} == {"gmdcsa24/Subject 1"}
    assert splits.place("painted", "12.jpg") == splits.place("rooms", "12.jpg")


def test_floors_are_cut_by_colour() -> None:
    rgb = np.full((192, 192, 3), 210, np.uint8)
    rng = np.random.default_rng(1)
    rgb[96:] = np.array([120, 90, 60]) + rng.integers(-6, 6, (96, 192, 1))
    rgb[110:150, 60:110] = (40, 60, 170)  # a chest within the box
    sample = Sample("rooms", "x.jpg", 192, 192, (), True, ((0, 0.5, 1, 0.5, 1, 1, 0, 1),))
    box = floors.boxed(sample)
    floor = floors.cut(rgb, box)
    chest = np.zeros_like(box)
    chest[113:147, 63:107] = True
    assert floor[160:185, 10:180].mean() > 0.95
    assert floor[chest].mean() < 0.05
    assert not (floor & ~box).any()


def test_rooms_left_out_are_named_once() -> None:
    lines = floors.LEFT_OUT.read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == len(floors.left_out()) > 0
