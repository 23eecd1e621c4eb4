"""What can be promised with the incidents at hand: for each label, for all cameras or for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.core.types import Label
from models.evaluation.alarms import Watched
from models.evaluation.eligible import Eligible, cameras, eligible, of_camera
from models.evaluation.matching import matches, outcome
from models.evaluation.outcome import Incident
from models.evaluation.promise import LADDER, Tuned, ladder, tune
from models.evaluation.retold import Price, price


@dataclass(frozen=True)
class Rung:
    """What a threshold keeps, and what it costs (None: there is none)."""

    tuned: Tuned
    price: Price | None


@dataclass(frozen=True)
class Offer:
    """What the incidents of one label allow to be promised, for all cameras or for `camera`.
    `wanted` is what was asked for, `rungs` are other recalls, `incidents` those that counted."""

    label: Label
    camera: str
    incidents: tuple[Incident, ...]
    wanted: Rung
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Tuning:
    """The offers of one label: for the site, and for each camera that was asked for."""

    eligible: Eligible
    site: Offer
    cameras: tuple[Offer, ...]


def tunings(
    watched: Mapping[Label, Sequence[Watched]], goal: tuple[float, float], *, per_camera: bool
) -> tuple[Tuning, ...]:
    """Label by label, from all that is watched for it; `goal` is the recall that is wanted and the
    confidence. Raises Overlapping."""
    found = {label: eligible_of(label, seen) for label, seen in watched.items()}
    return tuple(
        Tuning(
            those,
            _offer(watched[label], label, "", those.incidents, goal),
            tuple(
                _offer(watched[label], label, name, of_camera(those.incidents, name), goal)
                for name in (cameras(those.incidents) if per_camera else ())
            ),
        )
        for label, those in found.items()
    )


def eligible_of(label: Label, watched: Sequence[Watched]) -> Eligible:
    """The incidents that may speak for a promise. Raises Overlapping."""
    incidents = outcome(label, matches(watched, label)).incidents
    return eligible(label, incidents, {one.recording.key: one.trace for one in watched})


def _offer(
    watched: Sequence[Watched],
    label: Label,
    camera: str,
    incidents: tuple[Incident, ...],
    goal: tuple[float, float],
) -> Offer:
    recall, confidence = goal
    best = [incident.best for incident in incidents]
    recalls = sorted({*LADDER, recall})
    prices: dict[float, Price] = {}

    def rung(tuned: Tuned) -> Rung:
        at = tuned.threshold
        if at is None:
            return Rung(tuned, None)
        if at not in prices:
            prices[at] = price(watched, label, lambda _: at, camera)
        return Rung(tuned, prices[at])

    return Offer(
        label,
        camera,
        incidents,
        rung(tune(best, recall, confidence)),
        tuple(rung(tuned) for tuned in ladder(best, confidence, recalls)),
    )
