"""Picture by picture, for those who expect it: what each picture of a clip says by itself, against
whether something was going on just then.

It flatters and it blames wrongly (pictures of one incident are near-copies, and nobody is on the
floor yet at the onset): the numbers to go by are those of events. None wherever undefined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, confusion_matrix, log_loss, roc_auc_score

from edge.core.types import Label
from models.evaluation.alarms import Watched
from models.evaluation.bounds import share
from models.evaluation.recording import Recording

Numbers = dict[str, Any]

BINS = 15
CLIP = 1e-6  # log loss of a sure mistake is no further than this from it


@dataclass(frozen=True)
class Samples:
    """N pictures of clips: whether something went on (`truth`), what each said (`scores`, 0–1), and
    whether that was at or above the threshold of its recording (`alarmed`)."""

    truth: NDArray[np.bool_]
    scores: NDArray[np.float64]
    alarmed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.truth)


def samples(watched: Iterable[Watched], label: Label) -> Samples:
    """The analysed pictures of all clips: neither held ones, nor those to be ignored, nor single
    pictures, nor those of cameras on which the label is switched off."""
    truth, scores, alarmed = [], [], []
    for one in watched:
        if one.recording.kind == "picture" or label in one.off:
            continue
        at_s = one.trace.at_s
        counts = ~one.trace.held & ~_during(one.recording, "ignore", at_s)
        said = one.trace.glance[label][counts].astype(np.float64)
        truth.append(_during(one.recording, label, at_s)[counts])
        scores.append(said)
        alarmed.append(said >= one.policy.threshold(label))
    if not truth:
        return Samples(np.zeros(0, np.bool_), np.zeros(0), np.zeros(0, np.bool_))
    return Samples(np.concatenate(truth), np.concatenate(scores), np.concatenate(alarmed))


def numbers(of: Samples) -> Numbers:
    """Confusion matrix at the threshold and what follows from it; areas, loss and calibration."""
    tn, fp, fn, tp = (0, 0, 0, 0)
    if len(of):
        tn, fp, fn, tp = map(int, confusion_matrix(of.truth, of.alarmed, labels=[0, 1]).ravel())
    return {
        "pictures": len(of),
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": tn,
        "recall": share(tp, tp + fn),
        "precision": share(tp, tp + fp),
        "f1": _f(1, tp, fp, fn),
        "f2": _f(2, tp, fp, fn),
        "fnr": share(fn, tp + fn),
        "npv": share(tn, tn + fn),
        "specificity": share(tn, tn + fp),
        **areas(of.truth, of.scores),
        "log_loss": _log_loss(of) if len(of) else None,
        "expected_calibration_error": calibration_error(of) if len(of) else None,
    }


def areas(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, float | None]:
    """Area under the ROC curve, and average precision; both only where there are both kinds."""
    if not truth.any() or truth.all():
        return {"roc_auc": None, "average_precision": None}
    return {
        "roc_auc": float(roc_auc_score(truth, scores)),
        "average_precision": float(average_precision_score(truth, scores)),
    }


def reliability(of: Samples) -> list[dict[str, float | int]]:
    """Bins of equal width over the score that hold any picture: how many, their mean score, and the
    share in which something went on."""
    bins = np.minimum((of.scores * BINS).astype(np.int64), BINS - 1)
    return [
        {
            "pictures": int(here.sum()),
            "score": float(of.scores[here].mean()),
            "share": float(of.truth[here].mean()),
        }
        for here in (bins == number for number in range(BINS))
        if here.any()
    ]


def calibration_error(of: Samples) -> float:
    """Expected calibration error (Guo et al. 2017, 15 bins): how far score and share lie apart, by
    the pictures in each bin."""
    return sum(
        row["pictures"] / len(of) * abs(row["score"] - row["share"]) for row in reliability(of)
    )


def _during(recording: Recording, label: str, at_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    inside = np.zeros(len(at_s), np.bool_)
    for span in recording.spans:
        if span.label == label:
            inside |= (span.onset_s <= at_s) & (at_s <= span.end_s)
    return inside


def _f(beta: int, tp: int, fp: int, fn: int) -> float | None:
    of = (1 + beta**2) * tp + beta**2 * fn + fp
    return (1 + beta**2) * tp / of if of else None


def _log_loss(of: Samples) -> float:
    return float(log_loss(of.truth, np.clip(of.scores, CLIP, 1 - CLIP), labels=[0, 1]))
