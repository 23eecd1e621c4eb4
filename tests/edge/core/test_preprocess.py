"""Pictures to network input: top left, shape kept, the rest padded, nothing scaled."""

from __future__ import annotations

import numpy as np
import pytest

from edge.core.card import Input
from edge.core.preprocess import to_batch

SPEC = Input(name="images", width=640, height=384, pad=114)


def picture(
    width: int, height: int, seed: int = 0
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(640, 360), (512, 384), (216, 384), (640, 384), (1, 1)])
def test_the_picture_lies_top_left_and_the_rest_is_padding(size: tuple[int, int]) -> None:
    width, height = size
    rgb = picture(width, height)
    batch = to_batch([rgb], SPEC)
    assert batch.shape == (1, 384, 640, 3)
    assert batch.dtype == np.uint8
    assert np.array_equal(batch[0, :height, :width], rgb)
    assert (batch[0, height:] == 114).all()
    assert (batch[0, :, width:] == 114).all()


def test_pictures_of_different_shapes_make_one_batch() -> None:
    pictures = [picture(640, 360, 1), picture(216, 384, 2), picture(512, 384, 3)]
    batch = to_batch(pictures, SPEC)
    for index, one in enumerate(pictures):
        assert np.array_equal(batch[index], to_batch([one], SPEC)[0])


@pytest.mark.parametrize("size", [(641, 360), (640, 385), (1920, 1080)])
def test_what_does_not_fit_is_refused_and_not_scaled(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not fit 384×640"):
        to_batch([picture(*size)], SPEC)


def test_what_goes_in_is_untouched() -> None:
    rgb = picture(64, 48)
    rgb.flags.writeable = False
    to_batch([rgb], SPEC)[:] = 0
    assert rgb.max() > 0
