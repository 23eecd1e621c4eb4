"""What comes next: the view's features as a whole, foretold from the last seconds.

A linear autoregression, ridge-regularised, over the means of all places, solved anew once a minute
from running sums that forget exponentially. What it did not foresee, in units of how wrong it
usually is, is the surprise. What a recurrent autoencoder makes of the same features is compared in
`models.normal`; this costs nothing and TensorRT need not know of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.normal.density import Features

LAGS = 3  # seconds looked back
_GAP_S = 2.5  # a longer pause says nothing about what came before it
_SOLVE_S = 60.0
_YOUNG_S = 90.0  # in which errors say how little is known, not what is usual
_READY_S = 120.0  # seconds learnt before anything surprises
_ERROR_S = 3600.0  # how long an error counts in what is usual
_FAR = 9.0  # a surprise beyond this widens what is usual no further

Vector = NDArray[np.float64]


@dataclass
class Forecast:
    """Used by one thread. `gram` and `cross` are the sums of past×past and past×next, `error` the
    usual squared error by channel, `seconds` how much was learnt (decayed)."""

    gram: NDArray[np.float64]
    cross: NDArray[np.float64]
    error: Vector
    seconds: float
    memory_s: float
    _past: deque[tuple[float, Vector]] = field(default_factory=lambda: deque(maxlen=LAGS))
    _solved: NDArray[np.float64] | None = None
    _solved_s: float = -np.inf

    @classmethod
    def empty(cls, channels: int, memory_s: float) -> Forecast:
        """Nothing learnt yet."""
        wide = LAGS * channels + 1
        return cls(
            np.zeros((wide, wide)), np.zeros((wide, channels)), np.ones(channels), 0.0, memory_s
        )

    def surprise(self, features: Features, at_s: float, *, learn: bool) -> float | None:
        """How much this second was not foreseen: the mean squared error by channel in units of the
        usual, 1 on average. None while there is too little to go by. Seconds come in order."""
        now = features.reshape(features.shape[0], -1).mean(axis=1).astype(np.float64)
        past = self._joined(at_s)
        self._past.append((at_s, now))
        if past is None:
            return None
        apart = now - past @ self._weights(at_s)
        said = None if self.seconds < _READY_S else float(np.mean(apart**2 / self.error))
        if learn:
            self._learn(past, now, apart, said)
        return said

    def _joined(self, at_s: float) -> Vector | None:
        """The last seconds as one vector, newest first; None after a pause."""
        if len(self._past) < LAGS:
            return None
        if at_s - self._past[0][0] > LAGS * _GAP_S or at_s <= self._past[-1][0]:
            self._past.clear()
            return None
        return np.concatenate([*(one for _, one in reversed(self._past)), np.ones(1)])

    def _weights(self, at_s: float) -> NDArray[np.float64]:
        if self._solved is None or abs(at_s - self._solved_s) >= _SOLVE_S:
            wide = len(self.gram)
            channels = self.cross.shape[1]
            size = max(float(np.trace(self.gram)) / wide, 1e-6)
            start = np.zeros((wide, channels))
            start[:channels] = np.eye(channels)  # knowing nothing, it stays as it is
            ridge = 1e-3 * size * np.eye(wide) if self.seconds else np.eye(wide)
            solved = np.linalg.solve(self.gram + ridge, self.cross + ridge @ start)
            self._solved, self._solved_s = np.asarray(solved, np.float64), at_s
        return self._solved

    def _learn(self, past: Vector, now: Vector, apart: Vector, said: float | None) -> None:
        keep = 1 - 1 / self.memory_s
        self.gram = keep * self.gram + np.outer(past, past)
        self.cross = keep * self.cross + np.outer(past, now)
        self.seconds = keep * self.seconds + 1
        bounded = apart**2 if said is None else apart**2 * min(1.0, _FAR / max(said, 1e-9))
        share = 1 / min(max(self.seconds - _YOUNG_S, 1.0), _ERROR_S)
        self.error = np.maximum((1 - share) * self.error + share * bounded, 1e-9)
