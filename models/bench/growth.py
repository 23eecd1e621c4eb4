"""How the daemon's way of a frame grows with the cameras, at the pace of cameras.

Recordings whose packets come when a camera would have sent them; an RTSP server for each would cost
more than what is measured. The cameras' pictures are spread over the time between two, as those of
real ones are. Every number of cameras has a process of its own, so that memory is that of so many.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Event as StopEvent

import av
import numpy as np

from edge import wiring
from edge.arenas import few_arenas
from edge.backends.guarded import GuardedBackend
from edge.brain import Brain
from edge.clock import SystemClock
from edge.config.model import Runtime
from edge.core.types import Frame
from edge.cores import one_thread_a_picture
from edge.eventing import Eventing
from edge.grab import Grabber
from edge.mailbox import Mailboxes
from edge.pipeline import Pipeline, Seen
from edge.sources.decoding import VideoPacket, stream_ns
from edge.sources.file import FileSource
from edge.zoo import Model
from models.bench.decoding import Streams, threads
from models.bench.full_speed import site, watch

_CONNECTED_S_MAX = 60.0
_SETTLING_S = 2.0


@dataclass(frozen=True)
class Grown:
    """So many cameras at once: how long from a picture's arrival, still encoded, to the decision
    (ms); how many of the pictures due were decided on, and how many replaced unseen; seconds of
    processors for a picture decided on, and of all cores; what the process has resident (MB)."""

    cameras: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    decided: int
    dropped: int
    share: float
    cpu_s_per_frame: float
    cores_busy: float
    memory_mb: float

    @property
    def keeps_up(self) -> bool:
        """Whether nothing was lost. The window's edges cut a picture or two of each camera."""
        return self.dropped == 0 and self.share > 0.95


@dataclass(frozen=True)
class Asked:
    """What the processes do. `count` of the streams is theirs to say."""

    streams: Streams
    model: Model
    backend: Runtime
    gated: bool
    seconds: float


def grown(asked: Asked, cameras: int) -> Grown:
    """Measured in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measured, asked, cameras).result()


def memory_per_camera_mb(found: Sequence[Grown]) -> float | None:
    """The slope of memory over cameras, by least squares; None with fewer than two numbers."""
    if len({one.cameras for one in found}) < 2:
        return None
    slope, _ = np.polyfit([one.cameras for one in found], [one.memory_mb for one in found], 1)
    return float(slope)


def resident_mb() -> float:
    """What this process has resident: VmRSS, proc_pid_status(5)."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


class PacedFile(FileSource):
    """A file, over and over, whose packets come at a camera's pace, the first after `late_s`."""

    def __init__(self, streams: Streams, late_s: float) -> None:
        super().__init__(streams.clip, fit=streams.fit, sample_fps=streams.sample_fps, loop=True)
        self._due_s = time.monotonic() + late_s
        self._step_s = 1 / streams.fps

    def _packets(self, stream: av.VideoStream) -> Iterator[VideoPacket]:
        began_s = self._due_s
        for packet in super()._packets(stream):
            if packet.size:
                self._due_s = began_s + stream_ns(packet) / 1e9
                time.sleep(max(0.0, self._due_s - time.monotonic()))
            yield packet
        self._due_s += self._step_s


class Timed(Pipeline):
    """The pipeline, and how old each frame was when it had been decided on (ms)."""

    ages_ms: list[float]

    def process(self, frames: Sequence[Frame]) -> tuple[Seen, ...]:
        """See `Pipeline`."""
        seen = super().process(frames)
        now_ns = self._clock.now_ns()
        self.ages_ms += [(now_ns - frame.at_ns) / 1e6 for frame in frames]
        return seen


def measured(asked: Asked, cameras: int) -> Grown:
    """Measured in this process, which then has the memory of all it did before."""
    few_arenas()  # this and the next as the daemon
    one_thread_a_picture()
    streams, model, clock = asked.streams, asked.model, SystemClock()
    config = site(cameras, streams.sample_fps, gated=asked.gated)
    with GuardedBackend(partial(wiring.runtime, asked.backend, config, model)) as backend:
        boxes, pipeline = Mailboxes(), Timed(model.card, backend, clock, {})
        pipeline.ages_ms = []
        eventing = Eventing(config.site.name, model.card, clock, {})
        brain = Brain(
            boxes, pipeline, eventing, lambda _told: None, clock, batch_max=backend.batch_max
        )
        brain.watch(watch(config, model))
        names = [camera.name for camera in config.cameras]
        grabbers = [
            Grabber(name, partial(PacedFile, streams, place / cameras), boxes, clock)
            for place, name in enumerate(names)
        ]
        with threads([brain.run, *(one.run for one in grabbers)]):
            _settle(brain, cameras)
            return _window(asked, names, boxes, pipeline)


def _settle(brain: Brain, cameras: int) -> None:
    """Until every camera has been seen, and a little more."""
    until_s = time.monotonic() + _CONNECTED_S_MAX
    while len(brain.looked.frames) < cameras and time.monotonic() < until_s:
        time.sleep(0.05)
    time.sleep(_SETTLING_S)


def _window(asked: Asked, names: Sequence[str], boxes: Mailboxes, pipeline: Timed) -> Grown:
    dropped = sum(boxes.dropped(name) for name in names)
    first, began_s, began_cpu_s = len(pipeline.ages_ms), time.monotonic(), time.process_time()
    StopEvent().wait(asked.seconds)
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    ages_ms = pipeline.ages_ms[first:] or [float("inf")]
    p50, p95, p99 = (float(one) for one in np.percentile(ages_ms, (50, 95, 99)))
    decided = len(pipeline.ages_ms) - first
    return Grown(
        cameras=len(names),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        decided=decided,
        dropped=sum(boxes.dropped(name) for name in names) - dropped,
        share=decided / (len(names) * asked.streams.sample_fps * took_s),
        cpu_s_per_frame=cpu_s / max(1, decided),
        cores_busy=cpu_s / took_s / (os.cpu_count() or 1),
        memory_mb=resident_mb(),
    )
