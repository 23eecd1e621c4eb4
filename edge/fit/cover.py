"""Blocks that show something else than they did, those without edges too.

A bare wall has no edges that could be missed: what covers it is told by edges of its own, or by its
brightness. Light changes as well, so brightness is held against that of the blocks that still show
their edges, and what is merely lit otherwise is told by edges that stand in it: sunlight on a wall
leaves the picture frame where it is, a sheet of paper hides it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.fit.measures import Blocks

Flags = NDArray[np.bool_]  # rows×columns

_BARE, _EDGED = 0.03, 0.1  # mean squared length of the directions: without edges; with some
_BRIGHTER, _BY = 0.25, 30.0  # of what is expected; of 255 at least
_HIDDEN, _HIDDEN_BLOCKS = (
    0.55,
    3,
)  # of the blocks that can be known in it, what covers hides so many


def other(
    strength: Blocks, usual: Blocks, lost: Flags, luma: tuple[Blocks, Blocks], structured: Flags
) -> Flags:
    """The blocks that show something else: their edges are lost, they have some where there were
    none, or they are brighter or darker than the light makes them. `luma` is now, and usually."""
    now, was = luma
    kept = structured & ~lost
    gain = float(np.median(now[kept] / np.maximum(1.0, was[kept]))) if kept.any() else 1.0
    expected = np.minimum(255.0, gain * was)
    unlit = np.abs(now - expected) > np.maximum(_BY, _BRIGHTER * expected)
    return np.asarray(lost | unlit | ((usual < _BARE) & (strength > _EDGED)))


def covered(others: Flags, lost: Flags, structured: Flags) -> float:
    """How much of the view lies in patches of `others` that hide what could be known there, 0–1."""
    count, patches = cv2.connectedComponents(others.astype(np.uint8), connectivity=8)
    share = 0.0
    for number in range(1, count):
        patch = patches == number
        hidden = int(np.count_nonzero(patch & lost))
        known = int(np.count_nonzero(patch & structured))
        if hidden >= max(_HIDDEN_BLOCKS, _HIDDEN * known):
            share += float(np.count_nonzero(patch)) / patch.size
    return share
