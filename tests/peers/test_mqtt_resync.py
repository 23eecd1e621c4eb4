"""A resync over a real mosquitto: who was away gets all, and who is there waits for nothing."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from alerts.broker import BrokerSettings
from alerts.errors import SinkRefused
from alerts.hearing import Hearing
from alerts.mqtt import MqttSink, connector
from alerts.noted import Noted
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import Publisher
from alerts.resyncing import Resync
from alerts.retelling import Retelling
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.inboxes import Kept, keeping
from tests.support.mosquitto import Mosquitto
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
FILTERS = Filters("floorwatch", "site")
LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)
# A device as the daemon runs it, until it is killed.
DEVICE = """
import sys, threading
from pathlib import Path
from alerts.broker import BrokerSettings
from tests.peers.test_mqtt_resync import Device

settings = BrokerSettings("127.0.0.1", "device", port=int(sys.argv[2]))
with Device(Path(sys.argv[1]), settings, per_s=400).running():
    threading.Event().wait()
"""


@dataclass
class Device:
    """What answers a resync, on the files in `folder`."""

    folder: Path
    settings: BrokerSettings
    per_s: float = 1e6

    def __post_init__(self) -> None:
        outbox = self.folder / "outbox.sqlite3"
        device = connector(self.settings, None)
        self.publisher = Publisher(lambda: Outbox(outbox), TOPICS, device)
        noted = Noted(self.folder / "resync.json")
        self.retelling = Retelling(outbox, noted, self.publisher.replays, per_s=self.per_s)
        self.hearing = Hearing(self.settings, {TOPICS.resync: self.retelling.hear})

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        bodies = (self.retelling.run, self.hearing.run)
        threads = [threading.Thread(target=body, args=(stop,)) for body in bodies]
        with posting(self.publisher):
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                stop.set()
                for thread in threads:
                    thread.join(20)
                    assert not thread.is_alive()


def told(folder: Path, count: int) -> list[tuple[str, int]]:
    """An outbox that told so many events, of one phase each, to a broker that had them all."""
    with Outbox(folder / "outbox.sqlite3") as outbox, outbox.together():
        for ordinal in range(count):
            event = an_event(ordinal, 2)
            message = Message(TOPICS.alert("hall", "collapse"), event.to_json().encode())
            outbox.delivered(outbox.put(message, event.event_id, event.seq, event.phase))
    return [(an_event(ordinal).event_id, 2) for ordinal in range(count)]


def ask(settings: BrokerSettings, request_id: str = "one") -> None:
    request = Resync(request_id, LONG_AGO, "desk").to_json().encode()
    with MqttSink(replace(settings, client_id=f"{settings.client_id}-asks")) as sink:
        sink.send(Message(TOPICS.resync, request))


def keys(kept: Kept, *, replayed: bool) -> list[tuple[str, int]]:
    return [(one.event_id, one.seq) for one in kept.events() if one.replayed is replayed]


def test_a_desk_that_was_away_without_a_session_fetches_what_it_missed(
    tmp_path: Path, broker: Mosquitto
) -> None:
    device = Device(tmp_path, broker.settings("device"))
    events = [an_event(ordinal, seq) for ordinal in range(5) for seq in range(3)]
    with device.running():
        for event in events:
            device.publisher.post(event)
        sent = device.publisher.counters
        until(lambda: sent().unmatched == len(events), "the broker has them, for nobody")
        with keeping(broker.settings("desk"), FILTERS.alerts) as kept:
            ask(broker.settings("desk"))
            until(lambda: len(kept.events()) >= len(events), "told again")
            until(lambda: device.retelling.counts().answered == 1, "answered")
        found = kept.events()
    assert [(one.event_id, one.seq) for one in found] == [(e.event_id, e.seq) for e in events]
    assert all(one.replayed and one.published_at for one in found)
    assert [replace(one, replayed=False, published_at=None) for one in found] == events


def test_a_request_made_while_the_device_is_away_is_answered_when_it_is_back(
    tmp_path: Path, broker: Mosquitto
) -> None:
    before = told(tmp_path, 3)
    device = Device(tmp_path, broker.settings("device"))
    with device.running():
        until(lambda: device.hearing.counts().connected, "it hears")
    with keeping(broker.settings("desk"), FILTERS.alerts) as kept:
        ask(broker.settings("desk"))
        with Device(tmp_path, broker.settings("device")).running():
            until(lambda: len(kept.events()) >= 3, "told again")
        assert keys(kept, replayed=True) == before


def test_a_live_alert_overtakes_twenty_thousand_replays(tmp_path: Path, broker: Mosquitto) -> None:
    told(tmp_path, 20_000)
    device = Device(tmp_path, broker.settings("device"))
    with keeping(broker.settings("desk"), FILTERS.alerts) as kept, device.running():
        until(lambda: device.hearing.counts().connected, "it hears")
        ask(broker.settings("desk"))
        until(lambda: device.publisher.replays.sent > 200, "it is being answered")
        device.publisher.post(an_event(30_000))
        sent = device.publisher.replays.sent
        until(lambda: keys(kept, replayed=False), "the live alert")
    order = [one.replayed for one in kept.events()]
    # One that was under way, and one that came in between the post and the count.
    assert order.index(False) <= sent + 2
    assert sent + 2 < 20_000


def test_killed_in_the_middle_of_an_answer_it_gives_the_rest_in_order(
    tmp_path: Path, broker: Mosquitto
) -> None:
    before = told(tmp_path, 400)
    command = [sys.executable, "-c", DEVICE, str(tmp_path), str(broker.port)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with keeping(broker.settings("desk"), FILTERS.alerts) as kept:
        with subprocess.Popen(command, env=environment) as device:
            # Kept by the session of the device once it was there; asked for until then.
            until(lambda: asked_and_heard(broker, kept), "the first are told", 40)
            device.kill()
        assert len(keys(kept, replayed=True)) < len(before)
        with Device(tmp_path, broker.settings("device")).running():
            until(lambda: len(set(keys(kept, replayed=True))) == len(before), "the rest")
        found = keys(kept, replayed=True)
    at = [before.index(key) for key in found]
    begun = [i for i in range(1, len(at)) if at[i] != at[i - 1] + 1]
    assert (at[0], at[-1], len(begun) <= 1) == (0, len(before) - 1, True)
    assert all(at[i] <= at[i - 1] for i in begun)  # begun again further back: nothing is left out


def asked_and_heard(broker: Mosquitto, kept: Kept) -> bool:
    if not kept.events():
        ask(broker.settings("desk"))  # the same request: it is answered once
    return len(kept.events()) > 100


def test_who_may_not_ask_is_told_nothing_and_a_device_that_may_not_hear_alerts_all_the_same(
    tmp_path: Path,
) -> None:
    acl = "\n".join([
        "user device", "topic write floorwatch/site/#",
        "user viewer", "topic read floorwatch/#",
        "user desk", "topic read floorwatch/#", "topic write floorwatch/+/resync", "",
    ])  # fmt: skip
    told(tmp_path, 3)
    users = {"device": "pw", "viewer": "pw", "desk": "pw"}
    with Mosquitto(tmp_path / "broker", users=users, acl=acl) as broker:

        def user(name: str) -> BrokerSettings:
            return replace(broker.settings(name), username=name, password="pw")

        device = Device(tmp_path, user("device"))
        with keeping(user("desk"), FILTERS.alerts) as kept, device.running():
            until(lambda: device.hearing.counts().connected, "it is connected")
            with pytest.raises(SinkRefused, match="ACL"):
                ask(user("viewer"))
            ask(user("desk"), "two")  # may ask, but the device may not read it
            device.publisher.post(an_event(7))
            until(kept.events, "the alert")
            assert device.retelling.counts().heard == 0
        assert kept.events()[0].event_id == an_event(7).event_id
        assert keys(kept, replayed=True) == []


def test_what_is_too_long_or_no_request_is_counted_and_it_goes_on(
    tmp_path: Path, broker: Mosquitto
) -> None:
    before = told(tmp_path, 2)
    device = Device(tmp_path, broker.settings("device"))
    with keeping(broker.settings("desk"), FILTERS.alerts) as kept, device.running():
        until(lambda: device.hearing.counts().connected, "it hears")
        with MqttSink(broker.settings("crook")) as sink:
            for payload in (b"x" * 10_000_000, b"[" * 4000, b"\xff\x00", b"", b'{"since": 1e400}'):
                sink.send(Message(TOPICS.resync, payload))
        ask(broker.settings("desk"))
        until(lambda: len(kept.events()) == 2, "told again")
        counts = device.hearing.counts()
        assert (counts.heard, counts.dropped) == (6, 1)
        assert device.retelling.counts().refused == 4
        assert keys(kept, replayed=True) == before


def test_where_a_broker_lets_only_one_of_us_in_it_is_who_alerts(tmp_path: Path) -> None:
    users = {"box": "pw", "desk": "pw"}
    more = "use_username_as_clientid true"
    with Mosquitto(tmp_path / "broker", users=users, more=more) as broker:
        box = replace(broker.settings("device"), username="box", password="pw")
        desk = replace(broker.settings("desk"), username="desk", password="pw")
        device = Device(tmp_path, box)
        with keeping(desk, FILTERS.alerts) as kept, device.running():
            until(lambda: device.hearing.counts().lost >= 2, "they throw each other out")
            for ordinal in range(5):
                device.publisher.post(an_event(ordinal))
            expected = [(an_event(ordinal).event_id, 0) for ordinal in range(5)]
            until(lambda: len(set(keys(kept, replayed=False))) == 5, "all alerts")
            lost = device.hearing.counts().lost
            until(lambda: device.publisher.counters().connected, "the talker is back")
            assert list(dict.fromkeys(keys(kept, replayed=False))) == expected
            assert device.hearing.counts().lost <= lost + 1  # rarer and rarer
