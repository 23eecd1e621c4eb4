"""The same recordings at other thresholds, without looking again; and what a threshold costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.core.evidence import Evidence
from edge.core.life import HYSTERESIS
from edge.core.policy import Policy
from edge.core.types import Label
from models.evaluation import alarms
from models.evaluation.alarms import Watched
from models.evaluation.bounds import rate_upper
from models.evaluation.evidence_table import EvidenceTable
from models.evaluation.matching import matches, outcome
from models.evaluation.recording import Recording

DAY_S = 86_400.0

ThresholdOf = Callable[[Recording], float]


@dataclass(frozen=True)
class Swept:
    """A recording with only one label's evidence, as a table and piece by piece, and its strongest
    score per picture (N). The pieces take much memory: hold few of these at once."""

    watched: Watched
    label: Label
    evidence: EvidenceTable
    pieces: tuple[Evidence, ...]
    strongest: NDArray[np.float64]

    @classmethod
    def of(cls, one: Watched, label: Label) -> Swept:
        """The other label's evidence is left out: the two share nothing but the limit on incidents
        that are open at once on a camera."""
        evidence = EvidenceTable.of(one.trace.evidence).of_label(label)
        if label in one.off:
            evidence = evidence.only(np.zeros_like(evidence.columns["score"], np.bool_))
        pieces = tuple(piece for picture in evidence for piece in picture)
        return cls(one, label, evidence, pieces, evidence.strongest())

    def at(self, threshold: float) -> Watched:
        """The recording with the alerts of the label at a threshold, and no others. Only what can
        matter is gone through, for hours of footage at dozens of thresholds: from the first trip
        (before it nothing is open) to the last (after it nothing is told but that it closes),
        without evidence too weak to hold."""
        policy = _with_threshold(self.watched.policy, self.label, threshold)
        trips = np.flatnonzero(self.strongest >= threshold)
        if not len(trips):
            return replace(self.watched, policy=policy, alerts=())
        kept = slice(int(trips[0]), int(trips[-1]) + 1)
        seen, begin = self.evidence[kept], int(self.evidence.starts[kept.start])
        holds = seen.columns["holding"] >= HYSTERESIS * threshold
        trace = self.watched.trace
        cut = replace(
            trace,
            at_ns=trace.at_ns[kept],
            held=trace.held[kept],
            evidence=seen.picked(holds | (seen.columns["score"] >= threshold), self.pieces[begin:]),
        )
        return replace(self.watched, policy=policy, alerts=alarms.alerts(cut, policy))


def _with_threshold(policy: Policy, label: Label, threshold: float) -> Policy:
    if label == "collapse":
        return replace(policy, collapse=replace(policy.collapse, threshold=threshold))
    return replace(policy, spill=replace(policy.spill, threshold=threshold))


@dataclass(frozen=True)
class Price:
    """What a threshold costs on footage in which nothing happens: false alarms in `normal_s`
    seconds. `held` of them came while a last picture was held, which is in no seconds: so the rate
    may err high, never low."""

    false_alarms: int
    held: int
    normal_s: float

    @property
    def per_camera_day(self) -> float | None:
        """False alarms a camera and day; None without any normal footage."""
        return self.false_alarms / self.normal_s * DAY_S if self.normal_s > 0 else None

    def per_camera_day_upper(self, confidence: float) -> float | None:
        """Its one-sided upper bound."""
        return rate_upper(self.false_alarms, self.normal_s / DAY_S, confidence)


def price(
    watched: Iterable[Watched], label: Label, threshold_of: ThresholdOf, camera: str = ""
) -> Price:
    """Of one label at a threshold, on all that a camera has seen (all cameras, where none is
    named). Recordings the model was trained on show nothing, and are left out."""
    heard = (
        Swept.of(one, label).at(threshold_of(one.recording))
        for one in watched
        if not one.recording.trained and camera in ("", one.recording.camera)
    )
    found = outcome(label, matches(heard, label))
    held = sum(alarm.alert.held for alarm in found.false_alarms)
    return Price(len(found.false_alarms), held, found.normal_s)
