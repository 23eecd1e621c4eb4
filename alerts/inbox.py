"""Subscribing: what arrives on some topics, in order, nothing lost while the session lives."""

from __future__ import annotations

import queue
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from paho.mqtt import client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from typing_extensions import Self

from alerts.broker import BrokerSettings
from alerts.errors import SinkLost, UserError
from alerts.mqtt_link import MqttLink

_HOLD_UP_S = 0.1
# Who gave up on a slow broker sooner would begin at the beginning each time, and never be let in:
# it answers behind what it had kept for us.
_GRANTED_S = 30.0


@dataclass(frozen=True)
class Received:
    """A message. `retain` says that it is an older one the broker kept; `properties` are the
    user properties of MQTT 5."""

    topic: str
    payload: bytes
    retain: bool
    properties: tuple[tuple[str, str], ...] = field(default=())


class MqttInbox:
    """A subscription to `topics`, for one connection; connecting again means a new inbox.

    Messages are acknowledged when the next ones are asked for: what a subscriber was still working
    on when it died comes again, if its session outlives it. No more than
    `settings.receive_maximum` wait here; then the broker is made to wait, which `held_up` counts,
    and nothing is dropped. What a broker sends of an old session before it says that we may read
    is all taken, however much it is. Entering raises `SinkLost`, or `UserError` if the broker
    forbids to read one of `topics`. With `forget`, a clean end also ends the session on the broker;
    without, the broker collects for `session_expiry_s`. Retained messages
    on those of `topics` that are in `once` are sent only to a session that is new to the broker
    (MQTT 5; 3.1.1 cannot ask for it): an old one has collected what changed meanwhile, and
    what is new would wait behind all of them.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        topics: Sequence[str],
        *,
        forget: bool = True,
        once: Collection[str] = (),
    ) -> None:
        self._settings = settings
        self._topics = list(topics)
        self._once = frozenset(once)
        self._link = MqttLink(settings, manual_ack=True, forget=forget)
        self._link.client.on_message = self._on_message
        self._link.client.on_subscribe = self._on_subscribe
        self._arrived: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self._room = threading.Event()  # one was taken: there may be room for another
        self._unacknowledged: list[paho.MQTTMessage] = []
        self._granted: list[ReasonCode] | None = None
        self._closing = threading.Event()
        self.held_up = 0

    def __enter__(self) -> Self:
        self._link.open()
        try:
            self._subscribe()
        except (SinkLost, UserError):
            self._closing.set()
            self._link.close(clean=False)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._closing.set()
        if kind is None:
            self._acknowledge()
        # An interrupt (ctrl-C) is how people end a subscriber: a clean end.
        clean = kind is None or not issubclass(kind, Exception)
        self._link.close(clean=clean)

    def get(self, timeout_s: float) -> Received | None:
        """The next message, or None when none came in time. Raises `SinkLost`.

        What had arrived before the connection was lost is given first.
        """
        found = self.get_many(1, timeout_s)
        return found[0] if found else None

    def get_many(self, most: int, timeout_s: float) -> list[Received]:
        """As `get`, with what else has arrived already: up to `most`, in order; nothing is waited
        for but the first."""
        self._acknowledge()
        try:
            found = [self._arrived.get(timeout=0 if self._link.lost else timeout_s)]
            while len(found) < most and not self._arrived.empty():
                found.append(self._arrived.get_nowait())
        except queue.Empty:
            if self._link.lost is not None:
                raise SinkLost(self._link.lost) from None
            return []
        self._room.set()
        self._unacknowledged = found
        return [_received(message) for message in found]

    def waiting(self) -> int:
        """How many have arrived and were not yet asked for."""
        return self._arrived.qsize()

    def _acknowledge(self) -> None:
        done, self._unacknowledged = self._unacknowledged, []
        for message in done:
            if self._link.lost is None:
                self._link.client.ack(message.mid, message.qos)

    def _subscribe(self) -> None:
        if self._settings.protocol == "5":
            self._link.client.subscribe([(topic, self._wish(topic)) for topic in self._topics])
        else:
            self._link.client.subscribe([(t, 1) for t in self._topics])
        patience_s = max(self._settings.ack_timeout_s, _GRANTED_S)
        if not self._link.wait(lambda: self._granted is not None, patience_s):
            raise SinkLost(self._link.lost or f"broker {self._settings.address}: no answer")
        for topic, reason in zip(self._topics, self._granted or [], strict=True):
            if reason.is_failure:
                raise UserError(
                    f"broker {self._settings.address} does not let us read {topic} ({reason}): "
                    "check the topic and the broker's ACL"
                )

    def _wish(self, topic: str) -> SubscribeOptions:
        if topic in self._once:
            return SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        return SubscribeOptions(qos=1)

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        with self._link.changed:
            self._granted = reasons
            self._link.changed.notify_all()

    def _on_message(
        self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage
    ) -> None:
        # Waiting here stops reading from the line, and so the broker: not every version of
        # mosquitto heeds the receive maximum. What is not taken over is not acknowledged either.
        # Its answer to our subscription comes on the same line, behind what it had kept for us:
        # until that is here everything is taken over.
        while self._granted is not None and self.waiting() >= self._settings.receive_maximum:
            self._room.clear()
            if self._closing.is_set():
                return
            if not self._room.wait(_HOLD_UP_S):
                self.held_up += 1
        self._arrived.put(message)


def _received(message: paho.MQTTMessage) -> Received:
    user = getattr(message.properties, "UserProperty", ())
    return Received(message.topic, bytes(message.payload), message.retain, tuple(user))
