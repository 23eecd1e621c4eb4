"""What the daemon does over MQTT beside alerting: it answers a resync, sends clips, and keeps Home
Assistant told. None of it stands in the way of an alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version

from alerts.clip_sender import ClipCounts, ClipSender
from alerts.event import Event
from alerts.hearing import Hear, HeardCounts, Hearing
from alerts.homeassistant import Announcer, WatchedCamera
from alerts.mqtt import MqttSink
from alerts.noted import Noted
from alerts.publisher import Publisher
from alerts.retelling import Retelling, RetoldCounts
from alerts.topics import Topics
from edge import wiring
from edge.config.schema import Config
from edge.crew import Crew
from edge.home import Home
from edge.vitals import ServiceVitals

OUTBOX = "outbox.sqlite3"  # in the state folder


class Services:
    """Those of one site; what they note lies in its state folder. Building it raises UserError
    where the broker's password is not to be had."""

    def __init__(self, config: Config, topics: Topics) -> None:
        self._config = config
        self._topics = topics
        self._settings = wiring.broker(config)
        self._clips = self._clip_sender() if config.evidence.send_clip else None
        self._retelling: Retelling | None = None
        self._hearing: Hearing | None = None
        self._home: Home | None = None

    def clip_made(self, event_id: str, mp4: bytes) -> None:
        """A clip is whole; from any thread."""
        if self._clips is not None:
            self._clips.hand_in(event_id, len(mp4))

    def told(self, event: Event) -> None:
        """A phase was told; from any thread."""
        if self._home is not None:
            self._home.told(event)

    def counts(self) -> ServiceVitals:
        """What each of them did so far."""
        return ServiceVitals(
            heard=self._hearing.counts() if self._hearing else HeardCounts(),
            retold=self._retelling.counts() if self._retelling else RetoldCounts(),
            clips=self._clips.counts() if self._clips else ClipCounts(),
        )

    def start(
        self, crew: Crew, publisher: Publisher, cameras: Callable[[], Sequence[WatchedCamera]]
    ) -> None:
        """Adds their threads to the crew. `cameras` are those watched at the time of asking."""
        config, listeners = self._config, dict[str, Hear]()
        announcer = self._announcer()
        home = Home(
            announcer,
            cameras,
            publisher.announce,
            self._noted("homeassistant"),
            enabled=config.home_assistant.enabled,
        )
        crew.add("home", home.run)
        if config.home_assistant.enabled:
            self._home = home
            listeners[announcer.birth_topic] = home.hear
        if config.history.count_max:
            outbox = config.state_folder / OUTBOX
            self._retelling = Retelling(outbox, self._noted("resync"), publisher.replays)
            listeners[self._topics.resync] = self._retelling.hear
            crew.add("retell", self._retelling.run)
        if listeners:
            self._hearing = Hearing(self._settings, listeners)
            crew.add("hear", self._hearing.run)
        if self._clips is not None:
            crew.add("send", self._clips.run)

    def _announcer(self) -> Announcer:
        evidence = self._config.evidence
        return Announcer(
            self._topics,
            self._config.home_assistant.prefix,
            version("floorwatch"),
            pictures=evidence.snapshot and evidence.send_snapshot,
        )

    def _clip_sender(self) -> ClipSender:
        settings = replace(self._settings, client_id=f"{self._settings.client_id}-clips")
        return ClipSender(
            self._config.state_folder / "evidence",
            self._topics,
            lambda: MqttSink(settings),
            self._noted("clips"),
            bytes_max=self._config.evidence.send_clip_mb_max * 2**20,
        )

    def _noted(self, name: str) -> Noted:
        return Noted(self._config.state_folder / f"{name}.json")
