"""Percentiles, and the slope of what was sampled over time with how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from typing_extensions import Self

_HOUR_S = 3600.0
_Z95 = 1.96


@dataclass(frozen=True)
class Spread:
    """How values lie."""

    count: int
    p50: float
    p95: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self | None:
        """None where there are no values."""
        if not values:
            return None
        p50, p95 = np.percentile(np.asarray(values, float), [50, 95], method="higher")
        return cls(len(values), float(p50), float(p95), float(max(values)))


@dataclass(frozen=True)
class Slope:
    """What a figure gains an hour, and between what that lies with 95 % confidence."""

    per_hour: float
    low: float
    high: float
    unit: str
    samples: int

    def __str__(self) -> str:
        return f"{self.per_hour:+.2f} [{self.low:+.2f}, {self.high:+.2f}] {self.unit}/h"


def slope(times_s: Sequence[float], values: Sequence[float], unit: str) -> Slope | None:
    """Theil–Sen's slope (the median of those between all pairs, so single peaks do not count) and
    Sen's interval for it. Samples of one process hang together, so the truth may lie somewhat
    further out than the interval says. None for fewer than 10 samples."""
    count = len(times_s)
    if count < 10:
        return None
    at, value = np.asarray(times_s, float), np.asarray(values, float)
    first, second = np.triu_indices(count, 1)
    slopes = np.sort((value[second] - value[first]) / (at[second] - at[first])) * _HOUR_S
    reach = _Z95 * np.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = int(max(0, (len(slopes) - reach) / 2))
    high = int(min(len(slopes) - 1, (len(slopes) + reach) / 2 + 1))
    middle = float(np.median(slopes))
    return Slope(middle, float(slopes[low]), float(slopes[high]), unit, count)
