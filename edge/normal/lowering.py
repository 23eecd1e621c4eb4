"""How low a camera's threshold may fall: as low as its own normal days bear.

A promise of recall holds for every threshold below the one it was made for, since a lower one only
trips more. What a lower one costs, false alarms, is counted on the camera itself (`usual_scores`).
The lowest level is taken at which even the upper bound of their rate keeps to a budget, coming down
from the threshold in use and stopping at the first level that does not: so the confidence is that
of a single comparison, however many levels are tried (a fixed sequence of tests). Nothing here ever
raises a threshold: for that, tune again on the camera's own incidents.

The bound takes alarms to come independently and coming days to be like those counted. Both are
assumptions; that real incidents count as false errs to the safe side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge.core.types import LABELS, Label
from edge.normal.usual_scores import Usual, UsualScores

CONFIDENCE = 0.95
LEAST = 0.5  # of the threshold in use: below, scores mean little, whatever a quiet week says
_DAY_S = 86_400.0
_HALVINGS = 40


@dataclass(frozen=True)
class Lowered:
    """A threshold that may be used instead, and why: `alarms` it would have given in so many days
    of watching, hence at most `a_day_max` a day with `CONFIDENCE`."""

    value: float
    alarms: int
    watched_days: float
    a_day_max: float


def lowest(usual: Usual, used: float, a_day_max: float, going_on: float = 0.0) -> Lowered | None:
    """The lowest level below the threshold in use whose false alarms keep to `a_day_max`; None
    where no lower one does. `going_on` is the highest level at which something trips without end:
    at that level and below the camera would alarm for good, which counts as a single alarm."""
    days = usual.watched_s / _DAY_S
    found: Lowered | None = None
    for level, alarms in zip(usual.levels[::-1], usual.alarms[::-1], strict=True):
        if level >= used:
            continue
        if level < LEAST * used or level <= going_on or not days:
            break
        bound = upper_bound(int(alarms)) / days
        if bound > a_day_max:
            break
        found = Lowered(round(float(level), 4), int(alarms), days, bound)
    return found


def going_on(scores: UsualScores, label: Label, at_s: float, again_s: float) -> float:
    """The highest level that trips now, at `at_s`, or has within `again_s`; 0 for none."""
    row = scores.last[LABELS.index(label)]
    tripping = np.flatnonzero(row >= at_s - again_s)
    return float((tripping[-1] + 1) / len(row)) if len(tripping) else 0.0


def upper_bound(count: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound of a Poisson mean of which `count` were seen (Garwood 1936):
    the mean at which so few are as rare as 1 − confidence."""
    low, high = 0.0, count + 10.0 * math.sqrt(count + 1) + 10.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_most(count, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(count: int, mean: float) -> float:
    """How likely a Poisson number is `count` or less."""
    if mean <= 0:
        return 1.0
    logs = [n * math.log(mean) - mean - math.lgamma(n + 1) for n in range(count + 1)]
    return math.fsum(map(math.exp, logs))
