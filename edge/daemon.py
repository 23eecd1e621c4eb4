"""The daemon: all threads of one site, from cameras to broker, until it is told to stop.

grab:<camera> ─┐                                   ┌─ evidence
grab:<camera> ─┼─ mailboxes ─ brain ─ outbox ──────┤
record:<camera> ─ packet ring                      └─ post ─ broker
                                    telemetry ───────┘
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from threading import Event as StopEvent

from alerts.errors import DiskRefused
from alerts.event import ModelUsed
from alerts.mqtt import connector
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import OFFLINE, Publisher
from alerts.topics import Topics
from edge import wiring
from edge.brain import Brain
from edge.clock import SystemClock
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.crew import Crew
from edge.eventing import Eventing
from edge.evidence import Keeper, Limits
from edge.grab import Grabber, Recorder
from edge.mailbox import Mailboxes
from edge.pipeline import Pipeline
from edge.ports import Backend
from edge.readings import Readings, Watched
from edge.report import Pictures, Reporter, no_snapshot
from edge.ring import PacketRing
from edge.telemetry import Telemetry

_PATIENCE_S = 2.5  # for each of the two groups of threads: a stop takes at most 5 s
_FLUSH_S = 2.0
_RING_SPARE_S = 5.0  # the decision itself takes time
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One camera's threads."""

    grabber: Grabber
    recorder: Recorder | None
    ring: PacketRing | None


class Daemon:
    """One site. Building it reads settings, passwords and the model's card, and raises UserError
    where they are wrong; once it runs, whatever cameras, broker and disk do is retried and counted.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._model = wiring.model(config)
        self._topics = Topics(config.broker.prefix, config.site.name)
        self._clock = SystemClock()
        self._mailboxes = Mailboxes()
        self._keeper = Keeper(config.state_folder / "evidence", _limits(config), self._clock)
        self._connect = connector(
            wiring.broker(config), Message(self._topics.availability, OFFLINE, retain=True)
        )
        self._lines = {camera.name: self._line(camera) for camera in config.cameras}

    def run(self, stop: StopEvent) -> None:
        """Watch until `stop` is set, or until every camera was a recording and has ended.

        Raises UserError where model, outbox or a recording cannot be used; anything else that
        comes out is a bug.
        """
        config = self._config
        with ExitStack() as stack:
            backend = stack.enter_context(wiring.backend(config, self._model))
            publisher = Publisher(
                self._outbox(stack), self._topics, self._connect, flush_s=_FLUSH_S
            )
            brain = self._brain(backend, publisher)
            telemetry = self._telemetry(publisher, brain)
            crew = Crew(stop)
            crew.add("post", publisher.run, last=True)
            crew.add("telemetry", telemetry.run)
            crew.add("evidence", self._keeper.run)
            for camera, line in self._lines.items():
                crew.add(f"grab:{camera}", line.grabber.run)
                if line.recorder is not None:
                    crew.add(f"record:{camera}", line.recorder.run)
            crew.add("brain", lambda stop: self._think(brain, stop))
            _log.info("watching %d cameras with model %s", len(self._lines), self._model.card.name)
            crew.work(_PATIENCE_S)

    def _think(self, brain: Brain, stop: StopEvent) -> None:
        brain.run(stop, tuple(self._lines))
        stop.set()  # every camera was a recording and is over

    def _outbox(self, stack: ExitStack) -> Outbox | None:
        limits, folder = self._config.outbox, self._config.state_folder
        try:
            outbox = Outbox(
                folder / "outbox.sqlite3",
                bytes_max=limits.size_mb_max * 2**20,
                age_s_max=limits.age_hours_max * 3600.0,
            )
            return stack.enter_context(outbox)
        except DiskRefused as refused:
            _log.error("no outbox in %s (%s): alerts go out from memory alone", folder, refused)
            return None

    def _line(self, camera: Camera) -> Line:
        secret = wiring.camera_secret(self._config, camera)
        wanted = self._config.evidence
        keep_s = wanted.before_s + wanted.after_s + _RING_SPARE_S
        ring = PacketRing(keep_s) if wanted.clip and wiring.is_kept(camera) else None
        stream = wiring.record_stream(camera, secret)
        recorder = None
        if stream is not None and ring is not None:
            recorder = Recorder(camera.name, stream, self._clock, ring)
        grabber = Grabber(
            camera.name,
            wiring.source(camera, secret, wiring.fit(self._model.card)),
            self._mailboxes,
            self._clock,
            ring if recorder is None else None,
        )
        return Line(grabber, recorder, ring)

    def _brain(self, backend: Backend, publisher: Publisher) -> Brain:
        config, card = self._config, self._model.card
        eventing = Eventing(config.site.name, card, self._clock, wiring.thresholds(config, card))
        rings = {name: line.ring for name, line in self._lines.items() if line.ring is not None}
        post = publisher.post_snapshot if config.evidence.send_snapshot else no_snapshot
        pictures = Pictures(self._keeper, rings, post, snapshots=config.evidence.snapshot)
        return Brain(
            self._mailboxes,
            Pipeline(card, backend, self._clock, wiring.views(config, card)),
            Reporter(eventing, publisher.post, pictures),
            self._clock,
            backend.batch_max,
        )

    def _telemetry(self, publisher: Publisher, brain: Brain) -> Telemetry:
        card = self._model.card
        readings = Readings(
            site=self._config.site.name,
            version=version("floorwatch"),
            model=ModelUsed(card.name, card.sha256),
            clock=self._clock,
            cameras=self._watched,
            mailboxes=self._mailboxes,
            looked=brain.looked,
            keeper=self._keeper,
            posted=publisher.counters,
            started_ns=self._clock.now_ns(),
        )
        status_s = self._config.telemetry.status_s
        return Telemetry(readings.take, self._topics, self._clock, publisher, status_s)

    def _watched(self) -> dict[str, Watched]:
        return {
            name: Watched(
                line.grabber.tally,
                None if line.recorder is None else line.recorder.tally,
                line.ring,
            )
            for name, line in self._lines.items()
        }


def _limits(config: Config) -> Limits:
    wanted = config.evidence
    return Limits(wanted.before_s, wanted.after_s, wanted.keep_days, wanted.size_mb_max * 2**20)
