"""Features of pictures: their shape, and that they say where something is."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models import features  # noqa: E402
from models.network import Network  # noqa: E402


def test_a_place_is_64_pixels_and_has_32_numbers() -> None:
    pictures = np.full((2, 192, 320, 3), 114, np.uint8)
    found = features.of_pictures(Network().eval(), pictures)
    assert found.shape == (2, features.CHANNELS, 3, 5)
    assert found.dtype == np.float32


def test_what_changes_in_a_corner_changes_that_corner_most() -> None:
    torch.manual_seed(1)
    network = Network().eval()
    rng = np.random.default_rng(1)
    before = rng.integers(0, 256, (1, 384, 640, 3), np.uint8)
    after = before.copy()
    after[:, 320:, 576:] = 255
    moved = features.of_pictures(network, after) - features.of_pictures(network, before)
    distance = np.linalg.norm(moved[0], axis=0)
    assert np.unravel_index(distance.argmax(), distance.shape) == (5, 9)
