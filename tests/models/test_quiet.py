"""What alarms where nothing happens is found and taught not to; what was known is kept."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models import material, quiet, remember, stores  # noqa: E402
from models.labels import STATES, UNKNOWN, Labelled  # noqa: E402
from models.losses import Truth  # noqa: E402
from models.network import Network, Raw  # noqa: E402
from models.stores import Sample, Store  # noqa: E402

DOWN = STATES.index("down")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    writer = stores.Writer(tmp_path, 2, masks=False)
    for number in range(2):
        rgb = np.random.default_rng(number).integers(0, 255, (360, 640, 3), dtype=np.uint8)
        writer.add(Sample("normal", f"day.mp4@{number}", 640, 360, ()), rgb)
    writer.save()
    found = stores.load(tmp_path)
    assert found is not None
    return found


def _fresh() -> Network:
    """A network that knows nothing: it says 'down' of a quarter, wherever it sees somebody."""
    torch.manual_seed(0)
    return Network()


def test_pictures_near_an_alarm_are_found_with_the_place(store: Store) -> None:
    places = [(store, 0), (store, 1)]
    assert not quiet.mine(_fresh(), places, collapse=1.0, spill=1.0)
    found = quiet.mine(_fresh(), places, collapse=0.01, spill=1.0)
    assert [one.number for one in found] == [0, 1]
    assert all(1 <= len(one.boxes) <= quiet.BOXES_MAX for one in found)
    assert not any(one.wet.any() for one in found)
    wet = quiet.mine(_fresh(), places, collapse=1.0, spill=0.001)
    assert all(one.wet.any() and not one.boxes for one in wet)
    crops = quiet.views(found, 3, 64, np.random.default_rng(1))
    assert [crop.shape for crop in crops] == [(64, 64, 3)] * 3


def test_every_source_is_shown_as_often_as_any_other(tmp_path: Path) -> None:
    writer = stores.Writer(tmp_path, 9, masks=False)
    for number in range(9):  # eight dark ones of ours and a bright one of a camera's
        source, level = ("painted", 10) if number < 8 else ("normal", 200)
        rgb = np.full((360, 640, 3), level, np.uint8)
        writer.add(Sample(source, f"{number}", 640, 360, (), empty=True), rgb)
    writer.save()
    store = stores.load(tmp_path)
    assert store is not None
    wet = np.full((384, 640), 255, np.uint8)
    found = [quiet.Alarming(store, number, (), wet) for number in range(9)]
    crops = quiet.views(found, 200, 32, np.random.default_rng(1))
    assert 70 < sum(float(crop.max()) > 120 for crop in crops) < 130


def test_plain_ones_are_pieces_of_the_picture_as_it_is(store: Store) -> None:
    person = Labelled(0.9, 0.1, 0.1, 0.1, UNKNOWN)  # in a corner
    dry, wet = np.zeros((384, 640), np.uint8), np.zeros((384, 640), np.uint8)
    wet[300:340, 100:160] = 255
    found = [quiet.Alarming(store, 0, (person,), dry), quiet.Alarming(store, 0, (), wet)]
    rng = np.random.default_rng(3)
    mirrored = 0
    for one in found:
        for _ in range(20):
            [crop] = quiet.views([one], 1, 128, rng, plain=True)
            assert crop.shape == (128, 128, 3)
            x, y = (576, 36) if one.boxes else (130, 320)
            where = _found_in(crop, store.picture(0))
            if where is None:
                mirrored += 1
                where = _found_in(crop[:, ::-1], store.picture(0))
            assert where is not None
            assert where[0] - 30 <= x < where[0] + 158
            assert where[1] - 20 <= y < where[1] + 148
    assert 4 <= mirrored <= 20


def test_who_kneels_once_is_shown_as_often_as_a_floor_that_shines(store: Store) -> None:
    person = Labelled(0.9, 0.1, 0.1, 0.1, UNKNOWN)
    dry, wet = np.zeros((384, 640), np.uint8), np.zeros((384, 640), np.uint8)
    wet[300:340, 40:100] = 255
    kneels = quiet.Alarming(store, 0, (person,), dry)
    shines = [quiet.Alarming(store, 1, (), wet)] * 30
    crops = quiet.views([kneels, *shines], 60, 64, np.random.default_rng(5), plain=True)
    pictures = [store.picture(0), store.picture(0)[:, ::-1]]
    of_kneeling = sum(any(_found_in(crop, one) is not None for one in pictures) for crop in crops)
    assert 18 < of_kneeling < 42


def _found_in(crop: NDArray[np.uint8], picture: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Where a piece of a picture of noise is from: left and top; None if it is from elsewhere."""
    match = cv2.matchTemplate(picture, np.ascontiguousarray(crop), cv2.TM_CCOEFF_NORMED)
    _, best, _, where = cv2.minMaxLoc(match)
    return (where[0], where[1]) if best > 0.9 else None


