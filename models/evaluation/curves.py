"""What other thresholds would have given: incidents missed against false alarms (DET), and the
curves of the frame level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from edge.core.types import Label
from models.evaluation.alarms import Watched
from models.evaluation.event_level import numbers
from models.evaluation.frame_level import Samples
from models.evaluation.matching import matches, outcome
from models.evaluation.retold import Swept

Points = list[dict[str, Any]]

POINTS_MAX = 60
FRAME_POINTS_MAX = 200
_GRID = tuple(round(0.05 * n, 2) for n in range(1, 20))
_DIGITS = 6  # thresholds are swept as they are written


def det(watched: Iterable[Watched], label: Label) -> Points:
    """At up to 60 thresholds, the same for all recordings: missed incidents and false alarms. The
    alerts are made anew by the daemon's own alarm step, and matched. The point with `operating` is
    of the alerts as they are; its threshold is None where recordings have several."""
    lasting = tuple(one for one in watched if one.recording.kind != "picture")
    if not lasting:
        return []
    used = {one.policy.threshold(label) for one in lasting}
    operating = used.pop() if len(used) == 1 else None
    thresholds = [at for at in _thresholds(lasting, label) if at != operating]
    # Recording by recording, so that no more than one lies spread out in memory.
    retold = [list(map(Swept.of(one, label).at, thresholds)) for one in lasting]
    points = [
        _point([one[number] for one in retold], label, threshold)
        for number, threshold in enumerate(thresholds)
    ]
    points.append({**_point(lasting, label, operating), "operating": True})
    return sorted(points, key=lambda point: (point["threshold"] is None, point["threshold"] or 0.0))


def pr(of: Samples) -> Points:
    """Precision against recall; empty unless there are both kinds of pictures."""
    if not of.truth.any() or of.truth.all():
        return []
    precision, recall, thresholds = precision_recall_curve(
        of.truth, of.scores, drop_intermediate=True
    )
    at = [*map(float, thresholds), None]  # the end, where nothing alarms
    return [
        {"threshold": at[n], "recall": float(recall[n]), "precision": float(precision[n])}
        for n in _thin(recall, precision)
    ]


def roc(of: Samples) -> Points:
    """Recall against the share of false positives; empty unless there are both kinds."""
    if not of.truth.any() or of.truth.all():
        return []
    false, recall, thresholds = roc_curve(of.truth, of.scores)
    at = [None, *map(float, thresholds[1:])]  # the beginning, where nothing alarms
    return [
        {"threshold": at[n], "false_positive_rate": float(false[n]), "recall": float(recall[n])}
        for n in _thin(false, recall)
    ]


def _thin(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[int]:
    """Which points to keep: ends, and even steps along the curve."""
    if len(x) <= FRAME_POINTS_MAX:
        return list(range(len(x)))
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    steps = np.linspace(0.0, way[-1], FRAME_POINTS_MAX - 1)
    kept = {int(n) for n in np.searchsorted(way, steps[:-1])}
    return sorted({0, len(x) - 1, *kept})


def _thresholds(watched: Sequence[Watched], label: Label) -> list[float]:
    """A grid, and the scores at which incidents are lost, thinned evenly if there are many."""
    incidents = outcome(label, matches(watched, label)).incidents
    best = sorted({_down(one.best) for one in incidents} - {0.0, *_GRID})
    room = POINTS_MAX - len(_GRID) - 1
    if len(best) > room:
        best = [best[n] for n in np.linspace(0, len(best) - 1, room).astype(int)]
    return sorted({*_GRID, *best})


def _down(score: float) -> float:
    return float(np.floor(score * 10**_DIGITS) / 10**_DIGITS)


def _point(watched: Sequence[Watched], label: Label, threshold: float | None) -> dict[str, Any]:
    found = outcome(label, matches(watched, label))
    of = numbers([found], found.normal_s)
    recall = of["event_recall"]
    return {
        "threshold": threshold,
        "operating": False,
        "incidents": of["incidents"],
        "detected": of["detected"],
        "miss_rate": None if recall is None else 1 - recall,
        "false_alarms": of["false_alarms"],
        "false_alarms_per_camera_day": of["false_alarms_per_camera_day"],
    }
