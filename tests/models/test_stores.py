from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models import stores
from models.labels import Labelled
from models.stores import Sample


def _sample(name: str) -> Sample:
    floor = ((0.0, 0.5, 1.0, 0.5, 1.0, 1.0),)
    return Sample("rooms", name, 64, 32, (Labelled(0.5, 0.5, 0.1, 0.2, 2),), True, floor)


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    writer = stores.Writer(tmp_path, 4, masks=True)
    rgb = np.random.default_rng(0).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    wet = np.zeros((32, 64), np.bool_)
    wet[8:16, 8:24] = True
    writer.add(_sample("a"), rgb, wet)
    writer.add(_sample("b"), rgb // 2)
    writer.save()
    store = stores.load(tmp_path)
    assert store is not None
    assert store.samples == [_sample("a"), _sample("b")]
    assert np.array_equal(store.picture(0), rgb)
    mask = store.mask(0)
    assert mask is not None
    assert np.array_equal(mask > 127, wet)
    assert store.mask(1) is None


def test_a_store_that_was_never_saved_is_none(tmp_path: Path) -> None:
    stores.Writer(tmp_path, 1, masks=False)
    assert stores.load(tmp_path) is None


def test_training_draws_only_what_is_not_held_out(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    from models.dataset import Ahead, Mix  # noqa: PLC0415 - only where torch is

    writer = stores.Writer(tmp_path, 2, masks=False)
    writer.add(_sample("seen"), np.full((32, 64, 3), 250, np.uint8))
    writer.add(_sample("held"), np.zeros((32, 64, 3), np.uint8))
    writer.save()
    store = stores.load(tmp_path)
    assert store is not None
    held_out = (_sample("held").place,)
    mix = Mix([store], [], seed=1, side_px=64, shares={"rooms": 1.0}, held_out=held_out)
    drawn = {number for _ in range(50) for _, number in [mix._pick("rooms")]}
    assert drawn == {0}
    ahead = Ahead(mix, 2)
    try:
        batch = ahead.next()
    finally:
        ahead.close()
    assert batch.images.shape == (2, 3, 64, 64)
    assert len(batch.truths) == 2
