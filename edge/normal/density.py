"""How usual each place of a camera's view looks: a normal distribution of its features.

Each place has a mean for every hour of the day, which borrows from its neighbours where little was
seen, and one covariance, drawn towards that of all places (PaDiM: Defard and others, 2020; ridge
and shrinkage in the manner of Ledoit and Wolf, 2004). Somebody who stood there once, where nobody
had before, is thereby no impossibility: what people do to features is known from other places.

Learning is online and forgets exponentially. What is far from usual is learnt slowly, the more so
the farther it is, so that a puddle that stays does not become the floor in an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.normal.hours import HOURS, bin_of, nearness

Features = NDArray[np.float32]  # C×h×w
Places = NDArray[np.float64]  # P = h·w values, rows of the picture first
_FAR = 3.0  # from this distance on it is learnt slowly
_SOON_S = 600.0  # an hour that was watched for less is learnt quickly, whatever it shows
_SETTLED_S = 60.0  # how long an hour's mean is too young to say what spread is
_OWN_S = 300.0  # seconds after which a place's own covariance weighs as much as that of all places
_RIDGE = 0.02
_REFIT_S = 60.0


@dataclass
class Density:
    """The distribution of P places with C channels. Used by one thread. `weight` counts the seconds
    learnt (decayed) of each hour and place, `mean` is 24×P×C, `spread` P×C×C; times are UTC
    seconds."""

    weight: NDArray[np.float32]
    mean: NDArray[np.float32]
    spread_weight: NDArray[np.float32]
    spread: NDArray[np.float32]
    learnt_s: NDArray[np.float64]  # when each hour was last learnt
    memory_s: float
    _inverse: NDArray[np.float32] | None = field(default=None, repr=False)
    _fitted_s: float = field(default=-np.inf, repr=False)

    @classmethod
    def empty(cls, places: int, channels: int, memory_s: float) -> Density:
        """Nothing learnt yet; what was seen `memory_s` ago counts a third."""
        return cls(
            np.zeros((HOURS, places), np.float32),
            np.zeros((HOURS, places, channels), np.float32),
            np.zeros(places, np.float32),
            np.zeros((places, channels, channels), np.float32),
            np.zeros(HOURS),
            memory_s,
        )

    def seconds(self, hour: float) -> float:
        """How long this hour of the day was watched, as far as it is remembered."""
        return float(np.median(self.weight[bin_of(hour)]))

    def distances(self, features: Features, hour: float, at_s: float) -> Places:
        """How far each place is from what is usual there at this hour: the squared Mahalanobis
        distance by channel, 1 on average. Nothing where nothing was learnt yet."""
        if not self.weight.any():
            return np.zeros(self.weight.shape[1])
        apart = _by_place(features) - self._usual(hour)
        inverse = self._fit(at_s)
        found: Places = np.einsum("pc,pcd,pd->p", apart, inverse, apart, optimize=True).astype(
            np.float64
        )
        distances: Places = found / features.shape[0]
        return distances

    def learn(self, features: Features, distances: Places, hour: float, at_s: float) -> None:
        """Take a second's features in. `distances` are those of the same features."""
        seen, index = _by_place(features), bin_of(hour)
        fresh = not self.weight.any()
        self._forget(index, at_s)
        own = self.weight[index]
        slow = np.minimum(1.0, _FAR / np.maximum(distances, 1e-9)) ** 2
        young = np.clip(1.0 - own / _SOON_S, 0, 1)
        rate = np.maximum(slow, young).astype(np.float32)
        apart = np.zeros_like(seen) if fresh else seen - self._usual(hour)
        self.weight[index] = own + rate
        share = (rate / np.maximum(self.weight[index], 1e-6))[:, None]
        self.mean[index] += share * (seen - self.mean[index])
        if not fresh:
            settled = slow.astype(np.float32) * own / (own + np.float32(_SETTLED_S))
            self._widen(apart, settled)

    def _widen(self, apart: NDArray[np.float32], rate: NDArray[np.float32]) -> None:
        self.spread_weight += rate
        share = (rate / np.maximum(self.spread_weight, 1e-6))[:, None, None]
        self.spread += share * (apart[:, :, None] * apart[:, None, :] - self.spread)

    def _forget(self, index: int, at_s: float) -> None:
        before_s = float(self.learnt_s[index]) or at_s
        self.weight[index] *= np.float32(np.exp(-max(0.0, at_s - before_s) / self.memory_s))
        latest_s = float(self.learnt_s.max()) or at_s
        self.spread_weight *= np.float32(np.exp(-max(0.0, at_s - latest_s) / self.memory_s))
        self.learnt_s[index] = max(at_s, before_s)

    def _usual(self, hour: float) -> NDArray[np.float32]:
        """The mean of each place at this hour, P×C."""
        pull = self.weight * nearness(hour).astype(np.float32)[:, None]
        total = np.maximum(pull.sum(axis=0), 1e-9)
        found: NDArray[np.float32] = np.einsum("kp,kpc->pc", pull / total, self.mean, optimize=True)
        return found

    def _fit(self, at_s: float) -> NDArray[np.float32]:
        """The inverse covariances, worked out anew once a minute."""
        if self._inverse is None or at_s - self._fitted_s >= _REFIT_S or at_s < self._fitted_s:
            self._inverse, self._fitted_s = inverses(self.spread, self.spread_weight), at_s
        return self._inverse


def inverses(spread: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """The inverse covariance of each place, P×C×C, from their scatter and how long each was seen.
    Each is drawn towards that of all places, the more the less it was seen itself."""
    channels = spread.shape[-1]
    total = float(weight.sum())
    if total <= 0:
        whole: NDArray[np.float32] = np.broadcast_to(
            np.eye(channels, dtype=np.float32), spread.shape
        ).copy()
        return whole
    everywhere = np.einsum("p,pcd->cd", weight.astype(np.float64), spread) / total
    size = max(float(np.trace(everywhere)) / channels, 1e-9)
    everywhere = everywhere + _RIDGE * size * np.eye(channels)
    own = (weight / (weight + _OWN_S))[:, None, None].astype(np.float64)
    mixed = own * (spread + _RIDGE * size * np.eye(channels)) + (1 - own) * everywhere
    return np.linalg.inv(mixed).astype(np.float32)


def _by_place(features: Features) -> NDArray[np.float32]:
    """C×h×w to P×C."""
    return np.ascontiguousarray(features.reshape(features.shape[0], -1).T)
