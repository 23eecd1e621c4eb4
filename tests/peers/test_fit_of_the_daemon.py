"""Cameras that cannot see, the whole way: real streams, the daemon as a process, a real broker; and
a desk that calls once, whoever says so first."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alerts.event import Event, event_id
from alerts.mqtt import MqttSink
from alerts.paging import Page
from alerts.ports import Message
from alerts.status import Health
from alerts.topics import Filters, Topics
from tests.alerts.samples import BEGAN, an_event
from tests.support.clips import write_clip
from tests.support.desks import DeskProcess, desk_file
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import DaemonProcess, Listener, site_file
from tests.support.until import until

FPS, ROOM_S, BLACK_S = 5, 4, 60
_RNG = np.random.default_rng(3)
ROOM = np.kron(_RNG.integers(40, 200, (18, 32, 1)), np.ones((10, 10, 3)))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """room.mp4, and covered.mp4: the same, and soon a hand before the lens."""
    folder = tmp_path_factory.mktemp("films")
    noisy = [
        np.clip(ROOM + _RNG.normal(0, 3, ROOM.shape), 0, 255).astype(np.uint8)
        for _ in range(ROOM_S * FPS)
    ]
    black = [np.zeros(ROOM.shape, np.uint8)] * (BLACK_S * FPS)
    write_clip(folder / "room.mp4", noisy, fps=FPS)
    write_clip(folder / "covered.mp4", [*noisy, *black], fps=FPS)
    return folder


def camera(name: str, url: str) -> dict[str, Any]:
    return {"name": name, "url": url, "connect_timeout_s": 3, "read_timeout_s": 3}


def told(listener: Listener, name: str) -> list[tuple[str, str, str]]:
    """(id, phase, reason) of each phase of a camera's own alerts, each once."""
    found = [e for e in listener.events if (e.camera, e.label) == (name, "camera")]
    return list(dict.fromkeys((e.event_id, e.phase, e.path) for e in found))


def test_a_covered_and_a_lost_camera_are_told_of_and_a_restart_goes_on(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], films: Path
) -> None:
    covered, room = (
        Mount("/hall", films / "covered.mp4"),
        Mount("/door", films / "room.mp4", loop=True),
    )
    with rtsp(covered) as one, rtsp(room) as other, Listener(broker.settings("x")) as listener:
        cameras = [camera("hall", one.url("/hall")), camera("door", other.url("/door"))]
        site = site_file(tmp_path, cameras, broker.port, fit={"alert_after_s": 5})
        with DaemonProcess(site) as daemon:
            until(lambda: listener.camera("door").get("frames_read", 0) >= 3, "pictures", 60)
            other.kill()
            until(lambda: told(listener, "door"), "the door is lost, and that is told", 30)
            assert (listener.last("/door/health") or {})["reason"] in {"offline", "no_frames"}
            other.restart()
            until(lambda: len(told(listener, "door")) == 2, "it is back, and that is told", 40)
            first, last = told(listener, "door")
            assert (first[0], first[1], last[1]) == (last[0], "opened", "closed")
            until(lambda: told(listener, "hall"), "the hall is covered, and that is told", 60)
            assert [event[1:] for event in told(listener, "hall")] == [("opened", "dark")]
            assert (listener.last("/hall/health") or {})["reason"] == "dark"
            assert (listener.last_raw("/hall/view") or b"").startswith(b"\xff\xd8\xff")
            until(lambda: listener.camera("hall").get("seconds_dark", 0) >= 1, "it is counted")
            assert listener.camera("hall")["seconds_fit"] >= 1
            os.kill(daemon.pid, signal.SIGKILL)
            daemon.wait(10)
            frames = listener.camera("hall")["frames_read"]
            daemon.start()
            until(lambda: listener.camera("hall").get("frames_read", frames) < frames, "a new life")
            until(lambda: listener.camera("hall").get("seconds_fit", 0) >= 2, "it goes on")
            assert daemon.stop() == 0
        assert [event[1:] for event in told(listener, "hall")] == [("opened", "dark")]
    kept = tmp_path / "state" / "fit"
    assert {path.name for path in kept.iterdir()} >= {"hall.bin", "door.bin", "open.json"}


def blind(name: str) -> tuple[Health, Event]:
    """What a device says of a camera that cannot see."""
    event = an_event(camera=name, label="camera", path="blurred", zone=None)
    own = event_id("site", name, "camera", None, 0, BEGAN)
    return Health("site", name, "blurred", BEGAN), replace(event, event_id=own)


def test_the_desk_calls_once_for_a_camera_whoever_says_so_first(
    tmp_path: Path, broker: Mosquitto
) -> None:
    topics = Topics("floorwatch", "site")
    file = desk_file(
        tmp_path / "one.yaml", broker.port, dead_man={"after_s": 2, "clear_s": 1, "cameras_max": 9}
    )
    with (
        keeping(broker.settings("heard"), Filters("floorwatch").everything) as heard,
        DeskProcess(file) as desk,
        MqttSink(broker.settings("device")) as sink,
    ):

        def says(name: str, *, health: bool = True, event: bool = True) -> None:
            of_health, of_event = blind(name)
            if event:
                topic = topics.alert(name, "camera")
                sink.send(Message(topic, of_event.to_json().encode()))
            if health:
                sink.send(Message(topics.health(name), of_health.to_json().encode(), retain=True))

        def called(name: str) -> int:
            pages = [Page.from_json(payload) for payload in heard.on("/pages/floor")]
            return sum(page.camera == name for page in pages)

        desk.said("listening")
        sink.send(Message(topics.availability, b"online", retain=True))
        says("hall")
        says("door", event=False)
        until(lambda: called("hall") and called("door"), "both are called for", 20)
        says("door", health=False)
        says("ward", event=False)
        until(lambda: called("ward"), "and one that came after both", 20)
        assert [called(name) for name in ("hall", "door", "ward")] == [1, 1, 1]
