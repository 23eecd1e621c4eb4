"""How long something took, counted in fixed steps: what a Prometheus histogram is made of."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

# Upper ends in seconds. The steps are finest where a dispatcher would feel the difference.
BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True)
class Times:
    """What was counted so far. `buckets` says for each of `bounds_s` how many took no longer than
    that, so each holds those before it; `count` also counts what took longer than all of them."""

    bounds_s: tuple[float, ...]
    buckets: tuple[int, ...]
    sum_s: float
    count: int


class Histogram:
    """Counts seconds. Thread-safe."""

    def __init__(self, bounds_s: tuple[float, ...] = BOUNDS_S) -> None:
        self._bounds_s = bounds_s
        self._lock = threading.Lock()
        self._counts = [0] * (len(bounds_s) + 1)  # the last is for what took longer
        self._sum_s = 0.0

    def add(self, seconds: float) -> None:
        """One more that took this long."""
        with self._lock:
            self._counts[bisect_left(self._bounds_s, seconds)] += 1
            self._sum_s += seconds

    def times(self) -> Times:
        """What was counted so far."""
        with self._lock:
            so_far = tuple(accumulate(self._counts))
            return Times(self._bounds_s, so_far[:-1], self._sum_s, so_far[-1])
