from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.evaluation.stretches import Stretch, joined, length_s, within, without

stretch = st.tuples(st.integers(-20, 80), st.integers(0, 40)).map(
    lambda drawn: (float(drawn[0]), float(drawn[0] + drawn[1]))
)
some = st.lists(stretch, max_size=6)


def raster(parts: list[Stretch] | tuple[Stretch, ...]) -> NDArray[Any]:
    """Which whole seconds from −20 on are covered."""
    found = np.zeros(140, bool)
    for from_s, to_s in parts:
        found[int(from_s) + 20 : int(to_s) + 20] = True
    return found


@given(some, some)
def test_second_by_second(parts: list[Stretch], others: list[Stretch]) -> None:
    assert (raster(joined(parts)) == raster(parts)).all()
    assert (raster(without(parts, others)) == (raster(parts) & ~raster(others))).all()
    assert length_s(parts) == raster(parts).sum()
    inside = raster(parts)
    inside[:20] = inside[70:] = False
    assert (raster(within(parts, 50)) == inside).all()


@given(some, some)
@example([(0.0, 5.0), (5.0, 9.0)], [])  # they touch
def test_what_is_left_is_in_order_and_apart(parts: list[Stretch], others: list[Stretch]) -> None:
    for found in (joined(parts), without(parts, others)):
        assert all(from_s < to_s for from_s, to_s in found)
        assert all(one[1] < two[0] for one, two in pairwise(found))
