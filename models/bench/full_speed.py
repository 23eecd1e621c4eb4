"""The daemon's own way of a frame, as fast as it goes: grab threads, mailboxes, brain, pipeline.

Recordings in place of cameras, and of the real parts one is patient: where a camera's frame would
replace one that nobody has looked at yet, its thread waits. So no frame is lost, and what is slow
slows down all, as in a queue. The time of a frame is the recording's: the gate looks again after so
many seconds of video.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from threading import Event as StopEvent
from threading import Semaphore

from edge import wiring
from edge.brain import Brain, Watch
from edge.clock import ReplayClock
from edge.config.schema import Config
from edge.core.types import Frame
from edge.eventing import Eventing
from edge.grab import Grabber
from edge.mailbox import Mailboxes
from edge.pipeline import Pipeline
from edge.ports import Backend, Picture
from edge.sources.file import FileSource
from edge.zoo import Model
from models.bench.decoding import Streams, threads
from models.bench.rounds import Contender, Done

_START = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
_AWAKE_S = 6.0  # a gate looks at everything first, for five seconds of video


def site(cameras: int, sample_fps: float, *, gated: bool = False) -> Config:
    """The site file of so many cameras."""
    named = tuple(
        {"name": f"camera-{number}", "url": ".", "analyse_fps": sample_fps}
        for number in range(cameras)
    )
    return Config.model_validate(
        {
            "version": 1,
            "site": {"name": "bench"},
            "cameras": named,
            "gate": {"enabled": gated},
        }
    )


def watch(config: Config, model: Model) -> Watch:
    """All cameras, by the model card's thresholds."""
    return Watch(
        wiring.views(config, model.card, None), wiring.thresholds(config, model.card, None)
    )


class PatientMailboxes(Mailboxes):
    """Where a frame waits for the one before to be taken, instead of replacing it."""

    def __init__(self, cameras: Iterable[str]) -> None:
        super().__init__()
        # One each: to wake all cameras whenever one has room would cost more than what is measured.
        self._room = {camera: Semaphore(1) for camera in cameras}
        self._over = False

    def put(self, frame: Frame) -> None:
        """Leave a frame, when there is room."""
        if not self._over:
            self._room[frame.camera].acquire()
        super().put(frame)

    def take(self, count_max: int, timeout_s: float) -> tuple[Frame, ...]:
        """See `Mailboxes`."""
        taken = super().take(count_max, timeout_s)
        for frame in taken:
            self._room[frame.camera].release()
        return taken

    def over(self) -> None:
        """Nobody takes any more: nobody waits."""
        self._over = True
        for room in self._room.values():
            room.release()


class Recording(FileSource):
    """A file, over and over, whose time is that of its grabber's clock."""

    def __init__(self, streams: Streams, clock: ReplayClock) -> None:
        super().__init__(streams.clip, fit=streams.fit, sample_fps=streams.sample_fps, loop=True)
        self._clock = clock

    def pictures(self, stop: StopEvent) -> Iterator[Picture]:
        """See `FileSource`."""
        for picture in super().pictures(stop):
            self._clock.set(picture.pts_ns)
            yield picture


def pipeline(
    name: str, streams: Streams, model: Model, backend: Backend, *, gated: bool = False
) -> Contender:
    """Source frames decided on, of all streams together. The backend is to be entered already."""

    @contextmanager
    def running() -> Iterator[Done]:
        config = site(streams.count, streams.sample_fps, gated=gated)
        boxes = PatientMailboxes(camera.name for camera in config.cameras)
        clock = ReplayClock(_START)
        brain = Brain(
            boxes,
            Pipeline(model.card, backend, clock, {}, wiring.closer(config, model)),
            Eventing(config.site.name, model.card, clock, {}),
            lambda _told: None,
            clock,
            batch_max=backend.batch_max,
        )
        brain.watch(watch(config, model))
        grabbers = [_grabber(camera.name, streams, boxes) for camera in config.cameras]
        with threads([brain.run, *(one.run for one in grabbers)]):
            try:
                # A copy: the brain adds cameras meanwhile.
                yield lambda: sum(brain.looked.frames.copy().values()) * streams.each
            finally:
                boxes.over()

    warm_s = _AWAKE_S if gated else 2 / streams.sample_fps
    return Contender(name, running, warm=warm_s * streams.fps * streams.count)


def _grabber(camera: str, streams: Streams, boxes: Mailboxes) -> Grabber:
    clock = ReplayClock(_START)
    return Grabber(camera, lambda: Recording(streams, clock), boxes, clock)
