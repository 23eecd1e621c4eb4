"""What is known of a camera's normal days, in plain numbers: for people, pictures and programs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.core.types import LABELS, Label
from edge.normal.camera import BINS, HEIGHT_MAX, READY_S, CameraNormal
from edge.normal.hours import HOURS

LEVELS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7)


@dataclass(frozen=True)
class Alarms:
    """What thresholds would have done to one label: how many alarms at each of `LEVELS`, in so
    many hours that were watched."""

    label: Label
    watched_hours: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """`learnt_min` is how long each of the 24 hours of day was watched, as far as it is remembered;
    `height_usual` and `height_rare` the median and the 99th percentile of how unusual its seconds
    were (None: not watched). `once_a_day` is how unusual something has to be to happen once a day
    (None: not known yet). `drift_height` and `drift_alarm` are decimal logarithms; `trace` is when
    (UTC seconds) and how high. `lively` is how much each place sways by itself, h×w, 1 on
    average."""

    begun_s: float
    learnt_hours: float
    days_on_record: float
    learnt_min: tuple[float, ...]
    height_usual: tuple[float | None, ...]
    height_rare: tuple[float | None, ...]
    once_a_day: float | None
    drifted_s: float
    drift_bets: int
    drift_height: float
    drift_alarm: float
    trace: tuple[tuple[float, float], ...]
    alarms: tuple[Alarms, ...]
    lively: NDArray[np.float64]

    @property
    def hours_known(self) -> int:
        """Hours of day that are known well enough to call something unusual in them."""
        return sum(minutes >= READY_S / 60 for minutes in self.learnt_min)

    def to_json(self) -> dict[str, object]:
        """All but the drawing's own."""
        kept = {
            name: value for name, value in vars(self).items() if name not in ("lively", "trace")
        }
        kept["alarms"] = {
            one.label: {
                "watched_hours": round(one.watched_hours, 3),
                "at": dict(zip(map(str, LEVELS), one.counts, strict=True)),
            }
            for one in self.alarms
        }
        return kept | {"hours_known": self.hours_known}


def summary(normal: CameraNormal) -> Summary:
    """As it is now."""
    density, drift = normal.density, normal.drift
    weights = np.median(density.weight, axis=1) / 60
    variance = np.trace(density.spread, axis1=1, axis2=2)
    lively = variance / max(float(variance.mean()), 1e-9)
    return Summary(
        begun_s=normal.begun_s,
        learnt_hours=round(normal.learnt_s / 3600, 3),
        days_on_record=round(normal.record.days, 4),
        learnt_min=tuple(round(float(one), 1) for one in weights),
        height_usual=_heights(normal, 0.5),
        height_rare=_heights(normal, 0.99),
        once_a_day=_rounded(normal.record.threshold(1.0)),
        drifted_s=drift.since_s,
        drift_bets=drift.bets,
        drift_height=round(drift.height, 2),
        drift_alarm=round(math.log10(drift.alarm), 2),
        trace=tuple(drift.trace),
        alarms=tuple(_alarms(normal, label) for label in LABELS),
        lively=lively.reshape(normal.shape[1:]),
    )


def _heights(normal: CameraNormal, share: float) -> tuple[float | None, ...]:
    """A quantile of each hour's heights, to the width of a bin."""
    found: list[float | None] = []
    for hour in range(HOURS):
        counts = normal.heights[hour]
        total = int(counts.sum())
        if not total:
            found.append(None)
            continue
        index = int(np.searchsorted(np.cumsum(counts), share * total))
        found.append(round((min(index, BINS - 1) + 0.5) * HEIGHT_MAX / BINS, 2))
    return tuple(found)


def _alarms(normal: CameraNormal, label: Label) -> Alarms:
    usual = normal.scores.usual(label)
    at = [round(level * len(usual.levels)) - 1 for level in LEVELS]
    return Alarms(label, usual.watched_s / 3600, tuple(int(usual.alarms[index]) for index in at))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
