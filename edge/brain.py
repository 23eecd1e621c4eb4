"""The one thread that looks: the latest frame of every camera, in batches, and what it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event

from edge.mailbox import Mailboxes
from edge.pipeline import Pipeline
from edge.ports import Clock
from edge.report import Reporter

_WAIT_S = 0.2


@dataclass
class Looked:
    """How much has been looked at. Written by the brain, read by others."""

    batches: int = 0
    frames: dict[str, int] = field(default_factory=dict)
    age_ms_last: dict[str, float] = field(default_factory=dict)
    age_total_ms: dict[str, float] = field(default_factory=dict)


class Brain:
    """Takes frames out of the mailboxes, and tells the reporter what the pipeline decides."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        pipeline: Pipeline,
        reporter: Reporter,
        clock: Clock,
        batch_max: int,
    ) -> None:
        self.looked = Looked()
        self._mailboxes = mailboxes
        self._pipeline = pipeline
        self._reporter = reporter
        self._clock = clock
        self._batch_max = batch_max

    def run(self, stop: Event, cameras: Iterable[str]) -> None:
        """Until `stop`, or until every one of `cameras` has ended; then close what is open."""
        going = dict.fromkeys(cameras)
        while going and not stop.is_set():
            frames = self._mailboxes.take(self._batch_max, _WAIT_S)
            if frames:
                for seen in self._pipeline.process(frames):
                    self._reporter.tell(seen)
                    self._count(seen.frame.camera, seen.frame.at_ns)
                self.looked.batches += 1
            for camera in self._mailboxes.take_ended():
                going.pop(camera, None)
                self._reporter.tell_all(self._pipeline.finish(camera))
        for camera in going:
            self._reporter.tell_all(self._pipeline.finish(camera))

    def _count(self, camera: str, at_ns: int) -> None:
        looked = self.looked
        looked.frames[camera] = looked.frames.get(camera, 0) + 1
        age_ms = (self._clock.now_ns() - at_ns) / 1e6
        looked.age_ms_last[camera] = age_ms
        looked.age_total_ms[camera] = looked.age_total_ms.get(camera, 0.0) + age_ms
