"""Likely label errors: answers that the model, having seen how people answer, would not expect.

Confident learning (Northcutt, Jiang, Chuang, JAIR 70, 2021), as cleanlab has it. It needs
probabilities *out of sample*: from a model that has learnt neither these pictures nor these
answers. The shipped network has not seen a site's pictures; what a fine-tuned one was trained on is
left out here (`models.seen`). Its scores are no probabilities: what they mean in these answers is
fitted by a logistic regression, always to the answers of other cameras' days than those it is then
asked about. Where there are too few for that, the scores are taken as they are.

A doubt is no verdict: hard pictures are doubted, too. It says what to look at once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cleanlab.filter import find_label_issues
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from models.label.words import Answer

CLASSES: tuple[Answer, ...] = ("nothing", "collapse", "spill")
FOLDS = 5
PER_CLASS_MIN = 10  # answers of a kind; fewer fit nothing
_LEAST = 1e-4  # a score nearer to 0 or 1 says no more
Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """An answer, and the model's highest scores (0–1) of each label. `day` is the camera's day."""

    item: int
    answer: Answer
    collapse: float
    spill: float
    day: str


@dataclass(frozen=True)
class Doubt:
    """An answer to look at again: how likely it is, and what is likelier."""

    item: int
    answer: Answer
    probability: float
    likelier: Answer


@dataclass(frozen=True)
class Found:
    """The doubts, the least likely first, of so many answers; whether scores were fitted to
    answers of other days."""

    doubts: tuple[Doubt, ...]
    of: int
    fitted: bool


def doubted(answers: Sequence[Said]) -> Found:
    """Those of the answers, other than `unsure`, that are likely wrong."""
    sure = [one for one in answers if one.answer in CLASSES]
    given = [answer for answer in CLASSES if any(one.answer == answer for one in sure)]
    if len(given) < 2:
        return Found((), len(sure), False)
    fitted = _fitted(sure, given)
    likely = _as_they_are(sure, given) if fitted is None else fitted
    labels = np.array([given.index(one.answer) for one in sure])
    which = find_label_issues(labels, likely, n_jobs=1, return_indices_ranked_by="self_confidence")
    doubts = [
        Doubt(sure[n].item, sure[n].answer, float(likely[n, labels[n]]), given[best])
        for n in which
        if (best := int(likely[n].argmax())) != labels[n]
    ]
    return Found(tuple(doubts), len(sure), fitted is not None)


def _fitted(sure: Sequence[Said], given: Sequence[Answer]) -> Probabilities | None:
    """N×K, each from answers of other camera-days; None where there are too few."""
    counts = Counter(one.answer for one in sure)
    days_of = [{one.day for one in sure if one.answer == answer} for answer in given]
    if min(counts.values()) < PER_CLASS_MIN or min(map(len, days_of)) < FOLDS:
        return None
    features = np.array([[_logit(one.collapse), _logit(one.spill)] for one in sure])
    labels = np.array([given.index(one.answer) for one in sure])
    days = np.array([one.day for one in sure])
    likely = np.zeros((len(sure), len(given)))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for others, held in folds.split(features, labels, days):
        model = LogisticRegression(max_iter=1000).fit(features[others], labels[others])
        likely[np.ix_(held, model.classes_)] = model.predict_proba(features[held])
    return likely


def _as_they_are(sure: Sequence[Said], given: Sequence[Answer]) -> Probabilities:
    """N×K: one of both labels, or neither, by the scores as if they were probabilities."""
    c = np.clip([one.collapse for one in sure], _LEAST, 1 - _LEAST)
    s = np.clip([one.spill for one in sure], _LEAST, 1 - _LEAST)
    of = {"nothing": (1 - c) * (1 - s), "collapse": c * (1 - s), "spill": s * (1 - c)}
    likely = np.stack([of[answer] for answer in given], 1)
    return np.asarray(likely / likely.sum(1, keepdims=True))


def _logit(score: float) -> float:
    inside = min(max(score, _LEAST), 1 - _LEAST)
    return float(np.log(inside / (1 - inside)))
