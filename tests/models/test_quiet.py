"""What alarms where nothing happens is found and taught not to; what was known is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models import quiet, remember, stores  # noqa: E402
from models.labels import STATES  # noqa: E402
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


def test_states_are_remembered_but_not_of_those_with_a_label() -> None:
    before, now = _raw(3.0, 4.0, 0.0), _raw(3.0, 0.0, 0.0)
    nobody = [Truth(torch.zeros(0, 5), torch.zeros(2, 2), torch.zeros(2, 2))]
    somebody = [Truth(torch.tensor([[32.0, 32, 30, 20, 0]]), torch.zeros(2, 2), torch.zeros(2, 2))]
    assert float(remember.loss(before, before, nobody)) == pytest.approx(0.0, abs=1e-6)
    assert float(remember.loss(now, before, nobody)) > 0.5
    assert float(remember.loss(now, before, somebody)) == 0.0
