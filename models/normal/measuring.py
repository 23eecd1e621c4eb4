"""What a camera's normal pattern tells on rendered days: the unusual from the usual, and a camera
that no longer looks the same from one that does.

Everything is learnt on the first days of a camera and judged on later ones, which nothing was
learnt from. Nothing was chosen by what is reported here but what `models/LAB.md` names.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.normal.camera import CameraNormal, Moment
from edge.normal.drift import Drift
from models.normal.recurrent import WINDOW_S, Recurrent, Vectors
from models.normal.site_days import DAY_S, NORMAL_DAYS, Row
from models.normal.watched import Track

LEARNT_DAYS = 4
SETTLED_S = 20.0  # after the onset, until it must be seen
TRIAL_STRETCH_S = 20.0  # instead of five minutes: rendered days last three
_TRIES = 200
_DAY_S = 86_400.0
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Clip:
    """A clip of a camera's day and its features."""

    row: Row
    track: Track


@dataclass(frozen=True)
class Told:
    """Area under the ROC curve of one thing staged against the usual, by each score: against the
    seconds before it on the same day, and against those of other days."""

    camera: int
    staged: str
    same_day: Mapping[str, float]
    other_days: Mapping[str, float]


@dataclass(frozen=True)
class Drifted:
    """How many bets an injected change took until the alarm (None: it did not come in `of`), and
    how high, as a decimal logarithm, the capital ever was on the normal days before."""

    camera: int
    change: str
    bets: int | None
    of: int
    highest: float


def told(clips: Sequence[Clip]) -> list[Told]:
    """One camera's staged days, by height, forecast and recurrent autoencoder; and for comparison
    ("none") later days on which nothing was staged, cut at the same second."""
    normal = taught(clips, LEARNT_DAYS)
    by_day = [c for c in clips if c.row.hour == 10.0]
    recurrent = Recurrent([_means(c.track) for c in by_day if c.row.day < LEARNT_DAYS])
    later = [c for c in by_day if c.row.day >= LEARNT_DAYS]
    scores = [_scores(normal, recurrent, clip) for clip in later]
    usual = [one for one, c in zip(scores, later, strict=True) if c.row.staged == "none"]
    others = {name: np.concatenate([one[name] for one in usual]) for name in usual[0]}
    return [_told(clip.row, here, others) for clip, here in zip(later, scores, strict=True)]


def _told(row: Row, here: Mapping[str, Scores], others: Mapping[str, Scores]) -> Told:
    onset = round(DAY_S / 2)
    after = {name: one[onset + round(SETTLED_S) :] for name, one in here.items()}
    before = {name: one[WINDOW_S:onset] for name, one in here.items()}
    return Told(
        row.camera, row.staged,
        {name: area(after[name], before[name]) for name in here},
        {name: area(after[name], others[name]) for name in here},
    )  # fmt: skip


def taught(clips: Sequence[Clip], days: int) -> CameraNormal:
    """A pattern after so many of a camera's normal days."""
    normal = CameraNormal.empty(_shape(clips), 0.0)
    for clip in clips:
        if clip.row.day < days:
            for second, features in enumerate(clip.track):
                normal.look(features, moment(clip.row, second), occupied=False)
    return normal


def moment(row: Row, second: int) -> Moment:
    """When a second of a clip is."""
    hour = row.hour + second / 3600
    return Moment(row.day * _DAY_S + hour * 3600, hour)


def _scores(normal: CameraNormal, recurrent: Recurrent, clip: Clip) -> dict[str, Scores]:
    """Of each second, without learning from it."""
    heights, surprises = [], []
    for second, features in enumerate(clip.track):
        reading = normal.look(features, moment(clip.row, second), occupied=True)
        heights.append(reading.height)
        surprises.append(1.0 if reading.surprise is None else reading.surprise)
    smooth = np.convolve(surprises, np.ones(WINDOW_S) / WINDOW_S)[: len(surprises)]
    return {
        "density": np.array(heights),
        "forecast": smooth,
        "recurrent": recurrent.score(_means(clip.track)),
    }


def drifted(clips: Sequence[Clip], changes: Mapping[str, Track]) -> list[Drifted]:
    """A camera's normal days, then another on which something was done to it; `changes` are that
    day's features ("none": nothing was). The alarm is that of stretches of five minutes."""
    found = []
    by_day = [c for c in clips if c.row.hour == 10.0 and c.row.day < NORMAL_DAYS]
    alarm = math.log10(Drift.empty().alarm)
    for change, track in changes.items():
        normal, drift = CameraNormal.empty(_shape(clips), 0.0), Drift.empty(TRIAL_STRETCH_S)
        for clip in by_day:
            _bet(normal, drift, clip.row, clip.track)
        usual = [height for _, height in drift.trace]
        last = Row("", by_day[0].row.camera, NORMAL_DAYS, 10.0, "none", "")
        _bet(normal, drift, last, np.concatenate([track, track[::-1]] * 3))
        heights = [height for _, height in drift.trace][len(usual) :]
        bets = next((n + 1 for n, height in enumerate(heights) if height >= alarm), None)
        highest = max(usual, default=0.0)
        found.append(Drifted(last.camera, change, bets, len(heights), highest))
    return found


def _bet(normal: CameraNormal, drift: Drift, row: Row, track: Track) -> None:
    rng = np.random.default_rng(row.day)
    for second, features in enumerate(track):
        when = moment(row, second)
        distances = normal.density.distances(features, when.hour, when.at_s)
        drift.look(float(np.median(distances)), when.hour, when.at_s, float(rng.random()))
        normal.density.learn(features, distances, when.hour, when.at_s)


def cost_ms(clips: Sequence[Clip]) -> dict[str, float]:
    """Processor time of one look, on one core: of the pattern, and of the recurrent autoencoder."""
    normal = taught(clips, 1)
    clip = next(c for c in clips if c.row.day == 1)
    recurrent = Recurrent([_means(clip.track)])
    began = time.process_time()
    for second, features in enumerate(clip.track):
        normal.look(features, moment(clip.row, second), occupied=False)
    pattern = time.process_time() - began
    window = _means(clip.track[:WINDOW_S])
    began = time.process_time()
    for _ in range(_TRIES):
        recurrent.score(window)
    apart = time.process_time() - began
    return {"pattern": 1e3 * pattern / len(clip.track), "recurrent": 1e3 * apart / _TRIES}


def area(positive: Scores, negative: Scores) -> float:
    """Area under the ROC curve: how often one of these is above one of those, a tie being half."""
    above = (positive[:, None] > negative[None, :]).mean()
    return float(above + 0.5 * (positive[:, None] == negative[None, :]).mean())


def _means(track: Track) -> Vectors:
    return np.asarray(track.mean(axis=(2, 3)), np.float32)


def _shape(clips: Sequence[Clip]) -> tuple[int, int, int]:
    channels, rows, columns = clips[0].track.shape[1:]
    return channels, rows, columns
