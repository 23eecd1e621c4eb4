"""The life of an event: opened, updated, closed.

An incident opens on a trip. Evidence near it keeps it open, an `updated` now and then saying so.
It closes when evidence has been weak for `clear_s`. A trip near it within `cool_down_s` of closing
reopens it, as an `updated` of the same event: never silence, and never a second page for one fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.core.evidence import Evidence, near, overlap, trip
from edge.core.policy import SECOND_NS, Policy
from edge.core.types import Box, Decision, Label, Phase, Way

HYSTERESIS = 0.5  # evidence this share of the threshold keeps an open event open
_REACH = 1.0  # of the longest side: how far the same incident may have moved
_INCIDENTS_MAX = 32  # open or cooling on one camera; more is a broken camera, not more falls


@dataclass(frozen=True)
class Incident:
    """An event and where it stands. `closed_ns` is None while it is open."""

    label: Label
    zone: str | None
    ordinal: int
    box: Box
    since_ns: int
    opened_ns: int
    held_ns: int
    told_ns: int
    closed_ns: int | None
    seq: int
    score: float
    path: Way


@dataclass(frozen=True)
class Moment:
    """When it is, how wide the picture, what the rules are, and which labels are watched now."""

    at_ns: int
    aspect: float
    policy: Policy
    active: frozenset[Label]


Told = tuple[Phase, Incident]


def live(
    incidents: tuple[Incident, ...], evidence: Sequence[Evidence], moment: Moment
) -> tuple[tuple[Incident, ...], tuple[Told, ...]]:
    """The incidents after one more frame, and the phases to tell of now."""
    told: list[Told] = []
    current = list(incidents)
    for item in evidence:
        if item.label in moment.active:
            _take(current, item, moment, told)
    kept = []
    for incident in current:
        after = _age(incident, moment, told)
        if after is not None:
            kept.append(after)
    return tuple(kept), tuple(told)


def _take(current: list[Incident], item: Evidence, moment: Moment, told: list[Told]) -> None:
    threshold = moment.policy.threshold(item.label)
    tripped = trip(item, threshold)
    index = _find(current, item, moment.aspect)
    if index is None:
        if tripped and len(current) < _INCIDENTS_MAX:
            current.append(_open(current, item, moment.at_ns))
            told.append(("opened", current[-1]))
        return
    incident = current[index]
    if incident.closed_ns is not None:
        if tripped:
            again = replace(incident, closed_ns=None, box=item.box)
            current[index] = _tell(again, item, moment.at_ns)
            told.append(("updated", current[index]))
    elif item.holding >= HYSTERESIS * threshold:
        # Evidence comes strongest first. What merely lies near keeps the event open as well, but
        # does not lead it away from what it was opened for.
        first = incident.held_ns < moment.at_ns and overlap(incident.box, item.box)
        incident = replace(incident, held_ns=moment.at_ns, box=item.box if first else incident.box)
        current[index] = incident
        due_ns = int(moment.policy.life(item.label).update_s * SECOND_NS)
        if tripped and moment.at_ns - incident.told_ns >= due_ns:
            current[index] = _tell(incident, item, moment.at_ns)
            told.append(("updated", current[index]))


def _find(current: Sequence[Incident], item: Evidence, aspect: float) -> int | None:
    """The incident this evidence belongs to: open ones first, then those in cool-down. A puddle
    that grows over a zone's border, or a person who crawls over it, stays the same incident."""
    matching = [
        (incident.closed_ns is not None, index)
        for index, incident in enumerate(current)
        if incident.label == item.label and near(incident.box, item.box, aspect, _REACH)
    ]
    return min(matching)[1] if matching else None


def _open(current: Sequence[Incident], item: Evidence, at_ns: int) -> Incident:
    used = {i.ordinal for i in current if i.label == item.label and i.zone == item.zone}
    ordinal = next(n for n in range(len(used) + 1) if n not in used)
    return Incident(
        item.label, item.zone, ordinal, item.box, min(item.since_ns, at_ns), at_ns, at_ns, at_ns,
        None, 0, item.score, item.path,
    )  # fmt: skip


def _tell(incident: Incident, item: Evidence, at_ns: int) -> Incident:
    return replace(incident, held_ns=at_ns, told_ns=at_ns, seq=incident.seq + 1, score=item.score)


def _age(incident: Incident, moment: Moment, told: list[Told]) -> Incident | None:
    life = moment.policy.life(incident.label)
    if incident.closed_ns is not None:
        cooling = moment.at_ns - incident.closed_ns <= life.cool_down_s * SECOND_NS
        return incident if cooling else None
    quiet = moment.at_ns - incident.held_ns >= life.clear_s * SECOND_NS
    if quiet or incident.label not in moment.active:
        incident = close(incident, moment.at_ns)
        told.append(("closed", incident))
    return incident


def close(incident: Incident, at_ns: int) -> Incident:
    """The incident, closed now."""
    return replace(incident, closed_ns=at_ns, told_ns=at_ns, seq=incident.seq + 1)


def decision(camera: str, phase: Phase, incident: Incident, at_ns: int, policy: Policy) -> Decision:
    """What to tell of an incident."""
    return Decision(
        camera=camera,
        label=incident.label,
        zone=incident.zone,
        ordinal=incident.ordinal,
        phase=phase,
        seq=incident.seq,
        since_ns=incident.since_ns,
        opened_ns=incident.opened_ns,
        at_ns=at_ns,
        score=incident.score,
        threshold=policy.threshold(incident.label),
        box=incident.box,
        path=incident.path,
    )
