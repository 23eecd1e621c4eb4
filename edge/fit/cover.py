"""Blocks that show something else than they did, those without edges too.

A bare wall has no edges that could be missed: what covers it is told by edges of its own, or by its
brightness. Light changes as well, so brightness is held against that of the blocks that still show
their edges, and what is merely lit otherwise is told by edges that stand in it: sunlight on a wall
leaves the picture frame where it is, a sheet of paper hides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.fit.measures import Blocks

Flags = NDArray[np.bool_]  # rows×columns

_BARE, _EDGED = 0.03, 0.1  # mean squared length of the directions: without edges; with some
_BRIGHTER, _BY = 0.25, 30.0  # of what is expected; of 255 at least
_ALIKE = 0.5  # correlation of a block's edges
_HIDDEN, _HIDDEN_BLOCKS = 0.55, 3  # of the blocks a patch can be known by; at least so many


class Changed(NamedTuple):
    """Of all blocks: `other` show something else, `hidden` ones not what they can be known by."""

    other: Flags
    hidden: Flags


@dataclass(frozen=True)
class Edges:
    """Of each block: how much edge there is `now`, and usually, and how much of it is the same, all
    as mean squared length of the directions; which can be known again, and which are lost."""

    now: Blocks
    usual: Blocks
    same: Blocks
    structured: Flags
    lost: Flags


def changed(edges: Edges, luma: Blocks, usual_luma: Blocks) -> Changed:
    """The blocks that show something else: their edges are lost, they have some where there were
    none, or they are brighter or darker than the light makes them. Of the last, those are hidden
    whose edges are mostly new: by chance strong ones lie along what was there."""
    kept = edges.structured & ~edges.lost
    gain = float(np.median(luma[kept] / np.maximum(1.0, usual_luma[kept]))) if kept.any() else 1.0
    expected = np.minimum(255.0, gain * usual_luma)
    unlit = np.abs(luma - expected) > np.maximum(_BY, _BRIGHTER * expected)
    alike = edges.same / np.sqrt(np.maximum(edges.usual * edges.now, 1e-6))
    hidden = edges.lost | (edges.structured & unlit & (alike < _ALIKE))
    new = (edges.usual < _BARE) & (edges.now > _EDGED)
    return Changed(np.asarray(hidden | unlit | new), np.asarray(hidden))


def covered(others: Flags, hidden: Flags, structured: Flags) -> float:
    """How much of the view lies in patches of `others` that hide what could be known there, 0–1."""
    count, patches = cv2.connectedComponents(others.astype(np.uint8), connectivity=8)
    share = 0.0
    for number in range(1, count):
        patch = patches == number
        gone = int(np.count_nonzero(patch & hidden))
        known = int(np.count_nonzero(patch & structured))
        if gone >= max(_HIDDEN_BLOCKS, _HIDDEN * known):
            share += float(np.count_nonzero(patch)) / patch.size
    return share
