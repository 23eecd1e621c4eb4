"""The cameras of a running site and what they are watched for, which may change while it runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from threading import Lock

from alerts.event import Label
from alerts.homeassistant import WatchedCamera
from edge import keeping, lowered, wiring
from edge.brain import Brain, Watch
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.core.card import Card
from edge.core.types import LABELS
from edge.crew import Crew
from edge.eventing import Thresholds
from edge.line import Line, Streams
from edge.lowered import Key
from edge.mailbox import Mailboxes
from edge.normal.lowering import Lowered
from edge.ports import Clock
from edge.reload import Plan, plan
from edge.ring import PacketRing

_log = logging.getLogger(__name__)


class Watching:
    """Building it reads cameras, passwords and the thresholds file, and raises UserError where they
    are wrong."""

    def __init__(self, config: Config, card: Card, mailboxes: Mailboxes, clock: Clock) -> None:
        self._config = config
        self._card = card
        self._mailboxes = mailboxes
        self._clock = clock
        self._lock = Lock()  # of those who change it; readers take what is there
        self._secrets = wiring.camera_secrets(config)
        self._tuned = wiring.tuned(config, card)
        self._memory = keeping.ring_memory(config)
        self._streams = self._all_streams(config, self._secrets)
        self._lines: dict[str, Line] = {}
        self._lowered: Mapping[Key, Lowered] = {}

    @property
    def lines(self) -> dict[str, Line]:
        """By camera, in the order of the site file. Do not change it."""
        return self._lines

    @property
    def config(self) -> Config:
        """The site file as it is now."""
        return self._config

    def cameras(self) -> tuple[WatchedCamera, ...]:
        """Each by name, with the labels it is watched for."""
        return tuple(
            WatchedCamera(one.name, tuple(self._labels(one))) for one in self._config.cameras
        )

    def _labels(self, camera: Camera) -> Iterator[Label]:
        yield from (label for label in LABELS if camera.labels.of(label).enabled)
        if self._config.fit.enabled and camera.fit:
            yield "camera"
        if self._config.normal.enabled and self._config.normal.unusual_per_day:
            yield "unusual"

    def ring_of(self, camera: str) -> PacketRing | None:
        """Where a camera's packets are kept."""
        line = self._lines.get(camera)
        return None if line is None else line.ring

    def start(self, crew: Crew, brain: Brain) -> None:
        """Adds the cameras' threads to the crew, and tells the brain what to look for. Raises
        BadClip where a recording cannot be read."""
        for streams in self._streams.values():
            streams.check()
        self._crew, self._brain = crew, brain
        self._tell_brain()
        self._lines = {name: self._line(name, one) for name, one in self._streams.items()}
        for line in self._lines.values():
            line.start()

    def change(self, config: Config) -> Plan:
        """Goes over to another site file; cameras that it does not change are not touched. Raises
        UserError, having changed nothing, where that cannot be done."""
        with self._lock:
            secrets = wiring.camera_secrets(config)
            planned = plan(self._config, self._secrets, config, secrets)
            tuned = wiring.tuned(config, self._card)
            streams = self._all_streams(config, secrets)
            for name in (*planned.added, *planned.moved, *planned.restarted):
                streams[name].check()
            self._config, self._secrets, self._tuned = config, secrets, tuned
            before = self._lines
            for name in planned.removed:
                before[name].stop()
            for name in (*planned.moved, *planned.restarted):
                before[name].restart(streams[name])
            # Of those that come and go nothing is remembered, however quickly they do.
            self._tell_brain(frozenset((*planned.moved, *planned.added, *planned.removed)))
            added = {name: self._line(name, streams[name]) for name in planned.added}
            self._lines = {name: added.get(name) or before[name] for name in streams}
            for line in added.values():
                line.start()
        return planned

    @property
    def thresholds(self) -> Thresholds:
        """Of the site file, the thresholds file and the model, before any is lowered."""
        return wiring.thresholds(self._config, self._card, self._tuned)

    def lower(self, by: Mapping[Key, Lowered]) -> None:
        """Use these thresholds instead, where they are lower. From any thread."""
        with self._lock:
            self._lowered = by
            self._tell_brain()

    def _tell_brain(self, anew: frozenset[str] = frozenset()) -> None:
        config, card, tuned = self._config, self._card, self._tuned
        used = lowered.thresholds(wiring.thresholds(config, card, tuned), self._lowered)
        views = lowered.views(wiring.views(config, card, tuned), used)
        self._brain.watch(Watch(views, used, anew))
        if tuned is not None and (strangers := tuned.strangers(config)):
            _log.warning(
                "%s has thresholds of cameras that are not of this site: %s",
                tuned.path,
                ", ".join(strangers),
            )

    def _all_streams(self, config: Config, secrets: dict[str, str | None]) -> dict[str, Streams]:
        return {
            camera.name: wiring.streams(
                config, camera, secrets[camera.name], self._card, self._memory
            )
            for camera in config.cameras
        }

    def _line(self, name: str, streams: Streams) -> Line:
        return Line(name, streams, self._mailboxes, self._clock, self._crew)
