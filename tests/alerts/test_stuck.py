"""A talker that hangs where no time-out reaches: another takes over, and a stop does not wait."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.backoff import Backoff
from alerts.event import Event
from alerts.outbox import Outbox
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.list_sink import ListBroker
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
STUCK_S = 1.0
FLUSH_S = 1.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def a_publisher(path: Path, broker: ListBroker, stuck_s: float = STUCK_S) -> Publisher:
    quick = Backoff(first_s=0.01, cap_s=0.05)
    return Publisher(
        lambda: Outbox(path), TOPICS, broker.sink, backoff=quick, flush_s=FLUSH_S, stuck_s=stuck_s
    )


def seqs(broker: ListBroker) -> list[int]:
    return [Event.from_json(payload).seq for payload in broker.payloads("/alerts/")]


def talkers() -> int:
    return sum(thread.name == "talk" for thread in threading.enumerate())


@pytest.fixture(autouse=True)
def _nobody_is_left_behind() -> Iterator[None]:
    yield
    until(lambda: talkers() == 0, "all talkers have ended")


def test_another_takes_over_and_the_one_that_wakes_says_nothing(path: Path) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker)
    with posting(publisher):
        until(lambda: publisher.counters().connected, "connected")
        hung = broker.hung
        hung.set()
        for seq in range(3):
            publisher.post(an_event(0, seq))
        until(lambda: publisher.counters().stuck >= 1, "given up")
        assert seqs(broker) == []
        broker.hung = threading.Event()  # who comes now is served; who hangs, hangs on
        until(lambda: seqs(broker) == [0, 1, 2], "another sends all")
        left_behind = talkers() - 1
        assert left_behind >= 1
        hung.clear()
        until(lambda: talkers() == 1, "those left behind wake and end")
        publisher.post(an_event(0, 3))
        until(lambda: len(seqs(broker)) == 4, "it goes on")
    assert seqs(broker) == [0, 1, 2, 3]
    assert publisher.counters().depth == 0
    assert publisher.counters().lost == 0  # a line we cut ourselves was not lost


def test_one_that_hangs_while_it_connects_is_given_up_too(path: Path) -> None:
    broker = ListBroker()
    hung = broker.hung
    hung.set()
    publisher = a_publisher(path, broker)
    publisher.post(an_event())
    with posting(publisher):
        until(lambda: publisher.counters().stuck >= 1, "given up")
        broker.hung = threading.Event()
        until(lambda: seqs(broker) == [0], "another connects and sends")
        connections = broker.connections
        hung.clear()
        until(lambda: talkers() == 1, "those left behind end")
        assert broker.connections == connections


def test_what_one_delivered_before_it_was_given_up_counts_as_delivered(path: Path) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker)
    with posting(publisher):
        until(lambda: publisher.counters().connected, "connected")
        hung = broker.hung_after
        hung.set()
        publisher.post(an_event(0, 0))
        publisher.post(an_event(0, 1))
        until(lambda: publisher.counters().stuck >= 1, "given up")
        broker.hung_after = threading.Event()
        until(lambda: seqs(broker)[-1:] == [1], "another sends the rest")
        hung.clear()
        until(lambda: talkers() == 1, "those left behind end")
        until(lambda: publisher.counters().depth == 0, "nothing waits")
    arrived = seqs(broker)
    assert all(after >= before for before, after in itertools.pairwise(arrived)), arrived
    assert set(arrived) == {0, 1}


def test_no_more_than_four_are_left_behind(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broker = ListBroker()
    broker.hung.set()
    publisher = a_publisher(path, broker, stuck_s=0.1)
    publisher.post(an_event())
    with posting(publisher):
        until(lambda: "talkers hang already" in caplog.text, "told")
        assert (publisher.counters().stuck, talkers()) == (4, 5)
        broker.hung.clear()
        until(lambda: seqs(broker) == [0], "the last one goes on by itself")
        until(lambda: talkers() == 1, "the others end")


def test_an_event_whose_sending_hangs_lets_others_pass(path: Path) -> None:
    broker = ListBroker(hangs_on={TOPICS.alert("cellar", "collapse")})
    publisher = a_publisher(path, broker, stuck_s=0.1)
    publisher.post(an_event(0, camera="cellar"))
    publisher.post(an_event(1))
    with posting(publisher):
        until(lambda: broker.payloads("/alerts/hall"), "the other went past it")
        broker.hangs_on.clear()
        until(lambda: broker.payloads("/alerts/cellar"), "it goes out as soon as it can")


def test_alive_says_how_long_nothing_was_heard(path: Path) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker, stuck_s=60.0)
    with posting(publisher):
        until(lambda: publisher.counters().connected, "connected")
        broker.hung.set()
        publisher.post(an_event())
        until(lambda: publisher.counters().alive_s > 0.6, "silence grows")
        broker.hung.clear()
        until(lambda: publisher.counters().alive_s < 0.3, "and ends")


@pytest.mark.parametrize("connected", [True, False])
def test_a_stop_waits_for_nobody_who_hangs(path: Path, connected: bool) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker, stuck_s=60.0)
    stop = threading.Event()
    running = threading.Thread(target=publisher.run, args=(stop,))
    if not connected:
        broker.hung.set()
    running.start()
    if connected:
        until(lambda: publisher.counters().connected, "connected")
        broker.hung.set()
    publisher.post(an_event())
    until(lambda: broker.waiting, "it hangs")
    stopped_at = time.monotonic()
    stop.set()
    running.join(60)
    took_s = time.monotonic() - stopped_at
    assert not running.is_alive()
    assert took_s < FLUSH_S + 0.5 + 2.0  # and a slow machine
    assert publisher.counters().depth == 1  # kept, for the next time
    broker.hung.clear()
    until(lambda: talkers() == 0, "the one left behind ends")
    assert seqs(broker) == []
