"""Which alert counts for which incident.

For each label of each recording by itself. An incident counts from `EARLY_S` before its onset to
`COUNTS_FOR_S` after it (its window); it is scored to its end, if that is later (its scored span).
What lasts to the recording's end goes on as long as the last picture is held: that picture shows
it.

1. Alert starts (`opened`, or an `updated` that reopens) are taken in time order. Each is given to
   the earliest incident that has none yet and in whose window it lies. A start counts once.
2. A plain `updated` tells as well: it counts for an incident still without an alert in whose
   window it lies, if its event has not been given to another.
3. Any other `opened` is, the first that applies: *late* for an incident that was missed; a
   *duplicate* in the scored span of any incident; *ignored* in that of an `ignore`; a *duplicate*
   within the cool-down of what an event that told in an incident's scored span last told; else a
   *false alarm*.

Which openings are false alarms depends on truth and times alone, never on which alert was given to
which incident: so an alert more never makes another one false.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge.core.types import LABELS, Label
from models.evaluation.alarms import Alert, Watched
from models.evaluation.evidence_table import EvidenceTable
from models.evaluation.outcome import FalseAlarm, Incident, Outcome, Outcomes, Sighting
from models.evaluation.recording import COUNTS_FOR_S, EARLY_S, Recording, Span
from models.evaluation.stretches import Stretches, length_s, within, without

# Truth is written in decimals and pictures are dated in binary: less than this is no difference.
_SAME_S = 1e-6
# Nor do people mark the very last picture: what ends so shortly before a recording's end lasts to
# it.
_REACHES_END_S = 0.5


@dataclass(frozen=True)
class Matched:
    """One label of one recording. `normal` are the stretches of its own time (held time left out)
    in which nothing of this label happened nor was to be ignored, and in which it saw; `watched_s`
    and `unseen_s` are seconds as in `Outcome`. A label that is switched off has no time at all."""

    recording: Recording
    label: Label
    sightings: tuple[Sighting, ...]
    false_alarms: tuple[FalseAlarm, ...]
    duplicates: int
    ignored: int
    normal: Stretches
    watched_s: float
    unseen_s: float


@dataclass(frozen=True)
class _Scored:
    """A span, until when an alert counts for it, and until when it goes on: infinite for what lasts
    to the recording's end, as after that there is held time alone."""

    span: Span
    until_s: float
    end_s: float

    @property
    def scored_s(self) -> float:
        """Until when it is scored."""
        return max(self.end_s, self.until_s)

    def counts(self, t_s: float) -> bool:
        return self._since(t_s) and t_s <= self.until_s + _SAME_S

    def scores(self, t_s: float) -> bool:
        return self._since(t_s) and t_s <= self.scored_s + _SAME_S

    def too_late(self, t_s: float) -> bool:
        return self.until_s + _SAME_S < t_s <= self.end_s + _SAME_S

    def _since(self, t_s: float) -> bool:
        return t_s >= self.span.onset_s - EARLY_S - _SAME_S


def outcomes(
    watched: Iterable[Watched], counts_for_s: Mapping[Label, float] = COUNTS_FOR_S
) -> Outcomes:
    """What became of every incident and alert, per label. Single pictures take no part."""
    of = tuple(watched)
    return {label: outcome(label, matches(of, label, counts_for_s)) for label in LABELS}


def matches(
    watched: Iterable[Watched], label: Label, counts_for_s: Mapping[Label, float] = COUNTS_FOR_S
) -> tuple[Matched, ...]:
    """Recording by recording, in the order of their keys; single pictures take no part."""
    lasting = (one for one in watched if one.recording.kind != "picture")
    ordered = sorted(lasting, key=lambda one: one.recording.key)
    return tuple(match(one, label, counts_for_s[label]) for one in ordered)


def outcome(label: Label, matched: Iterable[Matched]) -> Outcome:
    """Recordings of one label together: rows with one name are one incident."""
    parts = tuple(matched)
    named: dict[str, list[Sighting]] = {}
    for sighting in (sighting for part in parts for sighting in part.sightings):
        named.setdefault(sighting.span.incident, []).append(sighting)
    return Outcome(
        label=label,
        incidents=tuple(Incident(label, name, tuple(seen)) for name, seen in named.items()),
        false_alarms=tuple(alarm for part in parts for alarm in part.false_alarms),
        duplicates=sum(part.duplicates for part in parts),
        ignored=sum(part.ignored for part in parts),
        normal_s=sum((length_s(part.normal) for part in parts), 0.0),
        watched_s=sum((part.watched_s for part in parts), 0.0),
        unseen_s=sum((part.unseen_s for part in parts), 0.0),
    )


