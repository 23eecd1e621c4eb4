"""What the daemon says about itself keeps the published schemas, and is said when it changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, get_args

from alerts import moments, schema
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import Publisher
from alerts.status import Reason, State
from alerts.topics import Topics
from edge.clock import SystemClock
from edge.telemetry import Telemetry, status
from edge.vitals import CameraVitals, Vitals
from tests.edge.pulses import HALL, VITALS, WARD, changes
from tests.support.list_sink import ListBroker
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "lab")


@dataclass
class Site:
    """Telemetry, the vitals it reads, and the broker it reaches."""

    broker: ListBroker
    publisher: Publisher
    vitals: Vitals = VITALS

    def read(self, state: State) -> Vitals:
        return replace(self.vitals, state=state, at=moments.now())

    def set(self, camera: CameraVitals) -> None:
        """One that is known, or a new one."""
        others = tuple(one for one in self.vitals.cameras if one.name != camera.name)
        self.vitals = replace(self.vitals, cameras=(*others, camera))

    def take_out(self, name: str) -> None:
        left = tuple(one for one in self.vitals.cameras if one.name != name)
        self.vitals = replace(self.vitals, cameras=left)

    def health(self, camera: str) -> list[dict[str, Any]]:
        return [dict(json.loads(p)) for p in self.broker.payloads(f"cameras/{camera}/health")]

    def says(self, camera: str, reason: str) -> bool:
        return bool(found := self.health(camera)) and found[-1]["reason"] == reason

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.broker.payloads("/status")[-1]))


@contextmanager
def site(folder: Path, status_s: float = 60.0) -> Iterator[Site]:
    broker = ListBroker()
    with Outbox(folder / "outbox.sqlite3") as outbox:
        one = Site(broker, Publisher(lambda: outbox, TOPICS, broker.sink))
        telemetry = Telemetry(one.read, TOPICS, SystemClock(), one.publisher, status_s)
        stop = Event()
        thread = threading.Thread(target=telemetry.run, args=(stop,), name="telemetry")
        with posting(one.publisher):
            thread.start()
            try:
                yield one
            finally:
                stop.set()
                thread.join(20)
        assert not thread.is_alive()


def check(message: Message) -> None:
    """Held against the schema of its topic."""
    if message.topic.endswith("/status"):
        schema.check("status", message.payload)
    elif message.topic.endswith("/health"):
        schema.check("health", message.payload)
    elif message.payload:
        assert message.topic == TOPICS.availability
    assert message.retain


def test_every_message_keeps_its_schema_whatever_the_vitals_say(tmp_path: Path) -> None:
    reasons: tuple[Reason, ...] = get_args(Reason)
    with site(tmp_path, status_s=0.3) as one:
        for reason in reasons:
            said = 'Grüße: "quoted", \n two lines'
            # Streams are ahead of us at times.
            camera = replace(HALL, health=reason, said=said, decided_after_ms_last=-1200.25)
            one.set(camera)
            until(partial(one.says, "hall", reason), f"hall is {reason}")
        until(lambda: one.status()["cameras"][-1]["health"] == reasons[-1], "a status of it")
    assert len(one.broker.arrived) >= len(reasons) + 3
    for message in one.broker.arrived:
        check(message)


def test_health_is_said_once_for_each_change(tmp_path: Path) -> None:
    with site(tmp_path) as one:
        until(lambda: one.health("hall") and one.health("Saal 3"), "the first health of both")
        one.set(replace(WARD, health="ok", said="pictures arrive"))
        until(lambda: len(one.health("Saal 3")) == 2, "the change")
        one.set(replace(WARD, health="ok", said="in other words"))
        until(lambda: len(one.health("Saal 3")) == 3, "the other words")
    assert [health["reason"] for health in one.health("Saal 3")] == ["offline", "ok", "ok"]
    assert [health["reason"] for health in one.health("hall")] == ["ok"]
    assert one.health("Saal 3")[1]["detail"] == "pictures arrive"


def test_status_counts_and_says_in_the_end_that_it_stops(tmp_path: Path) -> None:
    with site(tmp_path) as one:
        until(lambda: one.broker.payloads("/status"), "the first status")
        assert one.status()["state"] == "running"
        one.vitals = replace(one.vitals, batches=51)
    status = one.status()
    assert (status["state"], status["counters"]["batches"]) == ("stopping", 51)
    hall, other = status["cameras"]
    assert (hall["name"], hall["health"], other["name"]) == ("hall", "ok", "Saal 3")
    assert (hall["counters"]["frames_dropped"], hall["counters"]["record_packets"]) == (11, 200)
    assert "record_packets" not in other["counters"]
    assert "frame_age_s" not in other["counters"]


def test_status_comes_again_and_again(tmp_path: Path) -> None:
    with site(tmp_path, status_s=0.3) as one:
        until(lambda: len(one.broker.payloads("/status")) >= 3, "three of them")
    times = [json.loads(payload)["at"] for payload in one.broker.payloads("/status")]
    assert times == sorted(times)
    assert len(set(times)) >= 3


def test_a_camera_that_was_taken_out_leaves_nothing_at_the_broker(tmp_path: Path) -> None:
    health, snapshot = TOPICS.health("hall"), TOPICS.camera_snapshot("hall")
    view = TOPICS.view("hall")

    def last(topic: str) -> bytes | None:
        return next((m.payload for m in reversed(one.broker.arrived) if m.topic == topic), None)

    with site(tmp_path) as one:
        one.publisher.post_snapshot("some-event", "hall", b"a picture of the hall")
        until(lambda: last(health) and last(snapshot), "health and snapshot of the hall")
        one.take_out("hall")
        until(lambda: (last(health), last(snapshot)) == (b"", b""), "both are cleared")
        until(lambda: last(view) == b"", "and the view")
        assert all(m.retain for m in one.broker.arrived if m.topic in (health, snapshot))
        before = len(one.broker.payloads("Saal 3/"))
        one.set(HALL)
        until(lambda: last(health), "the hall is back, and told of again")
    assert len(one.broker.payloads("Saal 3/")) == before == 1
    assert [camera["name"] for camera in one.status()["cameras"]] == ["Saal 3", "hall"]


def test_everything_in_the_vitals_is_in_the_status() -> None:
    elsewhere = {"cameras.said", "cameras.since"}  # in the camera's health
    elsewhere |= {"backend", "own_threads.name", "own_threads.silent_s_max"}  # in /health
    told = status(VITALS).to_json()
    schema.check("status", told)
    untold = {name for name, other in changes(VITALS) if status(other).to_json() == told}
    assert untold == elsewhere
