"""Which errors are shown with their pictures, and which pictures of them.

Looking at errors by eye is half the work: a miss is shown at its onset, a little later, and where
the evidence was strongest; a false alarm at the moment it was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edge.core.types import LABELS, Box, Label
from models.evaluation.alarms import Watched
from models.evaluation.outcome import FalseAlarm, Incident, Outcomes, Sighting
from models.evaluation.recording import COUNTS_FOR_S, EARLY_S
from models.evaluation.report.numerals import score, seconds

ENTRIES_MAX = 60
_AFTER_S = 4.0  # after the onset a fall is over
_FEW = 12  # errors; with fewer, what was found with difficulty is shown as well
_HARD = 6  # of each label

Kind = Literal["missed", "false alarm", "slow", "weak"]
Kept = Mapping[str, Watched]


@dataclass(frozen=True)
class Still:
    """One analysed picture of a recording (by its key), drawn for a label, with a box or none."""

    recording: str
    label: Label
    at_ns: int
    box: Box | None = None


@dataclass(frozen=True)
class Shot:
    """A still and what it shows, in words."""

    still: Still
    words: str


@dataclass(frozen=True)
class Entry:
    """One error or difficult detection. `facts` are short lines for the caption."""

    kind: Kind
    label: Label
    clip: str
    source: str
    facts: tuple[str, ...]
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Wall:
    """What is shown, worst first, and how many errors there was no room for."""

    entries: tuple[Entry, ...]
    left_out: int

    @property
    def stills(self) -> tuple[Still, ...]:
        """All the stills, each once, in order."""
        return tuple(dict.fromkeys(shot.still for one in self.entries for shot in one.shots))


def chosen(watched: Sequence[Watched], outcomes: Outcomes, entries_max: int = ENTRIES_MAX) -> Wall:
    """The errors to look at: misses and false alarms have half of the room each, and what one of
    them does not need the other gets."""
    kept = {one.recording.key: one for one in watched}
    missed = sorted(
        (one for label in LABELS for one in outcomes[label].incidents if one.delay_s is None),
        key=lambda one: (one.best, one.label, one.name),
    )
    false = sorted(
        (one for label in LABELS for one in outcomes[label].false_alarms),
        key=lambda one: (-one.alert.score, one.recording.key, one.alert.t_s),
    )
    room = max(entries_max - len(false), entries_max // 2)
    shown_missed = missed[:room]
    shown_false = false[: entries_max - len(shown_missed)]
    entries = [_miss(one, kept) for one in shown_missed]
    entries += [_false_alarm(one, kept) for one in shown_false]
    left_out = len(missed) + len(false) - len(entries)
    if len(entries) < _FEW:
        entries += _hard(outcomes, kept)[: max(0, entries_max - len(entries))]
    return Wall(tuple(entries), left_out)


def _miss(incident: Incident, kept: Kept) -> Entry:
    sighting = max(incident.sightings, key=lambda one: one.best)
    one = kept[sighting.recording.key]
    span, label = sighting.span, incident.label
    threshold = one.policy.threshold(label)
    facts = [f"began at {seconds(span.onset_s)}", _against(sighting.best, threshold, tripped=False)]
    if sighting.late is not None:
        facts.append(f"told only {seconds(sighting.late.t_s - span.onset_s)} after it began")
    if incident.excused:
        facts.append("the camera was known not to see: not counted")
    if len(incident.sightings) > 1:
        facts.append(f"missed by all {len(incident.sightings)} cameras")
    shots = (
        _shot(one, label, span.onset_s, "at the onset"),
        _shot(one, label, min(span.onset_s + _AFTER_S, span.end_s), "a little later"),
        _strongest(one, label, sighting),
    )
    recording = sighting.recording
    return Entry("missed", label, recording.name, recording.source, tuple(facts), _once(shots))


def _false_alarm(false: FalseAlarm, kept: Kept) -> Entry:
    one, alert = kept[false.recording.key], false.alert
    facts = [f"at {seconds(alert.t_s)}", _against(alert.score, alert.threshold, tripped=True)]
    facts.append(f"way: {alert.path}")
    if alert.zone:
        facts.append(f"zone: {alert.zone}")
    if alert.held:
        facts.append("while the last picture was held")
    shot = _shot(one, alert.label, alert.t_s, "at the alert", alert.box)
    recording = false.recording
    return Entry(
        "false alarm", alert.label, recording.name, recording.source, tuple(facts), (shot,)
    )


def _hard(outcomes: Outcomes, kept: Kept) -> list[Entry]:
    """Of each label the slowest detections, and those that came nearest to being missed."""
    entries: list[Entry] = []
    for label in LABELS:
        found = [one for one in outcomes[label].incidents if one.delay_s is not None]
        slow = sorted(found, key=lambda one: (-(one.delay_s or 0.0), one.name))[: _HARD // 2]
        rest = [one for one in found if one not in slow]
        weak = sorted(rest, key=lambda one: (one.best, one.name))[: _HARD // 2]
        entries += [_found("slow", one, kept) for one in slow]
        entries += [_found("weak", one, kept) for one in weak]
    return entries


def _found(kind: Kind, incident: Incident, kept: Kept) -> Entry:
    seeing = [one for one in incident.sightings if one.alert is not None]
    sighting = min(seeing, key=lambda one: one.delay_s or 0.0)
    one, alert = kept[sighting.recording.key], sighting.alert
    if alert is None:
        raise ValueError(f"{incident.name} was found by nobody")
    facts = (
        f"told {seconds(sighting.delay_s)} after it began",
        _against(alert.score, alert.threshold, tripped=True),
        f"would be found up to a threshold of {score(incident.best)}",
    )
    shots = (
        _shot(one, incident.label, sighting.span.onset_s, "at the onset"),
        _shot(one, incident.label, alert.t_s, "at the alert", alert.box),
    )
    recording = sighting.recording
    return Entry(kind, incident.label, recording.name, recording.source, facts, _once(shots))


def _against(reached: float, threshold: float, *, tripped: bool) -> str:
    if tripped:
        return f"score {score(reached)}, threshold {score(threshold)}"
    if reached <= 0:
        return f"nothing was followed at all (threshold {score(threshold)})"
    return f"strongest {score(reached)}, threshold {score(threshold)}"


def _shot(one: Watched, label: Label, at_s: float, words: str, box: Box | None = None) -> Shot:
    """The analysed picture nearest to a time; in held time the last of the recording's own."""
    own = one.trace.at_ns[~one.trace.held]
    at_ns = int(own[np.abs(own - round(at_s * 1e9)).argmin()])
    if at_s > one.trace.seconds:
        words = f"{words} ({seconds(at_s)}): the last picture"
    return Shot(Still(one.recording.key, label, at_ns, box), f"{words}, {seconds(at_ns / 1e9)}")


def _strongest(one: Watched, label: Label, sighting: Sighting) -> Shot:
    """Where the evidence was strongest within the time that counts, with its box."""
    onset_s, at_s = sighting.span.onset_s, one.trace.at_s
    counts = (at_s >= onset_s - EARLY_S) & (at_s <= onset_s + COUNTS_FOR_S[label])
    index = int(np.where(counts, one.trace.strongest(label), -1.0).argmax())
    seen = [item for item in one.trace.evidence[index] if item.label == label]
    box = max(seen, key=lambda item: item.score).box if seen else None
    return _shot(one, label, float(at_s[index]), "where it was strongest", box)


def _once(shots: Iterable[Shot]) -> tuple[Shot, ...]:
    """Each moment once: of two shots of one picture the later says more."""
    kept: dict[int, Shot] = {}
    for shot in shots:
        kept[shot.still.at_ns] = shot
    return tuple(kept[at_ns] for at_ns in sorted(kept))
