"""How high is unusual: so high that it happens, on this camera's own record, so often a day.

The record keeps the highest values, one a block of ten minutes at most. If N blocks over T days
had no cause to differ, the next one passes the k-th highest of them with probability k / (N + 1):
k = ⌊B · T⌋ gives at most B alarms a day in expectation, whatever the distribution, and none at all
before T ≥ 1 / B, when nobody can know yet. A ceiling on top holds for the worst of days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

BLOCK_S = 600.0
KEPT = 256  # highest values
REMEMBERED_S = 28 * 86_400.0
_DAY_S = 86_400.0


@dataclass
class Record:
    """Used by one thread. `peaks` are (value, when in UTC seconds), the highest first; `watched`
    are (UTC day, seconds looked at), oldest first; `told` is when unusual things were told of."""

    peaks: list[tuple[float, float]]
    watched: list[tuple[int, float]]
    told: list[float]
    _block: int | None = None
    _highest: float = -math.inf
    _highest_s: float = 0.0

    @classmethod
    def empty(cls) -> Record:
        """Nothing seen yet."""
        return cls([], [], [])

    @property
    def days(self) -> float:
        """How many days' worth of seconds were looked at."""
        return sum(seconds for _, seconds in self.watched) / _DAY_S

    def threshold(self, a_day: float) -> float | None:
        """The value that is passed `a_day` times a day in expectation; None where the record is too
        short for so few, or nothing is to be told."""
        k = min(math.floor(a_day * self.days), len(self.peaks))  # of more, fewer are told
        return self.peaks[k - 1][0] if k > 0 else None

    def may_tell(self, a_day: float, at_s: float) -> bool:
        """Whether today's ceiling, the budget rounded up, leaves room for one more."""
        return sum(at_s - told_s < _DAY_S for told_s in self.told) < math.ceil(a_day)

    def tell(self, at_s: float) -> None:
        """Something unusual is told of now."""
        self.told = [one for one in self.told if at_s - one < _DAY_S] + [at_s]

    def add(self, value: float, seconds: float, at_s: float) -> None:
        """A second (or some) in which `value` was reached."""
        block = int(at_s // BLOCK_S)
        if self._block is not None and block != self._block:
            self._keep(at_s)
        self._block = block
        if value > self._highest:
            self._highest, self._highest_s = value, at_s
        day = int(at_s // _DAY_S)
        if self.watched and self.watched[-1][0] == day:
            seconds += self.watched.pop()[1]
        self.watched.append((day, seconds))

    def _keep(self, at_s: float) -> None:
        """The block is over: its highest goes into the record, and what is too old out of it."""
        oldest_s = at_s - REMEMBERED_S
        recent = [one for one in self.peaks if one[1] >= oldest_s]
        added = [*recent, (self._highest, self._highest_s)]
        self.peaks = sorted(added, key=lambda one: -one[0])[:KEPT]
        self.watched = [one for one in self.watched if one[0] >= oldest_s // _DAY_S]
        self._highest = -math.inf
