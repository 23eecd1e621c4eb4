"""The network of second looks learns, not twice what it learnt, and is told by others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from alerts.errors import UserError
from tests.models.synth import needs

needs.renderer()

from edge.core.types import Box  # noqa: E402 - imports MuJoCo
from models.closer import seen, training  # noqa: E402 - imports MuJoCo
from models.closer.close_ups import NOTHING, Shown  # noqa: E402 - imports MuJoCo
from models.closer.network import CLASSES, SIDE, Closer  # noqa: E402 - imports MuJoCo
from models.weights import shipped  # noqa: E402 - imports MuJoCo

BOX = Box(0.3, 0.4, 0.4, 0.2)


def shown(kind: int, scene: int) -> Shown:
    """A bar of the class's brightness on grey noise."""
    rng = np.random.default_rng((kind, scene))
    rgb = rng.integers(100, 140, (208, 208, 3)).astype(np.uint8)
    rgb[83:125, 62:146] = 50 * kind
    return Shown(rgb, BOX, kind, f"rendered/fall{scene}")


SHOWN = [shown(kind, scene) for kind in (training.DOWN, NOTHING) for scene in range(1, 21)]


def test_it_learns_tells_by_others_and_learns_nothing_twice(tmp_path: Path) -> None:
    learnt, told = training.apart(SHOWN)
    assert {training._scene(one) for one in told} == {10, 20}
    whole = training.train(learnt, [], tmp_path / "whole", 3)
    again = training.train(learnt, [], tmp_path / "whole", 3)  # nothing is left to do
    for (name, one), other in zip(
        whole.state_dict().items(), again.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other), name
    found = training.tell(whole, told)
    assert found.shown == 4
    assert 0 <= found.others <= 1
    assert np.isnan(found.low)  # nobody sits there
    with pytest.raises(UserError, match="of a run of 3 steps, not 4; name another folder"):
        training.train(learnt, [], tmp_path / "whole", 4)


def test_it_reads_a_close_up_as_states_or_nobody() -> None:
    network = Closer(shipped()).eval()
    pictures = torch.zeros(2, 3, SIDE, SIDE)
    with torch.no_grad():
        said = network(pictures)
    assert said.shape == (2, CLASSES)
    assert torch.equal(said[0], said[1])


def test_what_a_camera_makes_of_it_shows_the_same_place() -> None:
    rng = np.random.default_rng(0)
    rgb = np.full((208, 208, 3), 30, np.uint8)
    rgb[83:125, 62:146] = 220
    for _ in range(20):
        some = seen.varied(rgb, BOX, rng)
        assert some.shape == (SIDE, SIDE, 3)
        middle = some[SIDE // 2 - 8 : SIDE // 2 + 8, SIDE // 2 - 8 : SIDE // 2 + 8].mean()
        assert middle > some[:12].mean()
    small = seen.plain(rgb, BOX, 20.0)
    assert small.shape == (SIDE, SIDE, 3)
    assert small[SIDE // 2, SIDE // 2].min() > 180


def test_the_area_under_the_curve_is_that_of_pairs() -> None:
    scores = np.array([0.1, 0.4, 0.4, 0.9], np.float32)
    positive = np.array([False, True, False, True])
    assert training.under_roc(scores, positive) == pytest.approx((1 + 0.5 + 1 + 1) / 4)
