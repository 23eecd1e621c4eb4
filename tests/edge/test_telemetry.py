"""What the daemon says about itself keeps the published schemas, and is said when it changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from alerts import schema
from alerts.event import ModelUsed
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import Publisher
from alerts.topics import Topics
from edge.brain import Looked
from edge.clock import SystemClock
from edge.evidence import Keeper, Limits
from edge.mailbox import Mailboxes
from edge.readings import Readings, Watched
from edge.reconnect import Reason, Tally
from edge.telemetry import Telemetry, status
from tests.edge.frames import frame
from tests.edge.pulses import VITALS, changes
from tests.support.list_sink import ListBroker
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "lab")


@dataclass
class Site:
    """Telemetry with all it reads, and the broker it reaches."""

    broker: ListBroker
    publisher: Publisher
    watched: dict[str, Watched]
    looked: Looked
    mailboxes: Mailboxes

    def health(self, camera: str) -> list[dict[str, Any]]:
        return [dict(json.loads(p)) for p in self.broker.payloads(f"cameras/{camera}/health")]

    def says(self, camera: str, reason: str) -> bool:
        return bool(found := self.health(camera)) and found[-1]["reason"] == reason

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.broker.payloads("/status")[-1]))


@contextmanager
def site(folder: Path, status_s: float = 60.0) -> Iterator[Site]:
    broker, clock, looked, boxes = ListBroker(), SystemClock(), Looked(), Mailboxes()
    watched = {
        "hall": Watched(Tally(since_ns=clock.now_ns()), Tally(frames=7, lost=1)),
        "Saal 3": Watched(Tally(since_ns=clock.now_ns())),
    }
    keeper = Keeper(folder / "evidence", Limits(10, 10, 7, 2**20), clock)
    keeper.failed = 3
    with Outbox(folder / "outbox.sqlite3") as outbox:
        publisher = Publisher(outbox, TOPICS, broker.sink)
        readings = Readings(
            site="lab",
            version="0.1.0",
            model=ModelUsed("first", "0" * 64),
            clock=clock,
            cameras=lambda: dict(watched),
            mailboxes=boxes,
            looked=looked,
            keeper=keeper,
            posted=publisher.counters,
            started_ns=clock.now_ns(),
        )
        telemetry = Telemetry(readings.take, TOPICS, clock, publisher, status_s)
        stop = Event()
        thread = threading.Thread(target=telemetry.run, args=(stop,), name="telemetry")
        with posting(publisher):
            thread.start()
            try:
                yield Site(broker, publisher, watched, looked, boxes)
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


def test_every_message_keeps_its_schema_whatever_the_tallies_say(tmp_path: Path) -> None:
    with site(tmp_path) as one:
        hall = one.watched["hall"].stream
        hall.frames, hall.last_ns = 12, SystemClock().now_ns() + 10**9
        one.looked.frames["hall"] = 5
        one.looked.age_ms_last["hall"] = -1200.25  # ahead of us, as streams are at times
        reasons: tuple[Reason, ...] = ("no_frames", "ok", "offline")
        for reason in reasons:
            hall.note(reason, 'Grüße: "quoted", \n two lines', 0)
            until(partial(one.says, "hall", reason), f"hall is {reason}")
    assert len(one.broker.arrived) >= 8
    for message in one.broker.arrived:
        check(message)


def test_health_is_said_once_for_each_change(tmp_path: Path) -> None:
    with site(tmp_path) as one:
        until(lambda: one.health("hall") and one.health("Saal 3"), "the first health of both")
        one.watched["hall"].stream.note("ok", "pictures arrive", SystemClock().now_ns())
        until(lambda: len(one.health("hall")) == 2, "the change")
    assert [health["reason"] for health in one.health("hall")] == ["offline", "ok"]
    assert [health["reason"] for health in one.health("Saal 3")] == ["offline"]
    assert one.health("hall")[1]["detail"] == "pictures arrive"


def test_status_counts_and_says_in_the_end_that_it_stops(tmp_path: Path) -> None:
    with site(tmp_path) as one:
        one.mailboxes.put(frame("hall"))
        one.mailboxes.put(frame("hall"))
        one.looked.batches = 4
        until(lambda: one.broker.payloads("/status"), "the first status")
        assert one.status()["state"] == "running"
    status = one.status()
    assert status["state"] == "stopping"
    hall, other = status["cameras"]
    assert (hall["name"], hall["health"], other["name"]) == ("hall", "offline", "Saal 3")
    assert (hall["counters"]["frames_dropped"], hall["counters"]["record_packets"]) == (1, 7)
    assert "record_packets" not in other["counters"]
    assert (status["counters"]["batches"], status["counters"]["evidence_failed"]) == (4, 3)


def test_status_comes_again_and_again(tmp_path: Path) -> None:
    with site(tmp_path, status_s=0.3) as one:
        until(lambda: len(one.broker.payloads("/status")) >= 3, "three of them")
    times = [json.loads(payload)["at"] for payload in one.broker.payloads("/status")]
    assert times == sorted(times)
    assert len(set(times)) >= 3


def test_a_camera_that_was_taken_out_leaves_nothing_at_the_broker(tmp_path: Path) -> None:
    health, snapshot = TOPICS.health("hall"), TOPICS.camera_snapshot("hall")

    def last(topic: str) -> bytes | None:
        return next((m.payload for m in reversed(one.broker.arrived) if m.topic == topic), None)

    with site(tmp_path) as one:
        one.publisher.post_snapshot("some-event", "hall", b"a picture of the hall")
        until(lambda: last(health) and last(snapshot), "health and snapshot of the hall")
        gone = one.watched.pop("hall")
        until(lambda: (last(health), last(snapshot)) == (b"", b""), "both are cleared")
        assert all(m.retain for m in one.broker.arrived if m.topic in (health, snapshot))
        before = len(one.broker.payloads("Saal 3/"))
        one.watched["hall"] = gone
        until(lambda: last(health), "the hall is back, and told of again")
    assert len(one.broker.payloads("Saal 3/")) == before == 1
    assert [camera["name"] for camera in one.status()["cameras"]] == ["Saal 3", "hall"]


def test_everything_in_the_vitals_is_in_the_status() -> None:
    elsewhere = {"cameras.said", "cameras.since"}  # in the camera's health
    elsewhere |= {"own_threads.name", "own_threads.silent_s_max"}  # in /health
    told = status(VITALS).to_json()
    schema.check("status", told)
    untold = {name for name, other in changes(VITALS) if status(other).to_json() == told}
    assert untold == elsewhere
