"""Rendered people are put into a camera's pictures where somebody stood, and as large."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.core.types import Rgb
from models import guests, stores
from models.cutout import Stood
from models.guests import DOWN, UPRIGHT, Guests
from models.labels import Labelled
from models.stood import Figure
from models.stores import Sample, Store


def _store(folder: Path, rgb: Rgb, people: tuple[Labelled, ...], source: str = "rendered") -> Store:
    writer = stores.Writer(folder, 1, masks=False)
    writer.add(Sample(source, "hall.mp4@0.00", rgb.shape[1], rgb.shape[0], people), rgb)
    writer.save()
    found = stores.load(folder)
    assert found is not None
    return found


def _hall(level: int) -> Rgb:
    noise = np.random.default_rng(1).integers(0, 12, (360, 640, 1), dtype=np.uint8)
    return np.repeat(noise + np.uint8(level), 3, 2)


@pytest.fixture
def lies(tmp_path: Path) -> Store:
    """A bright coloured room in which a person of 120×40 pixels lies."""
    rgb = np.asarray(_hall(150), np.uint8)
    rgb[180:220, 260:380] = (60, 20, 160)
    rgb[180:220, 270:380:20] = rgb[180:220, 275:380:20] = (220, 250, 180)
    return _store(tmp_path / "lies", rgb, (Labelled(0.5, 200 / 360, 120 / 640, 40 / 360, DOWN),))


def _guests(store: Store, *stood: Stood) -> Guests:
    [person] = store.samples[0].people
    return Guests({"hall.mp4": stood}, {DOWN: [(store, 0, person)]})


def test_somebody_lies_near_where_another_stood_and_is_about_as_long(lies: Store) -> None:
    dark, stood = _hall(40), Stood(320.0, 250.0, 100.0)
    rng = np.random.default_rng(2)
    for _ in range(10):
        seen = _guests(lies, stood).picture(dark, "hall.mp4", rng)
        assert seen is not None
        rgb, people = seen
        assert rgb.shape == dark.shape
        for one in people:
            assert one.state == DOWN
            w, h = one.w * 640, one.h * 360
            assert 50 <= w <= 135
            assert w / h == pytest.approx(3.0, abs=0.2)
            x, y = one.cx * 640, one.cy * 360
            patch = rgb[int(y - h / 2) : int(y + h / 2), int(x - w / 2) : int(x + w / 2)]
            assert patch.mean((0, 2)).std() > 2  # they show; of the floor alone it is less than 1
            assert np.ptp(patch, axis=2).max() <= 2  # no colour where the camera sees none


def test_several_guests_lie_apart(lies: Store) -> None:
    stood = (Stood(150.0, 250.0, 60.0), Stood(320.0, 250.0, 60.0), Stood(500.0, 250.0, 60.0))
    rng = np.random.default_rng(3)
    seen = [_guests(lies, *stood).picture(_hall(40), "hall.mp4", rng) for _ in range(20)]
    several = [one[1] for one in seen if one is not None and len(one[1]) > 1]
    assert several
    for people in several:
        for a, b in itertools.combinations(people, 2):
            assert abs(a.cx - b.cx) > (a.w + b.w) / 2 or abs(a.cy - b.cy) > (a.h + b.h) / 2


def test_where_nobody_ever_stood_nobody_is_put(lies: Store) -> None:
    rng = np.random.default_rng(2)
    assert _guests(lies).picture(_hall(40), "hall.mp4", rng) is None
    assert _guests(lies, Stood(320, 250, 100)).picture(_hall(40), "door.mp4", rng) is None
    beyond = Stood(5.0, 20.0, 300.0)  # who lies there would reach out of the picture
    assert _guests(lies, beyond).picture(_hall(40), "hall.mp4", rng) is None


def _own(lies: Store, tall: float = 100.0) -> Guests:
    """One of the camera's own people, in blue."""
    figure = np.zeros((100, 30, 4), np.uint8)
    figure[...] = (40, 60, 200, 255)
    others = _guests(lies, Stood(320.0, 250.0, 100.0))
    return replace(others, figures={"hall.mp4": [Figure(figure, tall)]})


def _blue(rgb: Rgb, one: Labelled) -> bool:
    """Whether it is the camera's own person who is there."""
    y, x = int(one.cy * 360), int(one.cx * 640)
    middle = rgb[y - 2 : y + 3, x - 2 : x + 3].astype(int)
    return bool((middle[..., 2] - middle[..., 0] > 60).all())


def test_the_cameras_own_people_are_laid_down_or_stand_elsewhere(lies: Store) -> None:
    rng, own, seen = np.random.default_rng(4), _own(lies), []
    for _ in range(60):
        found = own.picture(_hall(120), "hall.mp4", rng)
        seen += [one for one in found[1] if _blue(found[0], one)] if found else []
    assert 10 < len(seen) < 60
    assert {one.state for one in seen} == {UPRIGHT, DOWN}
    for one in seen:
        w, h = one.w * 640, one.h * 360
        assert h > 2 * w if one.state == UPRIGHT else max(w, h) <= 120


def test_small_figures_are_not_blown_up(lies: Store) -> None:
    rng, small = np.random.default_rng(4), _own(lies, tall=20.0)
    for _ in range(30):
        found = small.picture(_hall(120), "hall.mp4", rng)
        assert found is None or not any(_blue(found[0], one) for one in found[1])


def test_people_who_overlap_or_are_cut_are_not_taken(tmp_path: Path) -> None:
    alone = Labelled(0.2, 0.5, 0.1, 0.3, UPRIGHT)
    overlap = (Labelled(0.6, 0.5, 0.1, 0.3, DOWN), Labelled(0.65, 0.5, 0.1, 0.3, UPRIGHT))
    cut, tiny = Labelled(0.97, 0.5, 0.06, 0.2, DOWN), Labelled(0.4, 0.5, 0.01, 0.02, DOWN)
    near = Labelled(0.06, 0.5, 0.1, 0.3, DOWN)  # whole, but without floor on one side
    rendered = _store(tmp_path / "a", _hall(90), (alone, *overlap, cut, tiny, near))
    found = guests.pieces([rendered])
    assert {state: len(some) for state, some in found.items()} == {UPRIGHT: 1}
