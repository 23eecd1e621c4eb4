"""What became of each incident and each alert, once truth and alerts have been matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge.core.types import Label
from models.evaluation.alarms import Alert
from models.evaluation.recording import Recording, Span


@dataclass(frozen=True)
class Sighting:
    """One incident as one recording shows it. `alert` is the first that counts for it (None: missed
    here), `late` one that came within the incident but too late. `best` is the highest threshold at
    which it trips within the time that counts. `excused`: it began while the camera did not see,
    and the daemon had said so."""

    recording: Recording
    span: Span
    alert: Alert | None
    late: Alert | None
    best: float
    excused: bool

    @property
    def delay_s(self) -> float | None:
        """From the onset to the alert, at least 0; None without one."""
        return None if self.alert is None else max(0.0, self.alert.t_s - self.span.onset_s)


@dataclass(frozen=True)
class Incident:
    """One incident with all its sightings: detected if any camera saw it."""

    label: Label
    name: str
    sightings: tuple[Sighting, ...]

    @property
    def best(self) -> float:
        """The highest threshold at which any camera sees it in time."""
        return max(sighting.best for sighting in self.sightings)

    @property
    def delay_s(self) -> float | None:
        """To the first alert of any camera; None: missed."""
        delays = [s.delay_s for s in self.sightings if s.delay_s is not None]
        return min(delays, default=None)

    @property
    def excused(self) -> bool:
        """No camera alerted, and each was known not to see."""
        return self.delay_s is None and all(s.excused for s in self.sightings)


@dataclass(frozen=True)
class FalseAlarm:
    """An `opened` with nothing true behind it."""

    recording: Recording
    alert: Alert


@dataclass(frozen=True)
class Outcome:
    """All of one label over any number of recordings. `normal_s` and `watched_s` are seconds: in
    which nothing of this label happened nor was to be ignored, and in all (held time is in
    neither); in `unseen_s` of `watched_s` nothing could be seen. `duplicates` and `ignored` are
    further `opened` that count neither for nor against."""

    label: Label
    incidents: tuple[Incident, ...]
    false_alarms: tuple[FalseAlarm, ...]
    duplicates: int
    ignored: int
    normal_s: float
    watched_s: float
    unseen_s: float


Outcomes = Mapping[Label, Outcome]
