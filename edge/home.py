"""Keeping Home Assistant told: which cameras there are, and whether an incident is open on them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from alerts.event import Event, Label
from alerts.homeassistant import BIRTH, Announcer, WatchedCamera
from alerts.noted import Noted
from alerts.ports import Message

_POLL_S = 0.5
_log = logging.getLogger(__name__)


class Home:
    """Announces the cameras that `cameras` gives, which may come and go, by `announce`.

    What is announced stays at the broker, so its topics are noted: what an earlier process
    announced and this one does not, also because it is to announce nothing at all (`enabled`), is
    taken back.
    """

    def __init__(
        self,
        announcer: Announcer,
        cameras: Callable[[], Sequence[WatchedCamera]],
        announce: Callable[[Message], None],
        noted: Noted,
        *,
        enabled: bool,
    ) -> None:
        self._announcer = announcer
        self._cameras = cameras
        self._announce = announce
        self._noted = noted
        self._enabled = enabled
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], set[str]] = {}
        self._told: tuple[WatchedCamera, ...] | None = None
        self._topics: set[str] = set()

    def told(self, event: Event) -> None:
        """A phase was told, a drill's too; from any thread."""
        with self._lock:
            here = self._open.setdefault((event.camera, event.label), set())
            if event.phase == "closed":
                here.discard(event.event_id)
            else:
                here.add(event.event_id)
            self._say_state(event.camera, event.label)

    def hear(self, payload: bytes) -> None:
        """What Home Assistant says of itself: when it has started, it is told all again."""
        if payload.strip() == BIRTH:
            _log.info("Home Assistant has started, and is told of the cameras")
            with self._lock:
                self._say_devices()

    def run(self, stop: threading.Event) -> None:
        """Follows the cameras until `stop`."""
        before = self._noted.read().get("topics")
        self._topics = set(map(str, before)) if isinstance(before, list) else set()
        if not self._enabled:
            self._take_back(self._topics)  # again with each start: it may not have been heard
            return
        while True:
            self._follow()
            if stop.wait(_POLL_S):
                return

    def _follow(self) -> None:
        cameras = tuple(self._cameras())
        if cameras == self._told:
            return
        with self._lock:
            self._told = cameras
            self._say_devices()
            for camera in cameras:
                for label in camera.labels:
                    self._say_state(camera.name, label)
            topics = {message.topic for message in self._messages()}
            self._take_back(self._topics - topics)
            self._topics = topics
        self._noted.write({"topics": sorted(topics)})

    def _messages(self) -> list[Message]:
        """All that is to stay at the broker."""
        told = self._told or ()
        states = [self._state(one.name, label) for one in told for label in one.labels]
        return [*self._announcer.all(told), *states]

    def _say_devices(self) -> None:
        if self._told is not None:
            for message in self._announcer.all(self._told):
                self._announce(message)

    def _say_state(self, camera: str, label: Label) -> None:
        # Of a camera that is gone, nobody would take it back.
        if any(one.name == camera and label in one.labels for one in self._told or ()):
            self._announce(self._state(camera, label))

    def _state(self, camera: str, label: Label) -> Message:
        return self._announcer.state(camera, label, is_open=bool(self._open.get((camera, label))))

    def _take_back(self, topics: set[str]) -> None:
        for topic in sorted(topics):
            self._announce(Message(topic, b"", retain=True))
