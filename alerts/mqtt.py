"""MQTT: the sink that the publisher sends through. Settings and the inbox are named here too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType

from paho.mqtt import client as paho
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from typing_extensions import Self

from alerts import refusals
from alerts.broker import BrokerSettings, TlsSettings, tls_context
from alerts.errors import SinkBusy, SinkLost, SinkRefused
from alerts.inbox import MqttInbox, Received
from alerts.mqtt_link import MqttLink
from alerts.ports import BYTES_PER_S_MIN, Message, Receipt, Sink

__all__ = ["BrokerSettings", "MqttInbox", "MqttSink", "Received", "TlsSettings", "connector"]

_NO_MATCHING_SUBSCRIBERS = 0x10
_PACKET_BYTES = 64  # what a PUBLISH adds to topic and payload, generously

_log = logging.getLogger(__name__)


def connector(settings: BrokerSettings, will: Message | None) -> Callable[[], Sink]:
    """What the publisher connects with. Raises `UserError` for TLS files that cannot be used."""
    if settings.tls is not None:
        tls_context(settings.tls)
    if settings.protocol == "3.1.1":
        _log.warning(
            "broker %s: under MQTT 3.1.1 a refused alert looks like a delivered one, "
            "and nobody says when no one listens: use protocol 5 if the broker can",
            settings.address,
        )
    return lambda: MqttSink(settings, will)


class MqttSink:
    """A `Sink` over one MQTT connection: persistent session, last will, QoS 1.

    Under MQTT 3.1.1 the broker cannot say that it refuses a message, nor that nobody subscribes:
    a refusal looks like success.
    """

    def __init__(self, settings: BrokerSettings, will: Message | None = None) -> None:
        self._settings = settings
        self._link = MqttLink(settings, will)
        self._link.client.on_publish = self._on_publish
        # One message at a time: two under way could be told apart, but not kept in order.
        self._link.client.max_inflight_messages_set(1)
        self._acknowledged: dict[int, int] = {}  # of the message under way: packet id → reason

    def __enter__(self) -> Self:
        self._link.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._link.close(clean=kind is None)

    def check(self) -> None:
        """Raises `SinkLost` if the connection is known to be gone."""
        if self._link.lost is not None:
            raise SinkLost(self._link.lost)

    def cut(self) -> None:
        """Hangs up, without a word and without waiting."""
        self._link.cut()

    def send(self, message: Message) -> Receipt:
        """Publishes and waits for the broker's receipt."""
        self.check()
        self._check_size(message)
        self._acknowledged.clear()
        sent = self._link.client.publish(
            message.topic, message.payload, message.qos, message.retain
        )
        ack_timeout_s = self._settings.ack_timeout_s + len(message.payload) / BYTES_PER_S_MIN
        if not self._link.wait(lambda: sent.mid in self._acknowledged, ack_timeout_s):
            raise self._not_acknowledged(message, ack_timeout_s)
        code = self._acknowledged.pop(sent.mid)
        if code in refusals.NOT_NOW:
            raise SinkBusy(
                f"broker {self._settings.address} does not take {message.topic} now: "
                f"{refusals.NOT_NOW[code]}"
            )
        if code >= 0x80:
            raise SinkRefused(self._refusal(message, code))
        return Receipt(matched=code != _NO_MATCHING_SUBSCRIBERS)

    def _check_size(self, message: Message) -> None:
        size = len(message.payload) + len(message.topic.encode()) + _PACKET_BYTES
        most = self._link.packet_bytes_max
        if most is not None and size > most:
            # Sent all the same, the broker would hang up, each time anew.
            raise SinkRefused(
                f"broker {self._settings.address}: {message.topic} has {size} bytes, the broker "
                f"takes {most}: raise its max_packet_size"
            )

    def _not_acknowledged(self, message: Message, waited_s: float) -> SinkLost:
        with self._link.changed:
            lost, code = self._link.lost, self._link.lost_code
            if lost is None:
                # A receipt that comes later must not be taken for another message's.
                lost = self._link.lost = (
                    f"broker {self._settings.address}: no receipt within {waited_s:.0f} s"
                )
        if code in refusals.FOR_GOOD:
            return SinkRefused(self._refusal(message, code))
        return SinkLost(lost)

    def _refusal(self, message: Message, code: int) -> str:
        name = "not authorised: check the broker's ACL" if code == 0x87 else f"reason 0x{code:02X}"
        return f"broker {self._settings.address} refuses {message.topic}: {name}"

    def _on_publish(
        self,
        _client: paho.Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with self._link.changed:
            self._acknowledged[mid] = reason.value
            self._link.changed.notify_all()