def _raw(score: float, down: float, wet: float) -> Raw:
    states = torch.zeros(1, 4, 4)
    states[..., DOWN] = down
    boxes = torch.tensor([32.0, 32.0, 20.0, 10.0]).expand(1, 4, 4).clone()
    return Raw(boxes, torch.full((1, 4), score), states, torch.full((1, 2, 2), wet))


def test_somebody_upright_costs_little_and_somebody_down_much() -> None:
    upright, lying = quiet.loss(_raw(3.0, -5.0, -6.0)), quiet.loss(_raw(3.0, 5.0, -6.0))
    wet = quiet.loss(_raw(-6.0, 0.0, 3.0))
    assert float(upright) < 0.1
    assert float(lying) > 1.0
    assert float(wet) > 1.0


def test_spread_over_what_alarmed_before_it_fades_as_cells_fall_silent() -> None:
    all_, one = _raw(3.0, 5.0, -6.0), _raw(3.0, 5.0, -6.0)
    one.score[0, 1:] = -9.0
    assert (quiet.alarming(all_), quiet.alarming(one)) == (4, 1)
    assert float(quiet.loss(one)) == pytest.approx(float(quiet.loss(all_)), rel=0.01)
    rest = quiet.loss(one, cells=4.0) / quiet.loss(all_, cells=4.0)
    assert float(rest) == pytest.approx(0.25, rel=0.05)
    assert float(quiet.loss(all_, cells=0.0)) < 100  # nothing alarmed: no division by it


def test_states_are_remembered_but_not_of_those_with_a_label() -> None:
    before, now = _raw(3.0, -4.0, 0.0), _raw(3.0, 0.0, 0.0)
    before.states[..., STATES.index("upright")] = 4.0
    nobody = [Truth(torch.zeros(0, 5), torch.zeros(2, 2), torch.zeros(2, 2))]
    somebody = [Truth(torch.tensor([[32.0, 32, 30, 20, 0]]), torch.zeros(2, 2), torch.zeros(2, 2))]
    assert float(remember.loss(before, before, nobody)) == pytest.approx(0.0, abs=1e-6)
    assert float(remember.loss(now, before, nobody)) > 0.5
    assert float(remember.loss(now, before, somebody)) == 0.0


def test_whom_it_called_down_it_is_not_held_to() -> None:
    """Where nobody labelled anything these are mostly its false alarms."""
    nobody = [Truth(torch.zeros(0, 5), torch.zeros(2, 2), torch.zeros(2, 2))]
    now, down = _raw(3.0, 0.0, 0.0), _raw(3.0, 12.0, 0.0)
    assert float(remember.loss(now, down, nobody)) < 0.01


def test_made_pictures_without_anybody_down_and_without_liquid_are_eventless(
    tmp_path: Path,
) -> None:
    rgb, wet = np.zeros((360, 640, 3), np.uint8), np.ones((360, 640), np.bool_)
    down, bed = (Labelled(0.5, 0.5, 0.1, 0.1, STATES.index(state)) for state in ("down", "bed"))
    unknown = Labelled(0.5, 0.5, 0.1, 0.1, UNKNOWN)
    writer = stores.Writer(tmp_path, 7, masks=True)
    for source, people, empty, liquid in (
        ("rendered", (bed,), True, None),
        ("painted", (), True, None),
        ("rendered", (bed, down), True, None),
        ("rendered", (unknown,), True, None),
        ("rendered", (bed,), False, None),
        ("painted", (), True, wet),
        ("hospital_bed", (), True, None),
    ):
        writer.add(Sample(source, "hall@0", 640, 360, people, empty), rgb, liquid)
    writer.save()
    store = stores.load(tmp_path)
    assert store is not None
    found = material.eventless(material.Material([store], []), ())
    assert [number for _, number in found] == [0, 1]
