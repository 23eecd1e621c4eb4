"""Single pictures of floors: how many spills are found at a fixed share of dry pictures that alarm.

A picture's score is its wettest 2×2 cells. Its truth is whether it has a row `spill`; pictures with
a row `ignore` are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.core.types import Grid
from models.evaluation import masks
from models.evaluation.alarms import Watched
from models.evaluation.bounds import share, share_lower95
from models.evaluation.frame_level import areas
from models.evaluation.masks import Cells
from models.evaluation.recording import Recording

Numbers = dict[str, Any]
Limits = Mapping[int, float | None]

FPR_PERCENT = (1, 5, 10)
MASK_FPR_PERCENT = 5


@dataclass(frozen=True)
class Shot:
    """A picture, its score, the alarm threshold where it was taken, whether there is a spill, and
    the cells that are wet by the network (0–1) and in truth, where that is known."""

    recording: Recording
    score: float
    threshold: float
    spill: bool
    grid: Grid | None
    real: Cells | None


def shots(watched: Iterable[Watched]) -> tuple[Shot, ...]:
    """The single pictures among what was watched, in the order of their keys. Raises BadMask."""
    found = []
    for one in sorted(watched, key=lambda one: one.recording.key):
        labels = {span.label for span in one.recording.spans}
        if one.recording.kind != "picture" or "ignore" in labels:
            continue
        grid = one.trace.grid
        found.append(
            Shot(
                recording=one.recording,
                score=float(one.trace.glance["spill"].max(initial=0.0)),
                threshold=one.policy.threshold("spill"),
                spill="spill" in labels,
                grid=grid,
                real=None if grid is None else masks.wet(one.recording, grid.shape),
            )
        )
    return tuple(found)


def limits(of: Sequence[Shot]) -> Limits:
    """Per share of dry pictures that may alarm, in per cent, the score above which a picture alarms
    (strictly): the lowest measured one at which no more do. Exact, nothing is interpolated. By the
    dry pictures training has not seen, if there are any: seen ones score too low. None without."""
    every = [shot for shot in of if not shot.spill]
    unseen = [shot for shot in every if not shot.recording.trained]
    dry = sorted((shot.score for shot in unseen or every), reverse=True)
    # Of n dry pictures ⌊n × share⌋ may alarm; the next one must not.
    return {p: dry[len(dry) * p // 100] if dry else None for p in FPR_PERCENT}


def numbers(of: Sequence[Shot], at: Limits) -> Numbers:
    """Of these pictures. `at` are the limits by all there are, so that liquids and places are told
    apart by what is found there, not by what is dry there."""
    spills = [shot for shot in of if shot.spill]
    dry = [shot for shot in of if not shot.spill]
    found = sum(shot.score >= shot.threshold for shot in spills)
    alarmed = sum(shot.score >= shot.threshold for shot in dry)
    truth = np.array([shot.spill for shot in of], np.bool_)
    return {
        "pictures": len(of),
        "spills": len(spills),
        "dry": len(dry),
        "recall_at_fpr": {f"{p / 100:.2f}": _at(spills, dry, limit) for p, limit in at.items()},
        "recall": share(found, len(spills)),
        "recall_lower95": share_lower95(found, len(spills)),
        "false_positive_rate": share(alarmed, len(dry)),
        **areas(truth, np.array([shot.score for shot in of], np.float64)),
        "mask_iou": _mask_iou(spills, at[MASK_FPR_PERCENT]),
    }


def _at(spills: Sequence[Shot], dry: Sequence[Shot], limit: float | None) -> Numbers:
    if limit is None:
        return dict.fromkeys(("threshold", "recall", "recall_lower95", "false_positive_rate"))
    found = sum(shot.score > limit for shot in spills)
    return {
        "threshold": limit,
        "recall": share(found, len(spills)),
        "recall_lower95": share_lower95(found, len(spills)),
        "false_positive_rate": share(sum(shot.score > limit for shot in dry), len(dry)),
    }


def _mask_iou(spills: Sequence[Shot], limit: float | None) -> Numbers:
    known = [(s.real, s.grid, s.threshold) for s in spills]
    pairs = [(real, grid, at) for real, grid, at in known if real is not None and grid is not None]
    at_threshold = [masks.overlap(real, grid >= at) for real, grid, at in pairs]
    at_fpr = [masks.overlap(real, grid > limit) for real, grid, _ in pairs if limit is not None]
    return {
        "masks": len(pairs),
        "at_fpr_0.05": float(np.mean(at_fpr)) if at_fpr else None,
        "at_threshold": float(np.mean(at_threshold)) if at_threshold else None,
    }
