"""Liquid on the floor that stays.

Each cell of the network's grid is remembered once a second, as the mean of that second, for the
last `persist_s` seconds *in which nobody stood in front of it*: a walking person pauses the clock
of the cells they cover. A cell's strength is the highest threshold which most of its memory
passes; a puddle's is the highest at which a block of cells is that strong.

A spill is liquid that was not there. What looks wet from the first seconds of watching may be a
stain, a drain or a shiny tile as well as a spill: it is told too, but only after `standing_s`, so
that a restart does not cry wolf at everything that has always been there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.evidence import Evidence
from edge.core.policy import SECOND_NS, SpillPolicy
from edge.core.types import Box, Grid, Scores

_MOST = 0.7  # K of N
_FLOOR = 0.15  # cells weaker than this belong to no puddle; no threshold changes it
BLOCK_CELLS = 2  # a puddle is at least this many cells wide and high
_PERSON_FLOOR = 0.3
_SEEN = 0.5  # so surely liquid that nobody can be in front of it, whatever box lies there
_FIRST_NS = 2 * SECOND_NS  # what is wet from here on was there when watching began
_HELD_S = 5  # an open event holds while the last seconds still show the liquid
_ONCE = np.float32(1)
_GAP_NS = 5 * SECOND_NS  # a longer pause of the stream says nothing about the time between

Covered = NDArray[np.bool_]
ZoneOf = Callable[[Box], "str | None"]


@dataclass(frozen=True)
class Puddles:
    """What is remembered of a camera's floor. `memory` is N×h×w, newest last; `total` and `seen`
    add up the second that is under way; `strong_ns` is when each cell first looked wet; `old` are
    the cells that did so when watching began, at `began_ns`. `strength` and `recent` are what the
    memory and its last seconds come to: worked out once a second, when the memory changes, and
    nothing while it is `dry`."""

    memory: NDArray[np.float32]
    total: Grid
    seen: Grid
    second_ns: int
    strong_ns: NDArray[np.int64]
    old: Covered
    began_ns: int
    strength: Grid
    recent: Grid
    dry: bool


def start(scores: Scores, policy: SpillPolicy) -> Puddles:
    """Nothing seen yet."""
    shape = scores.spill.shape
    size = max(1, round(policy.persist_s))
    return Puddles(
        np.zeros((size, *shape), np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        scores.at_ns,
        np.full(shape, -1, np.int64),
        np.zeros(shape, bool),
        scores.at_ns,
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        True,
    )


def remember(puddles: Puddles, scores: Scores) -> Puddles:
    """The memory after one more frame."""
    covered = _covered(scores)
    if covered is None:
        puddles = replace(puddles, total=puddles.total + scores.spill, seen=puddles.seen + _ONCE)
    else:
        puddles = replace(
            puddles,
            total=puddles.total + np.where(covered, 0, scores.spill).astype(np.float32),
            seen=puddles.seen + (~covered).astype(np.float32),
        )
    if scores.at_ns - puddles.second_ns < SECOND_NS:
        return puddles
    return _second_over(puddles, scores.at_ns)


def _second_over(puddles: Puddles, at_ns: int) -> Puddles:
    known = puddles.seen > 0
    mean = np.where(known, puddles.total / np.maximum(puddles.seen, 1), 0).astype(np.float32)
    shifted = np.concatenate([puddles.memory[1:], mean[None]])
    memory = np.where(known, shifted, puddles.memory)
    wet = known & (mean >= _FLOOR)
    strong = np.where(known & ~wet, -1, puddles.strong_ns)
    late = at_ns - puddles.second_ns > _GAP_NS
    dry = float(memory.max()) < _FLOOR  # on most floors at most times; no puddle comes of it
    return Puddles(
        memory,
        np.zeros_like(puddles.total),
        np.zeros_like(puddles.seen),
        at_ns if late else puddles.second_ns + SECOND_NS,
        np.where(wet & (strong < 0), puddles.second_ns, strong),
        _old(puddles, memory, wet),
        puddles.began_ns,
        np.zeros_like(puddles.total) if dry else _most(memory),
        np.zeros_like(puddles.total) if dry else _most(memory[-_HELD_S:]),
        dry,
    )


def _old(puddles: Puddles, memory: NDArray[np.float32], wet: Covered) -> Covered:
    """The cells that were wet when watching began and have not dried since."""
    watched_ns = puddles.second_ns - puddles.began_ns
    if watched_ns < _FIRST_NS:
        return puddles.old | wet
    if watched_ns < _FIRST_NS + len(memory) * SECOND_NS:
        return puddles.old  # the memory is not full yet
    if not puddles.old.any():
        return puddles.old
    wet_still: Covered = (memory < _FLOOR).mean(axis=0) < _MOST
    return puddles.old & wet_still


def weigh(
    puddles: Puddles, allowed: Covered, zone_of: ZoneOf, policy: SpillPolicy
) -> tuple[Evidence, ...]:
    """Every puddle in the memory. `allowed` (h×w) is where this label may alarm."""
    if puddles.dry:
        return ()
    if puddles.second_ns - puddles.began_ns < policy.standing_s * SECOND_NS:
        allowed = allowed & ~puddles.old
    strength = np.where(allowed, puddles.strength, 0).astype(np.float32)
    recent = np.where(allowed, puddles.recent, 0).astype(np.float32)
    # The stronger of the two maps decides what belongs together, so that a puddle is one piece
    # both while it spreads and while it dries.
    joined = np.maximum(strength, recent)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (joined >= _FLOOR).astype(np.uint8), connectivity=8
    )
    block, block_recent = _block(strength), _block(recent)
    found = []
    for index in range(1, count):
        inside = labels == index
        score, holding = float(block[inside].max()), float(block_recent[inside].max())
        if max(score, holding) >= _FLOOR:
            box = _box(stats[index], strength.shape)
            begun = puddles.strong_ns[inside & (puddles.strong_ns >= 0)]
            since_ns = int(begun.min()) if begun.size else puddles.second_ns
            found.append(Evidence("spill", zone_of(box), box, score, holding, since_ns, "persist"))
    return tuple(sorted(found, key=lambda evidence: -evidence.score))


def wettest(grid: Grid, allowed: Covered) -> float:
    """The strongest block of cells of one frame's grid (h×w) where this label may alarm."""
    return float(_block(np.where(allowed, grid, 0).astype(np.float32)).max())


def _most(memory: NDArray[np.float32]) -> Grid:
    """Per cell, the largest v such that at least `_MOST` of its memory is ≥ v."""
    rank = len(memory) - int(np.ceil(_MOST * len(memory)))
    strength: Grid = np.partition(memory, rank, axis=0)[rank]
    return strength


def _block(strength: Grid) -> Grid:
    """Per cell, the weakest of the block of cells at whose corner it lies."""
    kernel = np.ones((BLOCK_CELLS, BLOCK_CELLS), np.uint8)
    eroded = cv2.erode(strength, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return eroded.astype(np.float32)


def _covered(scores: Scores) -> Covered | None:
    """Cells that somebody stands in front of; None where nobody is. Where liquid is seen all the
    same, they do not."""
    surely = [person for person in scores.people if person.score >= _PERSON_FLOOR]
    if not surely:
        return None
    covered = np.zeros(scores.spill.shape, bool)
    for person in surely:
        covered[person.box.cells(*scores.spill.shape)] = True
    return covered & (scores.spill < _SEEN)


def _box(stat: NDArray[np.int32], shape: tuple[int, ...]) -> Box:
    x, y, w, h = (int(value) for value in stat[:4])
    return Box(x / shape[1], y / shape[0], w / shape[1], h / shape[0])
