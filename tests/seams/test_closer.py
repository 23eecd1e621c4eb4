"""The suite of `Closer`, over all of them."""

from __future__ import annotations

import numpy as np
import pytest

from edge.backends.close_ups import OnnxCloser
from edge.backends.scripted import ScriptedCloser
from edge.ports import Closer, PictureBatch
from edge.zoo import find


def shipped() -> Closer:
    model = find("first", None)
    assert model.card.close_ups is not None
    return OnnxCloser(model, model.card.close_ups)


@pytest.fixture(params=[shipped, ScriptedCloser], ids=["onnx", "scripted"])
def closer(request: pytest.FixtureRequest) -> Closer:
    made: Closer = request.param()
    return made


@pytest.fixture
def close_ups() -> PictureBatch:
    """Noise, a flat colour, and the scripted marker of somebody down."""
    rng = np.random.default_rng(3)
    found = rng.integers(0, 255, (5, 128, 128, 3)).astype(np.uint8)
    found[1] = 90
    found[2, 40:90, 40:90] = (255, 0, 255)
    return found


def test_it_says_of_each_how_surely_somebody_is_down(
    closer: Closer, close_ups: PictureBatch
) -> None:
    said = closer.down(close_ups)
    assert said.shape == (5,)
    assert said.dtype == np.float32
    assert ((said >= 0) & (said <= 1)).all()


def test_what_comes_with_it_changes_nothing(closer: Closer, close_ups: PictureBatch) -> None:
    together = closer.down(close_ups)
    alone = [closer.down(close_ups[n : n + 1])[0] for n in range(len(close_ups))]
    assert (together == np.array(alone)).all()
    assert (closer.down(close_ups[::-1]) == together[::-1]).all()


def test_not_everything_is_the_same_to_it(closer: Closer, close_ups: PictureBatch) -> None:
    assert len({*closer.down(close_ups).tolist()}) > 1