def match(one: Watched, label: Label, counts_for_s: float) -> Matched:
    """One label of one recording, by the rules above."""
    incidents = _scored(one, label, counts_for_s)
    ignores = _scored(one, "ignore", counts_for_s)
    alerts = sorted((a for a in one.alerts if a.label == label), key=lambda alert: alert.t_s)
    found = _found(incidents, alerts)
    late = _late(incidents, alerts, found)
    false_alarms, duplicates, ignored = [], 0, 0
    about = _about(incidents, alerts)
    for number, alert in enumerate(alerts):
        if alert.phase != "opened" or number in found.values() or number in late.values():
            continue
        if any(incident.scores(alert.t_s) for incident in incidents):
            duplicates += 1
        elif any(ignore.scores(alert.t_s) for ignore in ignores):
            ignored += 1
        elif _cools(alert.t_s, about, one.policy.life(label).cool_down_s):
            duplicates += 1
        else:
            false_alarms.append(FalseAlarm(one.recording, alert))
    seconds = 0.0 if label in one.off else one.trace.seconds
    gaps = [(gap.from_s, gap.to_s) for gap in one.trace.gaps]
    scored = [(part.span.onset_s - EARLY_S, part.scored_s) for part in (*incidents, *ignores)]
    return Matched(
        recording=one.recording,
        label=label,
        sightings=_sightings(one, label, incidents, alerts, (found, late)),
        false_alarms=tuple(false_alarms),
        duplicates=duplicates,
        ignored=ignored,
        normal=without([(0.0, seconds)], (*scored, *gaps)),
        watched_s=seconds,
        unseen_s=length_s(within(gaps, seconds)),
    )


def _scored(one: Watched, label: str, counts_for_s: float) -> list[_Scored]:
    spans = sorted(
        (span for span in one.recording.spans if span.label == label),
        key=lambda span: (span.onset_s, span.end_s, span.incident),
    )
    last_s = one.trace.seconds - _REACHES_END_S - _SAME_S
    return [
        _Scored(s, s.onset_s + counts_for_s, s.end_s if s.end_s < last_s else math.inf)
        for s in spans
    ]


def _starts(alert: Alert) -> bool:
    return alert.phase == "opened" or alert.reopened


def _found(incidents: Sequence[_Scored], alerts: Sequence[Alert]) -> dict[int, int]:
    """Rules 1 and 2: the number of an incident to the number of the alert given to it."""
    found: dict[int, int] = {}
    given: set[int] = set()

    def give(number: int) -> None:
        for index, incident in enumerate(incidents):
            if index not in found and incident.counts(alerts[number].t_s):
                found[index] = number
                given.add(alerts[number].event)
                return

    for number, alert in enumerate(alerts):
        if _starts(alert):
            give(number)
    for number, alert in enumerate(alerts):
        if alert.phase == "updated" and not alert.reopened and alert.event not in given:
            give(number)
    return found


def _late(
    incidents: Sequence[_Scored], alerts: Sequence[Alert], found: Mapping[int, int]
) -> dict[int, int]:
    """The first start within each missed incident that came after its window."""
    late: dict[int, int] = {}
    for number, alert in enumerate(alerts):
        if not _starts(alert) or number in found.values():
            continue
        for index, incident in enumerate(incidents):
            if index not in found and index not in late and incident.too_late(alert.t_s):
                late[index] = number
                break
    return late


def _about(incidents: Sequence[_Scored], alerts: Sequence[Alert]) -> list[float]:
    """When events that are about an incident told something, from the first phase on that lies in
    its scored span."""
    told: list[float] = []
    events: set[int] = set()
    for alert in alerts:
        if alert.phase != "closed" and any(one.scores(alert.t_s) for one in incidents):
            events.add(alert.event)
        if alert.event in events:
            told.append(alert.t_s)
    return told


def _cools(t_s: float, told_s: Iterable[float], cool_down_s: float) -> bool:
    return any(0 <= t_s - at_s <= cool_down_s + _SAME_S for at_s in told_s)


def _sightings(
    one: Watched,
    label: Label,
    incidents: Sequence[_Scored],
    alerts: Sequence[Alert],
    given: tuple[Mapping[int, int], Mapping[int, int]],
) -> tuple[Sighting, ...]:
    found, late = given
    best = _best(one, label, incidents)
    seen = []
    for index, incident in enumerate(incidents):
        alert = alerts[found[index]] if index in found else None
        seen.append(
            Sighting(
                recording=one.recording,
                span=incident.span,
                alert=alert,
                late=alerts[late[index]] if index in late else None,
                best=best[index],
                excused=alert is None and _excused(one, incident.span.onset_s),
            )
        )
    return tuple(seen)


def _best(one: Watched, label: Label, incidents: Sequence[_Scored]) -> list[float]:
    """The highest threshold at which each trips while it counts and before the next begins: what
    trips after that is the next one's. Not from `Trace.strongest`, which rounds."""
    if label in one.off:
        return [0.0] * len(incidents)
    at_s, evidence = one.trace.at_s, EvidenceTable.of(one.trace.evidence)
    onsets = [incident.span.onset_s for incident in incidents]
    best = []
    for incident in incidents:
        next_s = min((s for s in onsets if s > incident.span.onset_s), default=math.inf)
        first, last = np.searchsorted(
            at_s, (incident.span.onset_s - EARLY_S - _SAME_S, incident.until_s + _SAME_S)
        )
        last = min(last, np.searchsorted(at_s, next_s - EARLY_S - _SAME_S))
        seen = evidence[first:last].of_label(label)
        best.append(float(seen.columns["score"].max(initial=0.0)))
    return best


def _excused(one: Watched, onset_s: float) -> bool:
    return any(gap.told and gap.from_s <= onset_s < gap.to_s for gap in one.trace.gaps)
