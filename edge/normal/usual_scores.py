"""How often each threshold would have alarmed on a camera's days: what a lower one would cost.

`Evidence.score` is the highest threshold at which it trips, so one look says for every level at
once whether it would have alarmed. Trips within the event's life (`clear_s` and `cool_down_s` after
the last) are the same alarm. Counted are looks, about one a second, so what lasted for less than
that may be missed.

Nobody tells the device which alarms were real. All count, as if false: a rule that lowers a
threshold by these numbers errs towards not lowering it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.core.evidence import Evidence
from edge.core.types import LABELS, Label

LEVELS = 100  # .01, .02, … 1.0
DAYS = 28
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Usual:
    """One label on one camera: `alarms[i]` is how many alarms threshold `levels[i]` would have
    given in `watched_s` seconds on `days` different days."""

    label: Label
    levels: NDArray[np.float64]
    alarms: NDArray[np.int64]
    watched_s: float
    days: int


@dataclass
class UsualScores:
    """Used by one thread. A ring of days: `counts` is DAYS×2×LEVELS by label in their order,
    `watched` seconds, `days` the UTC day of each entry (−1: none). `last` is when each level last
    tripped."""

    counts: NDArray[np.int32]
    watched: NDArray[np.float64]
    days: NDArray[np.int64]
    last: NDArray[np.float64]

    @classmethod
    def empty(cls) -> UsualScores:
        """Nothing seen yet."""
        return cls(
            np.zeros((DAYS, len(LABELS), LEVELS), np.int32),
            np.zeros(DAYS),
            np.full(DAYS, -1, np.int64),
            np.full((len(LABELS), LEVELS), -np.inf),
        )

    def add(
        self,
        evidence: Iterable[Evidence],
        again_s: Mapping[Label, float],
        seconds: float,
        at_s: float,
    ) -> None:
        """A look at `at_s` (UTC seconds) which stands for so many seconds. `again_s` is how long
        after its last trip one more counts as another alarm."""
        slot = self._slot(at_s)
        self.watched[slot] += seconds
        best = dict.fromkeys(LABELS, 0.0)
        for one in evidence:
            best[one.label] = max(best[one.label], one.score)
        for index, label in enumerate(LABELS):
            count = min(LEVELS, int(best[label] * LEVELS + 1e-9))  # levels .01 … count/100 trip
            if count:
                anew = at_s - self.last[index, :count] > again_s[label]
                self.counts[slot, index, :count] += anew
                self.last[index, :count] = at_s

    def usual(self, label: Label) -> Usual:
        """What is known of a label."""
        known = self.days >= 0
        alarms = self.counts[known, LABELS.index(label)].sum(axis=0).astype(np.int64)
        levels = np.arange(1, LEVELS + 1) / LEVELS
        watched_s = float(self.watched[known].sum())
        return Usual(label, levels, alarms, watched_s, int(known.sum()))

    def _slot(self, at_s: float) -> int:
        """The entry of a day; the oldest makes room."""
        day = int(at_s // _DAY_S)
        slot = day % DAYS
        if self.days[slot] != day:
            self.days[slot], self.watched[slot], self.counts[slot] = day, 0.0, 0
        return slot
