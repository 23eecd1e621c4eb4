"""Subscribing against a real mosquitto, and the shipped mosquitto.conf."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.errors import SinkLost, UserError
from alerts.mqtt import BrokerSettings, MqttInbox, MqttSink, Received
from alerts.ports import Message
from tests.support.mosquitto import Mosquitto, free_port, password_file
from tests.support.until import until

SUBACK = 9  # the type of that packet (MQTT 5, section 2.1.2)
SHIPPED = Path(__file__).parents[2] / "configs" / "mosquitto.conf"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


def take(inbox: MqttInbox, count: int) -> list[Received]:
    """The next so many; fails when they do not come."""
    taken: list[Received] = []
    while len(taken) < count:
        received = inbox.get(10.0)
        assert received is not None, f"only {len(taken)} of {count} came"
        taken.append(received)
    return taken


def test_what_is_kept_says_so(broker: Mosquitto) -> None:
    with MqttSink(broker.settings("out")) as sink:
        sink.send(Message("a/kept", b"old", retain=True))
        with MqttInbox(broker.settings("in"), ["a/#", "b"]) as inbox:
            assert take(inbox, 1) == [Received("a/kept", b"old", retain=True)]
            sink.send(Message("a/kept", b"new", retain=True))
            sink.send(Message("b", b"else"))
            assert take(inbox, 2) == [
                Received("a/kept", b"new", retain=False),
                Received("b", b"else", retain=False),
            ]
            assert inbox.get(0.01) is None


def test_what_has_arrived_can_be_taken_at_once_and_comes_again_until_it_was_worked_on(
    broker: Mosquitto,
) -> None:
    settings = broker.settings("in")

    def all_of(inbox: MqttInbox) -> list[int]:
        until(lambda: inbox.waiting() == 5, "all have arrived")
        return [int(one.payload) for one in inbox.get_many(64, 10.0)]

    with MqttSink(broker.settings("out")) as sink:
        with suppress(SinkLost), MqttInbox(settings, ["a"], forget=False) as inbox:
            for number in range(5):
                sink.send(Message("a", b"%d" % number))
            assert all_of(inbox) == list(range(5))
            raise SinkLost("who took them dies")
        with MqttInbox(settings, ["a"], forget=False) as inbox:
            assert all_of(inbox) == list(range(5))
            # Time for the broker to hear of it: what it has not when the line ends comes again.
            assert inbox.get_many(64, 0.5) == []
        with MqttInbox(settings, ["a"], forget=False) as inbox:
            assert inbox.get_many(64, 0.5) == []


@contextmanager
def slow_to_grant(port: int, wait_s: float) -> Iterator[int]:
    """A line to the broker on which the answer to a subscription comes late."""
    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor(2) as pool:

        def carry(source: socket.socket, to: socket.socket) -> None:
            with suppress(OSError):
                while data := source.recv(65_536):
                    if data[0] >> 4 == SUBACK:
                        time.sleep(wait_s)
                    to.sendall(data)
                to.shutdown(socket.SHUT_RDWR)

        def serve() -> None:
            line, _ = door.accept()
            with line, socket.create_connection(("127.0.0.1", port)) as broker:
                back = pool.submit(carry, broker, line)
                carry(line, broker)
                back.result()

        served = pool.submit(serve)
        yield int(door.getsockname()[1])
        served.result()


def test_a_broker_that_is_slow_to_let_us_read_is_waited_for(broker: Mosquitto) -> None:
    settings = replace(broker.settings("in"), ack_timeout_s=0.1)
    with (
        slow_to_grant(broker.port, 1.0) as port,
        MqttSink(broker.settings("out")) as sink,
        MqttInbox(replace(settings, port=port), ["a"]) as inbox,
    ):
        sink.send(Message("a", b"heard"))
        assert take(inbox, 1)[0].payload == b"heard"


def test_a_slow_reader_is_waited_for_and_loses_nothing(broker: Mosquitto) -> None:
    small = replace(broker.settings("in"), receive_maximum=3)
    with (
        MqttInbox(small, ["a"]) as inbox,
        MqttSink(broker.settings("out")) as sink,
    ):
        for number in range(50):
            sink.send(Message("a", b"%d" % number))
        assert [int(one.payload) for one in take(inbox, 50)] == list(range(50))


def test_a_reader_that_stops_reading_can_still_leave_and_come_back(broker: Mosquitto) -> None:
    small = replace(broker.settings("in"), receive_maximum=3)
    with MqttSink(broker.settings("out")) as sink:
        with MqttInbox(small, ["a"], forget=False) as inbox:
            for number in range(50):
                sink.send(Message("a", b"%d" % number))
            for _ in range(50):
                sink.send(Message("a", b"light", qos=0))  # not held back by the broker
            until(lambda: inbox.held_up, "the broker is made to wait")
            assert inbox.waiting() == 3
        with MqttInbox(small, ["a"]) as inbox:
            assert [int(one.payload) for one in take(inbox, 50)] == list(range(50))


def test_a_session_that_collected_more_than_can_wait_goes_on(broker: Mosquitto) -> None:
    small = replace(broker.settings("in"), receive_maximum=3)
    with MqttInbox(small, ["a"], forget=False):
        pass
    with MqttSink(broker.settings("out")) as sink:
        for number in range(300):
            sink.send(Message("a", b"%d" % number))
        for _ in range(2):  # the second time all but one come again
            with MqttInbox(small, ["a"], forget=False) as inbox:
                first = take(inbox, 1)
        with MqttInbox(small, ["a"]) as inbox:
            rest = take(inbox, 298)
    assert [int(one.payload) for one in (*first, *rest)] == list(range(1, 300))


def test_what_was_being_worked_on_comes_again_to_a_session_that_lives(broker: Mosquitto) -> None:
    settings = broker.settings("desk")
    with MqttSink(broker.settings("out")) as sink:
        with pytest.raises(RuntimeError, match="crash"):
            _take_two_and_crash(settings, sink)
        sink.send(Message("a", b"3"))
        with MqttInbox(settings, ["a"], forget=True) as inbox:
            assert [one.payload for one in take(inbox, 2)] == [b"2", b"3"]
        sink.send(Message("a", b"4"))  # it was forgotten: nobody collects for it
        with MqttInbox(settings, ["a"]) as inbox:
            assert inbox.get(0.2) is None


def _take_two_and_crash(settings: BrokerSettings, sink: MqttSink) -> None:
    with MqttInbox(settings, ["a"]) as inbox:
        sink.send(Message("a", b"1"))
        sink.send(Message("a", b"2"))
        assert [one.payload for one in take(inbox, 2)] == [
            b"1",
            b"2",
        ]  # asking for 2 is done with 1
        raise RuntimeError("crash")


def test_a_session_that_is_kept_collects_while_away(broker: Mosquitto) -> None:
    settings = broker.settings("desk")
    with MqttInbox(settings, ["a"], forget=False):
        pass
    with MqttSink(broker.settings("out")) as sink:
        assert sink.send(Message("a", b"1")).matched
    with MqttInbox(settings, ["a"]) as inbox:
        assert take(inbox, 1)[0].payload == b"1"


def test_what_is_kept_comes_once_to_a_session_that_wants_it_so(broker: Mosquitto) -> None:
    settings = broker.settings("desk")
    with MqttSink(broker.settings("out")) as sink:
        for topic in ("a/1", "a/2"):
            sink.send(Message(topic, b"old", retain=True))
        with MqttInbox(settings, ["a/#"], forget=False, once=["a/#"]) as inbox:
            assert {one.topic for one in take(inbox, 2)} == {"a/1", "a/2"}
            inbox.get(0.01)  # both are acknowledged
        sink.send(Message("a/1", b"new", retain=True))
        with MqttInbox(settings, ["a/#"], forget=False, once=["a/#"]) as inbox:
            sink.send(Message("a/3", b"last"))
            assert [one.payload for one in take(inbox, 2)] == [b"new", b"last"]
        with MqttInbox(settings, ["a/#"]) as inbox:
            assert {one.payload for one in take(inbox, 2)} == {b"new", b"old"}


def test_a_lost_broker_is_told_after_what_had_arrived(broker: Mosquitto) -> None:
    with (
        MqttInbox(broker.settings("in"), ["a"]) as inbox,
        MqttSink(broker.settings("out")) as sink,
    ):
        for payload in (b"1", b"2", b"3"):
            sink.send(Message("a", payload))
        assert take(inbox, 1)[0].payload == b"1"
        until(lambda: inbox.waiting() == 2, "both have arrived")
        broker.kill()
        assert [one.payload for one in take(inbox, 2)] == [b"2", b"3"]
        with pytest.raises(SinkLost, match="connection lost"):
            until(lambda: inbox.get(0.05), "the loss is told")


def test_topics_that_may_not_be_read_are_told(tmp_path: Path) -> None:
    # An ACL file filters what is delivered but takes every subscription; this plugin refuses them.
    plugins = list(Path("/usr/lib").glob("*/mosquitto_dynamic_security.so"))
    if not plugins:
        pytest.skip("mosquitto has no dynamic security plugin here")
    access = {"publishClientSend": True, "publishClientReceive": True, "subscribe": False}
    (tmp_path / "access.json").write_text(json.dumps({"defaultACLAccess": access}))
    more = f"plugin {plugins[0]}\nplugin_opt_config_file {tmp_path / 'access.json'}"
    with (
        Mosquitto(tmp_path, more=more) as broker,
        pytest.raises(UserError, match="does not let us read closed/x"),
        MqttInbox(broker.settings(), ["closed/x"]),
    ):
        pass


def test_the_shipped_configuration_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    port = free_port()
    passwords = password_file(tmp_path / "passwords", {"floorwatch": "one"})
    text = SHIPPED.read_text("utf-8")
    for pattern, value in {
        r"^listener 8883\n.*\n.*$": f"listener {port} 127.0.0.1",  # without its certificate
        r"^persistence_location .*$": f"persistence_location {tmp_path}/\nuser root",
        r"^password_file .*$": f"password_file {passwords}",
        r"^acl_file .*$": "",
    }.items():
        text, count = re.subn(pattern, value, text, flags=re.MULTILINE)
        assert count == 1, pattern
    with Mosquitto(tmp_path / "broker", config=text, port=port) as broker:
        known = replace(broker.settings("desk"), username="floorwatch", password="one")
        with pytest.raises(SinkLost, match="does not accept"), MqttSink(broker.settings("out")):
            pass
        with MqttInbox(known, ["a"], forget=False):
            pass
        with MqttSink(replace(known, client_id="out")) as sink:
            for number in range(1010):  # more than the thousand that mosquitto keeps by default
                assert sink.send(Message("a", b"payload %04d" % number)).matched
            saved = tmp_path / "mosquitto.db"
            until(lambda: b"payload 1009" in saved.read_bytes(), "it is saved")
            broker.kill()
        broker.start()
        with MqttInbox(known, ["a"]) as inbox:
            numbers = [int(one.payload.split()[1]) for one in take(inbox, 1010)]
        assert numbers == list(range(1010))
