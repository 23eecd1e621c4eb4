"""A recording's scores over time with the truth behind them and the alerts above, light enough for
several hundred on one page: the template draws them, this works out where everything is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.core.types import LABELS, Label
from models.evaluation.alarms import Alert, Watched
from models.evaluation.outcome import Outcomes, Sighting
from models.evaluation.report.numerals import score, seconds
from models.evaluation.trace import Gap

WIDTH, HEIGHT = 1000, 100  # of a lane's drawing, in its own units
_POINTS_MAX = 250
_OF_NOTE = 0.5  # of the threshold: weaker scores of a label nothing happened of are not drawn

Fate = Literal["found", "false alarm", "late", "repeat"]
Key = tuple[str, Alert]


@dataclass(frozen=True)
class Stretch:
    """A part of the time, in units of the drawing, with a word for whoever points at it."""

    x: float
    width: float
    words: str


@dataclass(frozen=True)
class Mark:
    """An alert: where, what became of it, and its numbers."""

    x: float
    fate: Fate
    words: str


@dataclass(frozen=True)
class Lane:
    """One label of a recording. `tripping` is the line of what the alarm step knows, `glance` the
    outline of what each picture says by itself; `events` are the times in which one was open."""

    label: Label
    tripping: str
    glance: str
    threshold_y: float
    threshold: str
    spans: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    events: tuple[Stretch, ...]

    @property
    def described(self) -> str:
        """For whoever cannot see it."""
        parts = [one.words for one in self.spans] + [one.words for one in self.marks]
        return f"scores for {self.label} against {self.threshold}: {'; '.join(parts) or 'nothing'}"


@dataclass(frozen=True)
class Timeline:
    """All that is drawn of one recording. `faults` counts misses and false alarms; `summary` says
    them; `ticks` are positions (per cent) and words of the axis."""

    clip: str
    source: str
    length: str
    lanes: tuple[Lane, ...]
    ignored: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]
    held: Stretch | None
    ticks: tuple[tuple[float, str], ...]
    faults: int
    summary: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Fates:
    """What became of each alert and each sighting, by recording. `elsewhere`: no alert here, but
    another camera found it."""

    alerts: Mapping[Key, Fate]
    sightings: Mapping[tuple[str, Label], tuple[Sighting, ...]]
    elsewhere: Set[tuple[str, str, str]]

    def found_elsewhere(self, one: Sighting) -> bool:
        """Whether nothing was told of it here, but by another camera."""
        return _of(one) in self.elsewhere


def drawn(watched: Sequence[Watched], outcomes: Outcomes) -> tuple[Timeline, ...]:
    """One for each recording that lasts: those with the most faults first."""
    fates = _fates(outcomes)
    lasting = (one for one in watched if one.recording.kind != "picture")
    lines = [_timeline(one, fates) for one in lasting]
    return tuple(sorted(lines, key=lambda line: (-line.faults, line.source, line.clip)))


def _fates(outcomes: Outcomes) -> _Fates:
    alerts: dict[Key, Fate] = {}
    sightings: dict[tuple[str, Label], tuple[Sighting, ...]] = {}
    found = (i for label in LABELS for i in outcomes[label].incidents if i.delay_s is not None)
    elsewhere = {_of(s) for one in found for s in one.sightings if s.alert is None}
    for label in LABELS:
        for false in outcomes[label].false_alarms:
            alerts[false.recording.key, false.alert] = "false alarm"
        for one in (s for incident in outcomes[label].incidents for s in incident.sightings):
            key = one.recording.key
            sightings[key, label] = (*sightings.get((key, label), ()), one)
            if one.late is not None:
                alerts[key, one.late] = "late"
            if one.alert is not None:
                alerts[key, one.alert] = "found"
    return _Fates(alerts, sightings, elsewhere)


def _of(one: Sighting) -> tuple[str, str, str]:
    return one.recording.key, one.span.label, one.span.incident


def _blind(gap: Gap) -> str:
    if gap.reason in {"offline", "no_frames"}:
        return "no pictures"
    return f"cannot see: {gap.reason}" + (", and said so" if gap.told else "")


def _timeline(one: Watched, fates: _Fates) -> Timeline:
    recording, trace = one.recording, one.trace
    end_s = max(float(trace.at_s[-1]), trace.seconds, 1.0)
    scale = WIDTH / end_s
    lanes = tuple(_lane(one, label, fates, scale) for label in _of_note(one))
    silent = [s for label in LABELS for s in fates.sightings.get((recording.key, label), ())]
    silent = [s for s in silent if s.alert is None and not s.excused]
    missed = [s for s in silent if not fates.found_elsewhere(s)]
    false = [m for lane in lanes for m in lane.marks if m.fate == "false alarm"]
    held = Stretch(trace.seconds * scale, WIDTH - trace.seconds * scale, "the last picture, held")
    return Timeline(
        clip=recording.name,
        source=recording.source,
        length=seconds(trace.seconds),
        lanes=lanes,
        ignored=tuple(
            _stretch(span.onset_s, span.end_s, scale, "not scored")
            for span in recording.spans
            if span.label == "ignore"
        ),
        gaps=tuple(_stretch(gap.from_s, gap.to_s, scale, _blind(gap)) for gap in trace.gaps),
        held=held if trace.held.any() else None,
        ticks=_ticks(end_s),
        faults=len(missed) + len(false),
        summary=_summary(len(missed), len(silent) - len(missed), len(false), lanes),
        notes=_notes(one),
    )


def _of_note(one: Watched) -> tuple[Label, ...]:
    """The labels there is something to see of; the liveliest if there is none."""

    def strength(label: Label) -> float:
        return float(one.trace.strongest(label).max(initial=0.0)) / one.policy.threshold(label)

    lively = {span.label for span in one.recording.spans} | {a.label for a in one.alerts}
    shown = tuple(label for label in LABELS if label in lively or strength(label) >= _OF_NOTE)
    return shown or (max(LABELS, key=strength),)


def _lane(one: Watched, label: Label, fates: _Fates, scale: float) -> Lane:
    trace, threshold = one.trace, one.policy.threshold(label)
    xs = trace.at_s * scale
    key = one.recording.key
    mine = [alert for alert in one.alerts if alert.label == label]
    sightings = fates.sightings.get((key, label), ())
    return Lane(
        label=label,
        tripping=_path(xs, trace.strongest(label)),
        glance=_path(xs, trace.glance[label]) + f"V{HEIGHT}H{xs[0]:.0f}Z",
        threshold_y=_y(threshold),
        threshold=score(threshold),
        spans=tuple(
            _stretch(
                span.onset_s,
                span.end_s,
                scale,
                _told_of(label, next((s for s in sightings if s.span == span), None), fates),
            )
            for span in one.recording.spans
            if span.label == label
        ),
        marks=tuple(
            _mark(alert, fates.alerts.get((key, alert), "repeat"), scale)
            for alert in mine
            if alert.phase == "opened" or alert.reopened or (key, alert) in fates.alerts
        ),
        events=_events(mine, scale),
    )


def _told_of(label: Label, sighting: Sighting | None, fates: _Fates) -> str:
    if sighting is None:
        return label
    if sighting.delay_s is not None:
        return f"{label}, found after {seconds(sighting.delay_s)}"
    fate = "not seen here" if fates.found_elsewhere(sighting) else "missed"
    return f"{label}, {fate} (strongest {score(sighting.best)})"


def _mark(alert: Alert, fate: Fate, scale: float) -> Mark:
    words = f"{fate} at {seconds(alert.t_s)}: score {score(alert.score)}, {alert.path}"
    return Mark(alert.t_s * scale, fate, f"{words}, held" if alert.held else words)


def _events(alerts: Iterable[Alert], scale: float) -> tuple[Stretch, ...]:
    """From each opening (or reopening) to its closing."""
    opened: dict[int, float] = {}
    found = []
    for alert in alerts:
        if alert.phase == "closed":
            since_s = opened.pop(alert.event, alert.t_s)
            found.append(_stretch(since_s, alert.t_s, scale, "event open"))
        else:
            opened.setdefault(alert.event, alert.t_s)
    return tuple(found)


def _summary(missed: int, elsewhere: int, false: int, lanes: Sequence[Lane]) -> str:
    parts = []
    if missed:
        parts.append(f"{missed} missed")
    if elsewhere:
        parts.append(f"{elsewhere} not seen here, found by another camera")
    if false:
        parts.append(f"{false} false alarm{'s' if false > 1 else ''}")
    found = sum(mark.fate == "found" for lane in lanes for mark in lane.marks)
    if found:
        parts.append(f"{found} found")
    return ", ".join(parts) or "nothing told, nothing to tell"


def _notes(one: Watched) -> tuple[str, ...]:
    notes = []
    if one.recording.trained:
        notes.append("used in training")
    if one.trace.damage:
        notes.append(one.trace.damage)
    elif one.trace.skipped:
        notes.append(f"{one.trace.skipped} pictures could not be decoded")
    return tuple(notes)


def _stretch(from_s: float, to_s: float, scale: float, words: str) -> Stretch:
    words = f"{words}, {seconds(from_s)} – {seconds(to_s)}"
    return Stretch(from_s * scale, min(max((to_s - from_s) * scale, 1.5), WIDTH), words)


def _path(xs: NDArray[np.float64], ys: NDArray[np.float32]) -> str:
    """A line through the points; where they are too many, through the highest of each few."""
    few = -(-len(xs) // _POINTS_MAX)
    starts = np.arange(0, len(xs), few)
    tops = np.maximum.reduceat(ys, starts)
    placed = [f"{x:.0f} {_y(float(y)):.0f}" for x, y in zip(xs[starts], tops, strict=True)]
    return "M" + "L".join(placed)


def _y(value: float) -> float:
    return HEIGHT * (1 - min(max(value, 0.0), 1.0))


def _ticks(end_s: float) -> tuple[tuple[float, str], ...]:
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200)
    step = next((s for s in steps if end_s / s <= 7), 86400)
    at = range(0, int(end_s) + 1, step)
    return tuple((100 * s / end_s, seconds(s).replace(".0", "")) for s in at if s <= end_s * 0.97)
