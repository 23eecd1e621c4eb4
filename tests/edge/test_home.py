"""Home Assistant is told of the cameras as they come and go, and of what is open on them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alerts.homeassistant import Announcer, WatchedCamera
from alerts.noted import Noted
from alerts.ports import Message
from alerts.topics import Topics
from edge.home import Home
from tests.alerts.samples import an_event
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
HALL = WatchedCamera("hall", ("collapse", "spill"))
DOOR = WatchedCamera("door", ("collapse",))
STATE = TOPICS.camera_label("hall", "collapse")


@dataclass
class Told:
    """What a broker would keep, and how often each topic was said."""

    folder: Path
    cameras: tuple[WatchedCamera, ...] = (HALL, DOOR)
    enabled: bool = True
    said: list[Message] = field(default_factory=list)

    def home(self) -> Home:
        announcer = Announcer(TOPICS, "homeassistant", "1")
        noted = Noted(self.folder / "homeassistant.json")
        return Home(announcer, lambda: self.cameras, self.said.append, noted, enabled=self.enabled)

    def kept(self) -> dict[str, bytes]:
        last = {message.topic: message.payload for message in list(self.said)}
        return {topic: payload for topic, payload in last.items() if payload}

    def states(self, topic: str = STATE) -> list[bytes]:
        return [message.payload for message in list(self.said) if message.topic == topic]


@contextlib.contextmanager
def running(home: Home) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=home.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def test_it_is_on_while_any_incident_of_the_label_is_open(tmp_path: Path) -> None:
    told = Told(tmp_path)
    home = told.home()
    with running(home):
        until(lambda: len(told.kept()) == 6, "three devices and three states")
        home.told(an_event(0, 0))
        home.told(an_event(1, 0))
        home.told(an_event(0, 1))
        home.told(an_event(0, 2))
        assert told.states() == [b"OFF", b"ON", b"ON", b"ON", b"ON"]
        home.told(an_event(1, 2))
        home.told(an_event(1, 2))
    assert told.states()[5:] == [b"OFF", b"OFF"]
    assert all(message.retain for message in told.said)


def test_what_was_told_before_the_first_announcement_is_not_forgotten(tmp_path: Path) -> None:
    told = Told(tmp_path)
    home = told.home()
    home.told(an_event(0, 0))
    assert not told.said
    with running(home):
        until(lambda: len(told.kept()) == 6, "all is said")
    assert told.states() == [b"ON"]


def test_a_camera_that_goes_is_taken_back_and_stays_gone(tmp_path: Path) -> None:
    told = Told(tmp_path)
    home = told.home()
    with running(home):
        until(lambda: len(told.kept()) == 6, "all is said")
        told.cameras = (WatchedCamera("hall", ("spill",)),)
        until(lambda: len(told.kept()) == 3, "site, hall and one state")
        home.told(an_event(0, 2))
        home.told(an_event(0, 2, camera="door"))
    assert len(told.kept()) == 3


def test_a_start_of_home_assistant_has_the_devices_told_again(tmp_path: Path) -> None:
    told = Told(tmp_path)
    home = told.home()
    home.hear(b"online")  # before there is anything to tell
    assert not told.said
    with running(home):
        until(lambda: len(told.kept()) == 6, "all is said")
        before = len(told.said)
        home.hear(b"offline")
        assert len(told.said) == before
        home.hear(b"online")
        assert len(told.said) == before + 3


def test_what_an_earlier_process_announced_is_taken_back(tmp_path: Path) -> None:
    told = Told(tmp_path)
    with running(told.home()):
        until(lambda: len(told.kept()) == 6, "all is said")
    told.cameras = (HALL,)
    with running(told.home()):
        until(lambda: len(told.kept()) == 4, "the door is taken back")
    told.enabled = False
    for _ in range(2):  # with each start: nobody knows whether it was heard
        before = len(told.said)
        with running(told.home()):
            until(lambda since=before: len(told.said) == since + 4, "all is taken back")  # type: ignore[misc]
        assert not told.kept()
