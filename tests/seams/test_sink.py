"""The conformance suite of `alerts.ports.Sink`, over MQTT to a real mosquitto and into a list."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerts.errors import SinkLost, SinkRefused
from alerts.mqtt import MqttInbox, MqttSink
from alerts.ports import Message, Receipt, Sink
from tests.support.list_sink import ListBroker
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

# Everyone may do everything below "open", and nothing elsewhere.
ACL = "topic readwrite open/#\n"


@dataclass(frozen=True)
class Bench:
    """One implementation: how to make a sink, what arrived, how to take the other side away."""

    sink: Callable[[], Sink]
    arrived: Callable[[], list[bytes]]
    go_away: Callable[[], None]
    come_back: Callable[[], None]
    freeze: Callable[[], None]
    thaw: Callable[[], None]


@pytest.fixture
def over_mqtt(tmp_path: Path) -> Iterator[Bench]:
    got: list[bytes] = []
    with Mosquitto(tmp_path, acl=ACL) as broker, _reading(broker) as inbox:

        def arrived() -> list[bytes]:
            while (received := inbox.get(0.1)) is not None:
                got.append(received.payload)
            return got

        yield Bench(
            lambda: MqttSink(broker.settings("sink")),
            arrived,
            broker.kill,
            broker.start,
            broker.freeze,
            broker.thaw,
        )


def _reading(broker: Mosquitto) -> MqttInbox:
    return MqttInbox(broker.settings("inbox"), ["open/heard/#"])


@pytest.fixture
def into_a_list() -> Bench:
    broker = ListBroker(forbidden={"closed"})
    return Bench(
        broker.sink,
        lambda: broker.payloads("open/heard"),
        broker.away.set,
        broker.away.clear,
        broker.hung.set,
        broker.hung.clear,
    )


@pytest.fixture(params=["over_mqtt", "into_a_list"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found


def test_what_is_sent_arrives_in_order(bench: Bench) -> None:
    payloads = [b"%d" % number for number in range(50)]
    with bench.sink() as sink:
        for payload in payloads:
            assert sink.send(Message("open/heard/a", payload)) == Receipt(matched=True)
    until(lambda: bench.arrived() == payloads, "all has arrived")


def test_any_payload_and_both_qualities_of_service(bench: Bench) -> None:
    large = bytes(range(256)) * 4000
    with bench.sink() as sink:
        sink.send(Message("open/heard/a", b"", qos=1))
        sink.send(Message("open/heard/a", large, qos=1))
        sink.send(Message("open/heard/a", b"light", qos=0))
    until(lambda: bench.arrived() == [b"", large, b"light"], "all has arrived")


def test_a_refusal_is_no_success_and_the_next_goes_through(bench: Bench) -> None:
    with bench.sink() as sink:
        with pytest.raises(SinkRefused, match="closed"):
            sink.send(Message("closed", b"secret"))
        sink.check()
        sink.send(Message("open/heard/a", b"next"))
    until(lambda: bench.arrived() == [b"next"], "the next has arrived")


def test_nobody_there_is_lost_and_no_refusal(bench: Bench) -> None:
    bench.go_away()
    with pytest.raises(SinkLost) as raised, bench.sink():
        pass
    assert not isinstance(raised.value, SinkRefused)
    assert "\n" not in str(raised.value)


def test_a_sink_that_was_lost_stays_lost_and_a_new_one_works(bench: Bench) -> None:
    def lost() -> bool:
        try:
            sink.check()
        except SinkLost:
            return True
        return False

    with bench.sink() as sink:
        bench.go_away()
        until(lost, "the loss is noticed without sending")
        with pytest.raises(SinkLost):
            sink.send(Message("open/heard/a", b"x"))
        bench.come_back()
        with pytest.raises(SinkLost):
            sink.send(Message("open/heard/a", b"x"))
    with bench.sink() as sink:
        sink.send(Message("open/other", b"x"))


def test_leaving_ends_it(bench: Bench) -> None:
    with bench.sink() as sink:
        sink.check()
    with pytest.raises(SinkLost):
        sink.send(Message("open/heard/a", b"late"))


def test_one_that_was_cut_says_no_more_and_is_lost(bench: Bench) -> None:
    with bench.sink() as sink:
        sink.send(Message("open/heard/a", b"before"))
        sink.cut()
        sink.cut()
        with pytest.raises(SinkLost):
            sink.check()
        with pytest.raises(SinkLost):
            sink.send(Message("open/heard/a", b"after"))
    with bench.sink() as other:
        other.send(Message("open/heard/a", b"another's"))
    until(lambda: bench.arrived() == [b"before", b"another's"], "what was said before, and no more")


def test_one_that_was_cut_before_it_connects_does_not(bench: Bench) -> None:
    with bench.sink() as other:
        sink = bench.sink()
        sink.cut()
        with pytest.raises(SinkLost), sink:
            pass
        # Connected with the same id, it would have thrown this one out.
        other.send(Message("open/heard/a", b"still there"))
    until(lambda: bench.arrived() == [b"still there"], "the other goes on")


def test_cutting_waits_for_nothing_and_tells_who_waits_inside(bench: Bench) -> None:
    told: list[bool] = []

    def send() -> None:
        try:
            with bench.sink() as sink:
                ready.append(sink)
                inside.set()
                go_on.wait(30)
                sink.send(Message("open/heard/a", b"x"))
        except SinkLost as lost:
            told.append(not isinstance(lost, SinkRefused))

    ready: list[Sink] = []
    inside, go_on = threading.Event(), threading.Event()
    sending = threading.Thread(target=send)
    sending.start()
    assert inside.wait(30)
    bench.freeze()
    go_on.set()
    time.sleep(0.2)  # so that it waits for the receipt; if it does not yet, it is told all the same
    began = time.monotonic()
    ready[0].cut()
    assert time.monotonic() - began < 4.0  # the receipt is waited for longer than that
    bench.thaw()
    sending.join(30)
    assert told == [True]


def test_mqtt_says_when_nobody_subscribes(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, MqttSink(broker.settings()) as sink:
        assert sink.send(Message("a", b"x")) == Receipt(matched=False)
        with MqttInbox(broker.settings("inbox"), ["a"]):
            assert sink.send(Message("a", b"x")) == Receipt(matched=True)
    broker_in_a_list = ListBroker(subscribed=False)
    with broker_in_a_list.sink() as one:
        assert one.send(Message("a", b"x")) == Receipt(matched=False)
