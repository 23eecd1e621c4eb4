"""From a trace to the alerts that would have gone out at given thresholds: the daemon's own second
half of the alarm step, run again."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core import decide, life
from edge.core.policy import SECOND_NS, Policy
from edge.core.types import LABELS, Box, Decision, Label, Phase, Way
from models.evaluation.recording import Recording
from models.evaluation.trace import Trace


@dataclass(frozen=True)
class Alert:
    """One phase of one event of a recording. `event` counts the events of the recording and label
    by their opening, `t_s` is when it would have gone out, `onset_s` when what is seen is thought
    to have begun: seconds from the first picture. `reopened`: an `updated` that calls again for an
    event which had closed. `held`: told while the last picture was held."""

    label: Label
    event: int
    phase: Phase
    t_s: float
    onset_s: float
    score: float
    threshold: float
    zone: str | None
    box: Box
    path: Way
    reopened: bool
    held: bool


@dataclass(frozen=True)
class Watched:
    """A recording, what the pipeline made of it, and the alerts at the thresholds of `policy`.
    Labels that are `off` are not watched for: no threshold alarms, and no hours count."""

    recording: Recording
    trace: Trace
    policy: Policy
    alerts: tuple[Alert, ...]
    off: frozenset[Label] = frozenset()


def alerts(trace: Trace, policy: Policy) -> tuple[Alert, ...]:
    """All phases of all events, in the order they are told. Schedules do not apply: a recording has
    no time of day."""
    state, told = decide.State(), []
    active = frozenset(LABELS)
    for number, (at_ns, evidence) in enumerate(zip(trace.at_ns, trace.evidence, strict=True)):
        if not evidence and not state.incidents:
            continue
        moment = life.Moment(int(at_ns), trace.aspect, policy, active)
        state, decisions = decide.tell("", state, evidence, moment)
        told += [(one, bool(trace.held[number])) for one in decisions]
    state, decisions = decide.finish("", state, int(trace.at_ns[-1]), policy)
    told += [(one, bool(trace.held[-1])) for one in decisions]
    return _numbered(told)


def _numbered(told: list[tuple[Decision, bool]]) -> tuple[Alert, ...]:
    numbers: dict[Label, dict[tuple[object, ...], int]] = {label: {} for label in LABELS}
    closed: set[tuple[object, ...]] = set()
    found = []
    for one, held in told:
        key = (one.label, one.zone, one.ordinal, one.opened_ns)
        number = numbers[one.label].setdefault(key, len(numbers[one.label]))
        found.append(
            Alert(
                label=one.label,
                event=number,
                phase=one.phase,
                t_s=one.at_ns / SECOND_NS,
                onset_s=one.since_ns / SECOND_NS,
                score=one.score,
                threshold=one.threshold,
                zone=one.zone,
                box=one.box,
                path=one.path,
                reopened=one.phase == "updated" and key in closed,
                held=held,
            )
        )
        closed.add(key) if one.phase == "closed" else closed.discard(key)
    return tuple(found)
