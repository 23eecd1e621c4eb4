"""The one thread that looks: the latest frame of every camera, in batches, and what it means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock

from edge.core.types import Decision, Frame
from edge.drills import Drills
from edge.errors import BackendStuck
from edge.eventing import Eventing, Thresholds
from edge.mailbox import Mailboxes
from edge.onlooker import Onlooker
from edge.pipeline import Pipeline, Seen, View
from edge.ports import Clock
from edge.pulse import Pulse
from edge.report import Told, tellings
from edge.sightings import Sightings

_WAIT_S = 0.2
_log = logging.getLogger(__name__)


@dataclass
class Looked:
    """How much has been looked at. `unchanged` of the `frames` showed what the network had just
    looked at; `again` counts places shown to it a second time, enlarged. Written by the brain, read
    by others."""

    batches: int = 0
    stuck: int = 0
    frames: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    age_ms_last: dict[str, float] = field(default_factory=dict)
    age_total_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Watch:
    """What to watch, and by which thresholds. Of the cameras in `anew` nothing that was seen before
    counts any more: they show something else now."""

    views: Mapping[str, View]
    thresholds: Thresholds
    anew: frozenset[str] = frozenset()


class Brain:
    """Takes frames out of the mailboxes, and hands what the pipeline decides to `tell`. Where
    people were seen is noted in `sightings`, for those who must hide them; what was seen is handed
    on to the `onlooker`, about once a second."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        pipeline: Pipeline,
        eventing: Eventing,
        tell: Callable[[Told], None],
        clock: Clock,
        *,
        batch_max: int,
        sightings: Sightings | None = None,
        onlooker: Onlooker | None = None,
    ) -> None:
        self.looked = Looked()
        self.drills = Drills()
        self.pulse = Pulse(limit_s=60)  # longer than the time-out of a batch
        self._mailboxes = mailboxes
        self._pipeline = pipeline
        mailboxes.prepared_by(pipeline.prepare)
        self._eventing = eventing
        self._tell = tell
        self._clock = clock
        self._batch_max = batch_max
        self._sightings = sightings
        self._onlooker = onlooker
        self._lock = Lock()
        self._asked: Watch | None = None
        self._going: dict[str, None] = {}

    def watch(self, watch: Watch) -> None:
        """Watch this from the next batch on. From any thread."""
        with self._lock:
            earlier = self._asked.anew if self._asked is not None else frozenset()
            self._asked = Watch(watch.views, watch.thresholds, watch.anew | earlier)

    def run(self, stop: Event) -> None:
        """Until `stop`, or until every camera was a recording and has ended; then close what is
        open. Call `watch` before."""
        self._change()
        while self._going and not stop.is_set():
            self.pulse.beat()
            frames = self._mailboxes.take(self._batch_max, _WAIT_S)
            self._change()
            watched = tuple(one for one in frames if self._pipeline.view(one.camera) is not None)
            if watched:
                self._look(watched)
            for camera in self._mailboxes.take_ended():
                self._going.pop(camera, None)
                self._finish(camera)
                if self._onlooker is not None:
                    self._onlooker.end(camera)
        for camera in self._going:
            self._finish(camera)

    def _change(self) -> None:
        with self._lock:
            watch, self._asked = self._asked, None
        if watch is None:
            return
        before = self._going
        for camera in before:
            if camera not in watch.views or camera in watch.anew:
                self._finish(camera)
                if self._onlooker is not None:
                    self._onlooker.forget(camera)
        known = {camera for camera in watch.views if self._pipeline.view(camera) is not None}
        self._pipeline.watch(watch.views, watch.anew)
        self._eventing.thresholds = watch.thresholds
        self._going = {
            camera: None
            for camera in watch.views
            if camera in before or camera in watch.anew or camera not in known
        }

    def _look(self, frames: tuple[Frame, ...]) -> None:
        try:
            batch = self._pipeline.process(frames)
        except BackendStuck as stuck:
            self.looked.stuck += 1
            _log.error("the network hung, %d pictures are given up: %s", len(frames), stuck)
            return
        self.looked.batches += 1
        for seen in batch:
            if self._sightings is not None:
                self._sightings.add(seen.frame.camera, seen.scores)
            self._tell_all(seen.decisions, seen)
            self._drill(seen)
            self._count(seen)
            self._hand_on(seen)

    def _drill(self, seen: Seen) -> None:
        view = self._pipeline.view(seen.frame.camera)
        if view is None:
            return
        for decision, order in self.drills.look(seen, view.policy.threshold):
            self._tell_all((decision,), seen)
            if order is not None:
                order.begin(self._eventing.event_id(decision))

    def _hand_on(self, seen: Seen) -> None:
        onlooker, frame = self._onlooker, seen.frame
        if onlooker is not None and onlooker.due(frame.camera, frame.at_ns):
            onlooker.show(seen, self._pipeline.occupied(seen))

    def _finish(self, camera: str) -> None:
        self._tell_all(self._pipeline.finish(camera))
        self._tell_all(self.drills.finish(camera, self._clock.now_ns()))

    def _tell_all(self, decisions: tuple[Decision, ...], seen: Seen | None = None) -> None:
        view = None if seen is None else self._pipeline.view(seen.frame.camera)
        zones = () if view is None else view.policy.zones
        for told in tellings(self._eventing, decisions, seen, zones):
            self._tell(told)

    def _count(self, seen: Seen) -> None:
        looked, camera = self.looked, seen.frame.camera
        looked.unchanged[camera] = looked.unchanged.get(camera, 0) + seen.unchanged
        looked.again[camera] = looked.again.get(camera, 0) + seen.again
        looked.frames[camera] = looked.frames.get(camera, 0) + 1
        age_ms = (self._clock.now_ns() - seen.frame.at_ns) / 1e6
        looked.age_ms_last[camera] = age_ms
        looked.age_total_ms[camera] = looked.age_total_ms.get(camera, 0.0) + age_ms
