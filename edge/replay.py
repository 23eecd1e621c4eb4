"""The same pipeline over recordings, as fast as the machine goes.

Each clip is a camera of its own, named after the file, and starts at `start`: so ids are the same
in every run. Nothing is dropped, whatever the speed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Event as StopEvent

from alerts.event import Event, ModelUsed, ThresholdUsed
from edge.attending import Attending
from edge.clock import ReplayClock
from edge.core.card import Card
from edge.core.types import Frame, Label
from edge.eventing import Eventing
from edge.evidence import Keeper
from edge.fitness import Fitness, FitRules
from edge.noticing import Noticing
from edge.onlooker import due
from edge.pipeline import Pipeline, Seen, View
from edge.ports import Backend, Closer, Picture, Source
from edge.privacy import NOTHING_HIDDEN, Privacy
from edge.reconnect import Tally
from edge.report import Pictures, Reporter, tellings
from edge.sightings import AROUND_NS, Sightings

_BATCH = 4
Progress = Callable[[float], None]  # seconds of the clip done


@dataclass(frozen=True)
class Clip:
    """A recording to play: the camera name it gets, and how to open it."""

    camera: str
    path: Path
    source: Source


@dataclass(frozen=True)
class Played:
    """What became of a clip."""

    clip: Clip
    seconds: float
    frames: int
    skipped: int
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Player:
    """Plays clips of one site through one network, all watched for the same. `privacy` says whom
    pictures hide, `fit` how the cameras themselves are judged; None: not at all."""

    site: str
    card: Card
    backend: Backend
    closer: Closer | None
    view: View
    thresholds: Mapping[Label, ThresholdUsed]
    start: datetime
    keeper: Keeper | None = None
    privacy: Privacy = NOTHING_HIDDEN
    fit: FitRules | None = None

    def play(self, clip: Clip, progress: Progress = lambda _seconds: None) -> Played:
        """One clip from beginning to end; what is open at the end is closed there. Raises BadClip
        where it cannot be read."""
        clock = ReplayClock(self.start)
        told: list[Event] = []
        thresholds = {(clip.camera, label): used for label, used in self.thresholds.items()}
        eventing = Eventing(self.site, self.card, clock, thresholds)
        sightings, zones = Sightings(2 * AROUND_NS / 1e9), self.view.policy.zones
        pictures = None
        if self.keeper is not None:
            pictures = Pictures(self.keeper, privacy=self.privacy, sightings=sightings)
        reporter = Reporter(lambda event, _at_ns: told.append(event), pictures)
        views = {clip.camera: self.view}
        pipeline = Pipeline(self.card, self.backend, clock, views, self.closer)
        aside = None if self.fit is None else self._aside(clip.camera, self.fit, clock, reporter)
        frames, last_ns = 0, 0
        with clip.source as source:
            for batch in _batches(clip.camera, source.pictures(StopEvent())):
                last_ns = batch[-1].at_ns
                clock.set(last_ns)
                for seen in pipeline.process(batch):
                    sightings.add(clip.camera, seen.scores)
                    for one in tellings(eventing, seen.decisions, seen, zones):
                        reporter.tell(one)
                    if aside is not None:
                        aside.look(seen, pipeline.occupied(seen))
                frames += len(batch)
                progress(last_ns / 1e9)
            skipped = source.skipped
        for one in tellings(eventing, pipeline.finish(clip.camera)):
            reporter.tell(one)
        if aside is not None:
            aside.attending.finish()
        return Played(clip, last_ns / 1e9, frames, skipped, tuple(told))

    def _aside(
        self, camera: str, rules: FitRules, clock: ReplayClock, reporter: Reporter
    ) -> _Aside:
        all_rules = {camera: rules}
        fitness = Fitness(lambda: all_rules, clock, self.view.zone)
        model = ModelUsed(self.card.name, self.card.sha256)
        noticing = Noticing(self.site, model, clock, reporter.tell)
        streams = {camera: Tally(reason="ok")}
        return _Aside(fitness, Attending(lambda: streams, lambda: all_rules, fitness, noticing))


@dataclass
class _Aside:
    """What the daemon's onlooker does, in step with the recording."""

    fitness: Fitness
    attending: Attending
    _taken_ns: int | None = None

    def look(self, seen: Seen, occupied: bool) -> None:
        if due(self._taken_ns, seen.frame.at_ns):
            self._taken_ns = seen.frame.at_ns
            self.fitness.look(seen, occupied)
            self.attending.tick()


def camera_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """A camera name for each clip: its file name without ending, made fit for a topic, and with a
    number where two would be the same."""
    names: list[str] = []
    for path in paths:
        stem = re.sub(r"[^\w.-]+", "_", path.stem).strip("_.")[:56] or "clip"
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return tuple(names)


def _batches(camera: str, pictures: Iterator[Picture]) -> Iterator[tuple[Frame, ...]]:
    frames = (
        Frame(camera, seq, picture.pts_ns, picture.small, picture.full, picture.held)
        for seq, picture in enumerate(pictures)
    )
    while batch := tuple(islice(frames, _BATCH)):
        yield batch
