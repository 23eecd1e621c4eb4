"""A clean stop is over in time whatever the broker does: frozen, gone, or slow to be found."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.broker import BrokerSettings
from alerts.mqtt import connector
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import OFFLINE, Publisher
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
WILL = Message(TOPICS.availability, OFFLINE, retain=True)
FLUSH_S = 1.0
SLOW_MACHINE_S = 1.5  # far less than the time-outs of the connection, which are 30 s here


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def a_publisher(path: Path, settings: BrokerSettings) -> Publisher:
    patient = replace(settings, ack_timeout_s=30.0, connect_timeout_s=30.0)
    return Publisher(lambda: Outbox(path), TOPICS, connector(patient, WILL), flush_s=FLUSH_S)


def stopped_within(stop: threading.Event, run: threading.Thread) -> float:
    began = time.monotonic()
    stop.set()
    run.join(60)
    assert not run.is_alive()
    return time.monotonic() - began


def running(publisher: Publisher) -> tuple[threading.Event, threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=publisher.run, args=(stop,), name="post")
    thread.start()
    return stop, thread


@pytest.mark.parametrize("under_way", [0, 3])
def test_a_frozen_broker_holds_no_stop_up(broker: Mosquitto, path: Path, under_way: int) -> None:
    publisher = a_publisher(path, broker.settings("device"))
    stop, run = running(publisher)
    until(lambda: publisher.counters().connected, "connected")
    broker.freeze()
    for ordinal in range(under_way):
        publisher.post(an_event(ordinal))
    took_s = stopped_within(stop, run)
    assert took_s < FLUSH_S + 0.5 + SLOW_MACHINE_S
    broker.thaw()
    assert publisher.counters().depth == under_way
    again = Publisher(lambda: Outbox(path), TOPICS, connector(broker.settings("device"), WILL))
    filters = Filters("floorwatch", "site")
    with keeping(broker.settings("desk"), filters.alerts) as kept, posting(again):
        until(lambda: again.counters().depth == 0, "what waited goes out after all")
        until(lambda: len(kept.events()) >= under_way, "and arrives")


def test_a_broker_that_is_gone_holds_no_stop_up(path: Path) -> None:
    publisher = a_publisher(path, BrokerSettings("127.0.0.1", "device", port=free_port()))
    publisher.post(an_event())
    stop, run = running(publisher)
    until(lambda: publisher.counters().failed, "it tries")
    assert stopped_within(stop, run) < FLUSH_S + 0.5 + SLOW_MACHINE_S
    assert publisher.counters().depth == 1


def test_a_broker_that_takes_connections_and_says_nothing_holds_no_stop_up(path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        silent.settimeout(30)
        port = silent.getsockname()[1]
        publisher = a_publisher(path, BrokerSettings("127.0.0.1", "device", port=port))
        publisher.post(an_event())
        stop, run = running(publisher)
        line, _ = silent.accept()
        with line:
            assert line.recv(1)  # it has said CONNECT, and waits
            assert stopped_within(stop, run) < FLUSH_S + 0.5 + SLOW_MACHINE_S
    assert publisher.counters().depth == 1


def test_one_that_was_given_up_for_a_frozen_broker_is_replaced_and_nothing_is_lost(
    broker: Mosquitto, path: Path
) -> None:
    patient = replace(broker.settings("device"), ack_timeout_s=60.0)
    publisher = Publisher(lambda: Outbox(path), TOPICS, connector(patient, WILL), stuck_s=1.0)
    filters = Filters("floorwatch", "site")
    with keeping(broker.settings("desk"), filters.alerts) as kept, posting(publisher):
        until(lambda: publisher.counters().connected, "connected")
        broker.freeze()
        for seq in range(3):
            publisher.post(an_event(0, seq))
        until(lambda: publisher.counters().stuck >= 1, "given up")
        broker.thaw()
        until(lambda: publisher.counters().depth == 0, "all sent")
        until(lambda: {event.seq for event in kept.events()} == {0, 1, 2}, "all arrived")
    seqs = [event.seq for event in kept.events()]
    assert seqs == sorted(seqs)
