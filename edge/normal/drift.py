"""Whether a camera still looks like what it was learnt on: a bet against it that should not pay.

Every few minutes one number, how far the middle place of the view was from usual in the median of
that stretch, is ranked among those of earlier days at about the same hour: a conformal p-value,
uniform while today is like the days before (Vovk, Gammerman and Shafer, 2005). Whoever bets on
small ones gains nothing then; `capital` is the Shiryaev-Roberts sum of such bets, for several
stakes (Volkhonskiy and others, 2017; Vovk and others, "Retrain or not retrain", 2021):

    R ← (R + 1) · ε p^(ε − 1)      so that R less the number of bets so far is a martingale

and by Doob's inequality R passes c within N bets with a probability of at most N / c. One stretch
has one value so that neighbours in time, which are alike, do not count as many; days are alike
where nothing changed, but not exactly (weather, a chair), so nothing is bet before several days
were seen, and the middle of the view, not its farthest place, is what is ranked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.normal.hours import HOURS, bin_of

STRETCH_S = 300.0
DAYS_MIN = 3  # on which an hour was watched before anything is bet at it
KEPT = 96  # values an hour: eight days of whole hours
MONTHS = 1000.0  # in which at most one false alarm is to be expected
STAKES = (0.1, 0.2, 0.35, 0.6)
_CALM_BETS = 72  # six hours of them
_CALM = 0.35  # mean p-value over these that says it looks usual again
_LOOKS_MIN = 30  # in a stretch that counts
TRACE = 2016  # points kept to be drawn, a week
_DAY_S = 86_400.0


@dataclass
class Drift:
    """Used by one thread. `values` is 24×KEPT, the newest overwriting the oldest, NaN where there
    are none; `days` when each was (UTC days); `since_s` is 0 unless it has drifted."""

    values: NDArray[np.float32]
    days: NDArray[np.float32]
    capital: NDArray[np.float64]
    since_s: float
    latest: list[float]  # the last p-values, for the way back
    trace: list[tuple[float, float]]  # when, and log10 of the capital
    bets: int
    stretch_s: float = STRETCH_S
    _looks: list[float] = field(default_factory=list)
    _begun_s: float | None = None

    @classmethod
    def empty(cls, stretch_s: float = STRETCH_S) -> Drift:
        """Nothing seen yet. Other stretches than the usual are for trials."""
        shape = (HOURS, KEPT)
        return cls(
            np.full(shape, np.nan, np.float32), np.zeros(shape, np.float32),
            np.zeros(len(STAKES)), 0.0, [], [], 0, stretch_s,
        )  # fmt: skip

    @property
    def alarm(self) -> float:
        """What the capital must pass: `MONTHS` times the bets of a month."""
        return MONTHS * 30 * _DAY_S / self.stretch_s

    @property
    def drifted(self) -> bool:
        """Whether this camera no longer looks like what it was learnt on."""
        return self.since_s > 0

    def look(self, middle: float, hour: float, at_s: float, chance: float) -> None:
        """One second: how far the middle place of the view was from usual. `chance`, 0–1, breaks
        ties between equal values. Seconds come in order."""
        if self._begun_s is None or at_s < self._begun_s:
            self._begun_s, self._looks = at_s, []
        if at_s - self._begun_s >= self.stretch_s:
            enough = min(_LOOKS_MIN, self.stretch_s / 2)
            if len(self._looks) >= enough:
                self._bet(float(np.median(self._looks)), hour, at_s, chance)
            self._begun_s, self._looks = at_s, []
        self._looks.append(middle)

    def p_value(self, value: float, hour: float, at_s: float, chance: float) -> float | None:
        """The rank of a value among those of earlier days around this hour, 0–1; None where there
        are too few days to compare with."""
        around = [(bin_of(hour) + step) % HOURS for step in (-1, 0, 1)]
        today = np.floor(at_s / _DAY_S)
        values, days = self.values[around].ravel(), self.days[around].ravel()
        earlier = ~np.isnan(values) & (days < today)
        if len(np.unique(days[earlier])) < DAYS_MIN:
            return None
        known = values[earlier]
        above, equal = int((known > value).sum()), int((known == value).sum())
        return (above + chance * (equal + 1)) / (len(known) + 1)

    def _bet(self, value: float, hour: float, at_s: float, chance: float) -> None:
        p = self.p_value(value, hour, at_s, max(chance, 1e-6))
        if p is not None:
            self.bets += 1
            self.capital = np.minimum((self.capital + 1) * _gains(p), 1e30)
            self.trace = [*self.trace, (at_s, self.height)][-TRACE:]
            self.latest = [*self.latest, p][-_CALM_BETS:]
            self._judge(at_s)
        if not self.drifted:  # else what it drifted to would soon be what it is compared with
            index = bin_of(hour)
            slot = int(np.argmin(np.where(np.isnan(self.values[index]), -1, self.days[index])))
            self.values[index, slot] = value
            self.days[index, slot] = np.floor(at_s / _DAY_S)

    @property
    def height(self) -> float:
        """The decimal logarithm of the capital, of all stakes together."""
        return float(np.log10(max(float(self.capital.mean()), 1e-9)))

    def _judge(self, at_s: float) -> None:
        if not self.drifted and self.capital.mean() >= self.alarm:
            self.since_s, self.latest = at_s, []
        elif self.drifted and len(self.latest) == _CALM_BETS and np.mean(self.latest) > _CALM:
            self.since_s, self.capital = 0.0, np.zeros(len(STAKES))


def _gains(p: float) -> NDArray[np.float64]:
    """What each stake's bet pays: ε p^(ε − 1), 1 on average where p is uniform."""
    stakes = np.array(STAKES)
    paid: NDArray[np.float64] = stakes * p ** (stakes - 1)
    return paid
