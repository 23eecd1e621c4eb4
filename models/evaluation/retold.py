"""The same recordings at other thresholds, without looking again; and what a threshold costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from edge.core.policy import Policy
from edge.core.types import Label
from models.evaluation import alarms
from models.evaluation.alarms import Watched
from models.evaluation.bounds import rate_upper
from models.evaluation.matching import matches, outcome
from models.evaluation.recording import Recording

DAY_S = 86_400.0
_NEVER = math.inf  # nothing trips at it
_SINGLE = 1e-6  # relative; what single precision may round away

ThresholdOf = Callable[[Recording], float]


def retold(one: Watched, label: Label, threshold: float) -> Watched:
    """The recording with the alerts of one label that it gives at this threshold, and no others."""
    policy = _at(one.policy, {label: threshold})
    strongest = float(one.trace.strongest(label).max(initial=0.0))
    silent = one.recording.kind == "picture" or strongest < threshold * (1 - _SINGLE)
    return replace(one, policy=policy, alerts=() if silent else alarms.alerts(one.trace, policy))


def _at(policy: Policy, thresholds: Mapping[Label, float]) -> Policy:
    return replace(
        policy,
        collapse=replace(policy.collapse, threshold=thresholds.get("collapse", _NEVER)),
        spill=replace(policy.spill, threshold=thresholds.get("spill", _NEVER)),
    )


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
        retold(one, label, threshold_of(one.recording))
        for one in watched
        if not one.recording.trained and camera in ("", one.recording.camera)
    )
    found = outcome(label, matches(heard, label))
    held = sum(alarm.alert.held for alarm in found.false_alarms)
    return Price(len(found.false_alarms), held, found.normal_s)
