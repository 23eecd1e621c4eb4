"""The conformance suite of `alerts.ports.Sink`, over MQTT to a real mosquitto and into a list."""

from __future__ import annotations

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


@pytest.fixture
def over_mqtt(tmp_path: Path) -> Iterator[Bench]:
    got: list[bytes] = []
    with Mosquitto(tmp_path, acl=ACL) as broker, _reading(broker) as inbox:

        def arrived() -> list[bytes]:
            while (received := inbox.get(0.1)) is not None:
                got.append(received.payload)
            return got

        yield Bench(lambda: MqttSink(broker.settings("sink")), arrived, broker.kill, broker.start)


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


def test_mqtt_says_when_nobody_subscribes(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, MqttSink(broker.settings()) as sink:
        assert sink.send(Message("a", b"x")) == Receipt(matched=False)
        with MqttInbox(broker.settings("inbox"), ["a"]):
            assert sink.send(Message("a", b"x")) == Receipt(matched=True)
    broker_in_a_list = ListBroker(subscribed=False)
    with broker_in_a_list.sink() as one:
        assert one.send(Message("a", b"x")) == Receipt(matched=False)
