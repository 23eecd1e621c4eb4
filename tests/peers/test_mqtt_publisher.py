"""The publisher against a real mosquitto: outages, kills, refusals, last will, the contract."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alerts import schema
from alerts.event import Event
from alerts.mqtt import BrokerSettings, connector
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import OFFLINE, Publisher
from alerts.status import Health
from alerts.topics import Filters, Topics
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.test_contract import STATUS
from tests.support.inboxes import Kept, keeping
from tests.support.mosquitto import Mosquitto
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
EVERYTHING = Filters("floorwatch", "site").everything
WILL = Message(TOPICS.availability, OFFLINE, retain=True)
# What the shipped configs/mosquitto.conf says about keeping.
KEEP = "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker", persistence=True, more=KEEP) as broker:
        yield broker


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def a_publisher(path: Path, settings: BrokerSettings) -> Publisher:
    return Publisher(lambda: Outbox(path), TOPICS, connector(settings, WILL))


def assert_all_and_in_order(events: list[Event], ordinals: int, phases: int) -> None:
    """Every phase of every incident is there; without its copies each incident is in order."""
    for ordinal in range(ordinals):
        name = an_event(ordinal).event_id
        seqs = [event.seq for event in events if event.event_id == name]
        assert list(dict.fromkeys(seqs)) == list(range(phases)), (ordinal, seqs)
        # A copy repeats what was in doubt; it never brings back what came before that.
        assert all(after >= before for before, after in itertools.pairwise(seqs)), seqs


def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    broker: Mosquitto, path: Path
) -> None:
    publisher = a_publisher(path, broker.settings("device"))
    filters = Filters("floorwatch", "site")
    with keeping(broker.settings("desk"), filters.alerts) as kept, posting(publisher):
        publisher.post(an_event(0))
        until(lambda: len(kept.events()) == 1, "the first arrives")
        broker.kill()
        for seq in range(3):
            for ordinal in range(10):
                publisher.post(an_event(ordinal, seq))
        until(lambda: publisher.counters().failed >= 2, "it has tried in vain")
        assert publisher.counters().depth == 30
        broker.start()
        back_at = time.monotonic()
        until(lambda: publisher.counters().connected, "connected again")
        took_s = time.monotonic() - back_at
        until(lambda: publisher.counters().depth == 0, "all sent")
        until(lambda: len({(e.event_id, e.seq) for e in kept.events()}) == 30, "all arrived")
    # Not a measure of speed: the longest pause between two attempts, and a slow machine.
    assert took_s < 2.5 + 5.0
    assert_all_and_in_order(kept.events(), ordinals=10, phases=3)
    assert publisher.counters().lost == 1


def test_a_broker_that_is_killed_again_and_again_while_events_are_posted(
    broker: Mosquitto, path: Path
) -> None:
    publisher = a_publisher(path, broker.settings("device"))
    filters = Filters("floorwatch", "site")
    with keeping(broker.settings("desk"), filters.alerts) as kept, posting(publisher):
        for seq in range(3):
            until(lambda: publisher.counters().connected, "connected")
            until(kept.connected.is_set, "the desk is connected")
            for ordinal in range(20):
                publisher.post(an_event(ordinal, seq))
                if ordinal == 10:
                    # The desk must have what the broker acknowledged: a power cut of the broker
                    # between receipt and saving is the broker's to lose.
                    until(lambda: publisher.counters().depth == 0, "sent so far")
                    _until_arrived(kept, 20 * seq + 11)
                    broker.kill()
            broker.start()
        until(lambda: publisher.counters().depth == 0, "all sent")
        until(lambda: _different(kept.events()) == 60, "all arrived")
    assert_all_and_in_order(kept.events(), ordinals=20, phases=3)


def _until_arrived(kept: Kept, count: int) -> None:
    until(lambda: _different(kept.events()) == count, f"{count} have arrived")


def _different(events: list[Event]) -> int:
    return len({(event.event_id, event.seq) for event in events})


def test_a_frozen_broker_is_noticed_by_the_missing_receipt(broker: Mosquitto, path: Path) -> None:
    settings = replace(broker.settings("device"), ack_timeout_s=0.3, connect_timeout_s=0.3)
    publisher = a_publisher(path, settings)
    filters = Filters("floorwatch", "site")
    with keeping(broker.settings("desk"), filters.alerts) as kept, posting(publisher):
        until(lambda: publisher.counters().connected, "connected")
        broker.freeze()
        publisher.post(an_event(0))
        publisher.post(an_event(0, 1))
        until(lambda: publisher.counters().lost >= 1, "the loss is noticed")
        broker.thaw()
        until(lambda: publisher.counters().depth == 0, "all sent")
        until(lambda: _different(kept.events()) == 2, "all arrived")
    # The one in doubt came twice, and both can be told to be the same.
    seqs = [event.seq for event in kept.events()]
    assert seqs == sorted(seqs)
    assert set(seqs) == {0, 1}


DAEMON = """
import sys, threading
from pathlib import Path
from alerts.mqtt import BrokerSettings, connector
from alerts.outbox import Outbox
from alerts.publisher import OFFLINE, Publisher
from alerts.ports import Message
from alerts.topics import Topics
from tests.alerts.samples import an_event

topics = Topics("floorwatch", "site")
will = Message(topics.availability, OFFLINE, retain=True)
settings = BrokerSettings("127.0.0.1", "device", port=int(sys.argv[2]))
publisher = Publisher(lambda: Outbox(Path(sys.argv[1])), topics, connector(settings, will))
thread = threading.Thread(target=publisher.run, args=(threading.Event(),), daemon=True)
thread.start()
for seq in range(3):
    for ordinal in range(30):
        publisher.post(an_event(ordinal, seq))
