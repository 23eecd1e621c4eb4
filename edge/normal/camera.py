"""A camera's normal pattern: all of its parts, and what they say of one second.

Nothing is learnt, counted or bet on while something is going on (`occupied`): an event is open,
somebody is down, or evidence runs high. What is said here changes no decision of the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.core.evidence import Evidence
from edge.core.types import Label, Rgb
from edge.normal.budget import Record
from edge.normal.density import Density, Features, Places
from edge.normal.drift import Drift
from edge.normal.forecast import Forecast
from edge.normal.hours import HOURS, bin_of
from edge.normal.picture import Usual
from edge.normal.usual_scores import UsualScores

MEMORY_S = 7 * 86_400.0  # what was seen so long ago counts a third
READY_S = 600.0  # learnt at this hour of day before anything is called unusual
_LASTS_S = 15.0  # how long a place must look unusual: who walks by does not
_NEWS_S = 900.0  # what has been unusual for longer is no news
_FARTHEST = 2  # places that must
_GAP_S = 5.0  # a longer pause counts as so much
_PAUSE_S = 60.0  # after a longer one nothing is compared with what was before
HEIGHT_MAX, BINS = 6.0, 60  # of the heights counted by hour


@dataclass(frozen=True)
class Moment:
    """When a picture was taken: `at_s` in UTC seconds, `hour` of the local day, 0–24."""

    at_s: float
    hour: float


@dataclass(frozen=True)
class Reading:
    """What one second looked like. `distances` by place, h×w, 1 on average; `height` is how much
    farther from usual than before some places have been for seconds (a difference of logarithms),
    which is what `unusual` goes by; `surprise` what was not foreseen, None where nothing was.
    `ready`: this hour of day was learnt for long enough to say so."""

    at_s: float
    distances: NDArray[np.float32]
    height: float
    surprise: float | None
    ready: bool


@dataclass
class CameraNormal:
    """Used by one thread. `shape` is (C, h, w) of the features it was made for."""

    shape: tuple[int, int, int]
    density: Density
    forecast: Forecast
    drift: Drift
    record: Record
    scores: UsualScores
    heights: NDArray[np.int64]  # 24×BINS, seconds by hour of day and height
    begun_s: float
    learnt_s: float
    picture: Usual
    _held: Places | None = field(default=None, repr=False)  # logarithms of distances: of seconds,
    _before: Places | None = field(default=None, repr=False)  # and of the last quarter of an hour
    _before_s: float | None = field(default=None, repr=False)
    _paused: bool = field(default=True, repr=False)

    @classmethod
    def empty(cls, shape: tuple[int, int, int], at_s: float) -> CameraNormal:
        """Nothing learnt yet, of a camera that is watched from now on."""
        channels, rows, columns = shape
        return cls(
            shape, Density.empty(rows * columns, channels, MEMORY_S),
            Forecast.empty(channels, MEMORY_S), Drift.empty(), Record.empty(), UsualScores.empty(),
            np.zeros((HOURS, BINS), np.int64), at_s, 0.0, Usual.empty(),
        )  # fmt: skip

    def look(
        self, features: Features, when: Moment, *, occupied: bool, chance: float = 0.5
    ) -> Reading:
        """One second in order of time; features C×h×w. `chance`, 0–1, breaks ties of ranks."""
        seconds = self._since(when.at_s)
        distances = self.density.distances(features, when.hour, when.at_s)
        ready = self.density.seconds(when.hour) >= READY_S
        height = self._height(distances, seconds)
        surprise = self.forecast.surprise(features, when.at_s, learn=not occupied)
        if not occupied:
            if ready:
                self._count(height, seconds, when)
                self.drift.look(float(np.median(distances)), when.hour, when.at_s, chance)
            self.density.learn(features, distances, when.hour, when.at_s)
            self.learnt_s += seconds
        where = distances.reshape(self.shape[1:]).astype(np.float32)
        return Reading(when.at_s, where, height, surprise, ready)

    def show(self, rgb: Rgb) -> None:
        """The picture of a second of which `look` was told."""
        self.picture.add(rgb)

    def weigh(
        self, evidence: Iterable[Evidence], again_s: Mapping[Label, float], when: Moment
    ) -> None:
        """The evidence of the same second, before `look`: what lower thresholds would have said."""
        self.scores.add(evidence, again_s, self._gap(when.at_s), when.at_s)

    def _count(self, height: float, seconds: float, when: Moment) -> None:
        self.record.add(height, seconds, when.at_s)
        column = int(np.clip(height / HEIGHT_MAX * BINS, 0, BINS - 1))
        self.heights[bin_of(when.hour), column] += 1

    def _height(self, distances: Places, seconds: float) -> float:
        """How much farther from usual some places are than they were, beyond what all of the
        view is: a light that goes on changes every place, and what has stood there for an hour is
        no news."""
        now = np.log(np.maximum(distances, 1.0))
        if self._held is None or self._before is None or self._paused:
            self._held, self._before = now, now
        self._held = self._held + (1 - np.exp(-seconds / _LASTS_S)) * (now - self._held)
        self._before = self._before + (1 - np.exp(-seconds / _NEWS_S)) * (now - self._before)
        risen = self._held - self._before
        return float(np.sort(risen)[-_FARTHEST:].mean() - np.median(risen))

    def _since(self, at_s: float) -> float:
        seconds = self._gap(at_s)
        self._paused = self._before_s is None or not 0 <= at_s - self._before_s < _PAUSE_S
        self._before_s = at_s
        return seconds

    def _gap(self, at_s: float) -> float:
        """Seconds since the last look, at most `_GAP_S`; one for the first."""
        if self._before_s is None or at_s < self._before_s:
            return 1.0
        return min(at_s - self._before_s, _GAP_S)
