"""What a broker answers to an alert, code by code: for good, or for now.

mosquitto gives only few of the codes. The broker here speaks just enough of MQTT 5, over a real
socket, to give any of them.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from alerts.broker import BrokerSettings
from alerts.errors import SinkBusy, SinkRefused
from alerts.event import Event
from alerts.mqtt import MqttSink, connector
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
CONNACK = bytes([0x20, 3, 0, 0, 0])
CONNECT, PUBLISH, PINGREQ, DISCONNECT = 1, 3, 12, 14


@dataclass
class Answering:
    """A broker that answers to each topic with its code in `codes`, else that all is well."""

    port: int
    codes: dict[str, int] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    connections: int = 0

    def serve(self, line: socket.socket) -> None:
        """One connection, until the other side ends it."""
        with line, line.makefile("rb") as stream:
            while head := stream.read(1):
                body = stream.read(_length(stream))
                kind = head[0] >> 4
                if kind == CONNECT:
                    self.connections += 1
                    line.sendall(CONNACK)
                elif kind == PUBLISH:
                    line.sendall(self._answer(body))
                elif kind == PINGREQ:
                    line.sendall(bytes([0xD0, 0]))
                elif kind == DISCONNECT:
                    return

    def _answer(self, body: bytes) -> bytes:
        size = struct.unpack_from("!H", body)[0]
        topic = body[2 : 2 + size].decode()
        code = self.codes.get(topic, 0)
        if code < 0x80:
            self.taken.append(topic)
            self.payloads.append(body[5 + size :])  # after the packet id and no properties
        return bytes([0x40, 3, *body[2 + size : 4 + size], code])


def _length(stream: BinaryIO) -> int:
    length = shift = 0
    while True:
        byte = stream.read(1)[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return length


@pytest.fixture
def broker() -> Iterator[Answering]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0.05)
        answering = Answering(server.getsockname()[1])
        stop = threading.Event()

        def run() -> None:
            while not stop.is_set():
                try:
                    line, _ = server.accept()
                except TimeoutError:
                    continue
                line.settimeout(30)
                answering.serve(line)

        thread = threading.Thread(target=run, name="broker")
        thread.start()
        yield answering
        stop.set()
        thread.join(40)
        assert not thread.is_alive()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def settings(broker: Answering) -> BrokerSettings:
    return BrokerSettings("127.0.0.1", "device", port=broker.port)


def test_what_may_be_taken_later_is_told_from_what_never_will_be(broker: Answering) -> None:
    for_now = {0x80: "does not say why", 0x83: "of its own", 0x97: "quota exceeded"}
    for_good = {0x87: "broker's ACL", 0x90: "reason 0x90", 0x91: "0x91", 0x99: "reason 0x99"}
    with MqttSink(settings(broker)) as sink:
        for code, told in for_now.items():
            broker.codes["a"] = code
            with pytest.raises(SinkBusy, match=told):
                sink.send(Message("a", b"x"))
        for code, told in for_good.items():
            broker.codes["a"] = code
            with pytest.raises(SinkRefused, match=told):
                sink.send(Message("a", b"x"))
        broker.codes.clear()
        sink.send(Message("a", b"x"))
    assert broker.connections == 1


def test_a_quota_holds_nothing_else_up_and_what_waits_for_it_goes_out_in_order(
    broker: Answering, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cellar, hall = (TOPICS.alert(camera, "collapse") for camera in ("cellar", "hall"))
    broker.codes |= {cellar: 0x97, TOPICS.status: 0x97, TOPICS.availability: 0x97}
    publisher = Publisher(lambda: Outbox(path), TOPICS, connector(settings(broker), None))
    publisher.announce(Message(TOPICS.status, b"{}", retain=True))
    publisher.announce(Message(TOPICS.health("hall"), b"{}", retain=True))
    for ordinal in range(18):  # more than a batch, and each is tried
        publisher.post(an_event(ordinal, camera="cellar"))
    publisher.post(an_event(0, 1, camera="cellar"))
    publisher.post(an_event(99))
    with posting(publisher):
        until(lambda: hall in broker.taken, "the one behind them goes out")
        publisher.post(an_event(98))
        until(lambda: broker.taken.count(hall) == 2, "and later ones")
        until(lambda: TOPICS.health("hall") in broker.taken, "so do latest values")
        counters = publisher.counters()
        assert (counters.dead, counters.refused, counters.lost, counters.depth) == (0, 0, 0, 19)
        assert counters.put_off >= 18
        assert cellar not in broker.taken
        assert len([one for one in caplog.messages if "quota exceeded" in one]) <= 21
        broker.codes.clear()
        until(lambda: publisher.counters().depth == 0, "the quota is back: all goes out")
        until(lambda: TOPICS.status in broker.taken, "and what was to be said")
        until(lambda: TOPICS.availability in broker.taken, "that it is online, too")
    cellars = zip(broker.taken, broker.payloads, strict=True)
    events = [Event.from_json(payload) for topic, payload in cellars if topic == cellar]
    assert len(events) == 19
    assert [event.seq for event in events if event.event_id == an_event(0).event_id] == [0, 1]
    assert broker.connections == 1
