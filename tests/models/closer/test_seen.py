"""Close-ups at the edge of a camera's picture."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from edge.core.types import Box
from models.closer import seen

BOX = Box(0.25, 0.4, 0.5, 0.2)


@pytest.mark.parametrize("edge", [0, 1, 2, 3])
def test_what_is_beyond_the_edge_goes_on_as_its_last_pixels(edge: int) -> None:
    """Below, on the right, on the left, above: half of the box is hidden."""
    rgb = np.random.default_rng(edge).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    out, box = seen.ended(rgb, BOX, edge, 0.5)
    assert out.shape == rgb.shape
    across = edge in (1, 2)
    assert (box.w, box.h) == pytest.approx((0.25, 0.2) if across else (0.5, 0.1))
    assert box.x == pytest.approx(0.5 if edge == 2 else 0.25)
    assert box.y == pytest.approx(0.5 if edge == 3 else 0.4)
    whole = box.cells(200, 200)
    assert (out[whole] == rgb[whole]).all()
    beyond = {0: out[100:], 1: out[:, 100:], 2: out[:, :100], 3: out[:100]}[edge]
    line = {0: rgb[99:100], 1: rgb[:, 99:100], 2: rgb[:, 100:101], 3: rgb[100:101]}[edge]
    assert (beyond == line).all()