print("posted", flush=True)
thread.join()
"""


def test_a_daemon_that_is_killed_says_offline_by_its_will_and_its_successor_sends_the_rest(
    broker: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "outbox.sqlite3"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with keeping(broker.settings("desk"), EVERYTHING) as kept:
        daemon = subprocess.Popen(
            [sys.executable, "-c", DAEMON, str(path), str(broker.port)], env=environment
        )
        with daemon:
            until(lambda: len(kept.events()) >= 20, "it is in the midst of sending")
            daemon.send_signal(signal.SIGKILL)
        until(lambda: kept.on("/availability")[-1:] == [b"offline"], "its will")
        with Outbox(path) as outbox:
            known = _known(outbox, kept.events())
        with closing(sqlite3.connect(path)) as file, file:
            # What comes goes on with the same events, as no successor does: none is an orphan.
            file.execute("DELETE FROM open_event")
        publisher = a_publisher(path, broker.settings("device"))
        for seq in range(3):
            for ordinal in range(30):
                event = an_event(ordinal, seq)
                if (event.event_id, seq) not in known:  # what it had not come to post
                    publisher.post(event)
        with posting(publisher):
            until(lambda: publisher.counters().depth == 0, "all sent")
            until(lambda: _different(kept.events()) == 90, "all arrived")
            assert kept.on("/availability")[-1] == b"online"
    assert_all_and_in_order(kept.events(), ordinals=30, phases=3)
    assert len(kept.events()) <= 91  # only the one that was under way can come twice


def _known(outbox: Outbox, arrived: list[Event]) -> set[tuple[str, int]]:
    waiting = {(kept.event_id, kept.seq) for kept in outbox.next(1000)}
    return waiting | {(event.event_id, event.seq) for event in arrived}


def test_what_the_acl_forbids_is_a_dead_letter_and_no_success(path: Path, tmp_path: Path) -> None:
    acl = (
        "user device\ntopic write floorwatch/site/availability\n"
        "topic write floorwatch/site/alerts/hall/#\nuser desk\ntopic read floorwatch/#\n"
    )
    users = {"device": "one", "desk": "two"}
    with Mosquitto(tmp_path / "broker", users=users, acl=acl) as broker:
        desk = replace(broker.settings("desk"), username="desk", password="two")
        device = replace(broker.settings("device"), username="device", password="one")
        publisher = a_publisher(path, device)
        with keeping(desk, EVERYTHING) as kept, posting(publisher):
            publisher.post(an_event(0, camera="cellar"))
            publisher.post(an_event(1))
            publisher.post(an_event(0, 1, camera="cellar"))
            publisher.post(an_event(1, 1))
            until(lambda: len(kept.events()) == 2, "what is allowed arrives")
            until(lambda: publisher.counters().depth == 0, "nothing waits")
    counters = publisher.counters()
    assert (counters.refused, counters.dead, counters.lost) == (2, 2, 0)
    assert counters.sent == 2 + 2  # online, offline
    with Outbox(path) as outbox:
        letters = outbox.dead_letters()
    assert [letter.seq for letter in letters] == [1, 0]
    assert "not authorised: check the broker's ACL" in letters[0].reason


def test_every_message_keeps_the_contract_and_is_retained_as_it_says(
    broker: Mosquitto, path: Path
) -> None:
    publisher = a_publisher(path, broker.settings("device"))
    with keeping(broker.settings("desk"), EVERYTHING) as kept:
        with posting(publisher):
            for seq in range(3):
                publisher.post(an_event(0, seq))
            publisher.post_snapshot(an_event().event_id, "hall", b"\xff\xd8jpeg")
            publisher.announce(Message(TOPICS.status, STATUS.to_json().encode(), retain=True))
            health = Health("site", "hall", "ok", BEGAN).to_json().encode()
            publisher.announce(Message(TOPICS.health("hall"), health, retain=True))
            until(lambda: publisher.counters().sent == 8, "all sent")
        until(lambda: len(kept.received) == 9, "all arrived")
    assert publisher.counters().unmatched == 0
    _check_each_by_the_contract([(one.topic, one.payload) for one in kept.received])

    with keeping(broker.settings("late"), EVERYTHING) as late:
        until(lambda: len(late.received) == 4, "what is kept arrives")
    retained = {one.topic: one.payload for one in late.received}
    assert all(one.retain for one in late.received)
    assert retained == {
        TOPICS.availability: b"offline",
        TOPICS.status: STATUS.to_json().encode(),
        TOPICS.health("hall"): health,
        TOPICS.camera_snapshot("hall"): b"\xff\xd8jpeg",
    }


def _check_each_by_the_contract(messages: list[tuple[str, bytes]]) -> None:
    for topic, payload in messages:
        kind = topic.removeprefix("floorwatch/site/").split("/")
        if kind[0] == "alerts":
            fields = schema.check("event", payload)
            assert kind == ["alerts", fields["camera"], fields["label"]]
            assert fields["published_at"] is not None
        elif kind[-1] == "status":
            schema.check("status", payload)
        elif kind[-1] == "health":
            schema.check("health", payload)
        elif kind == ["availability"]:
            assert payload in {b"online", b"offline"}
        else:
            assert kind[-1] == "snapshot"
            assert payload.startswith(b"\xff\xd8")


def test_two_daemons_with_one_client_id_are_told(
    broker: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        posting(a_publisher(tmp_path / "a.sqlite3", broker.settings("same"))),
        posting(a_publisher(tmp_path / "b.sqlite3", broker.settings("same"))),
    ):
        until(lambda: "does another client use our client id?" in caplog.text, "told")
