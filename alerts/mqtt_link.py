"""One connection to a broker, made once, with paho: what the sink and the inbox share.

paho neither reconnects nor resends here: each connection gets a client of its own, which is
thrown away with it. What was not acknowledged is known by whoever sent it, and by nobody else.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from alerts import refusals
from alerts.broker import BrokerSettings, tls_context
from alerts.errors import SinkLost, UserError
from alerts.ports import Message

_CLOSE_TIMEOUT_S = 2.0

_log = logging.getLogger(__name__)


class MqttLink:
    """A connection. Everything that arrives on paho's thread is noted under `changed`.

    `client` is there for publishing and subscribing; set its callbacks before `open`. With
    `forget` a clean end ends the session on the broker too.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        will: Message | None = None,
        *,
        manual_ack: bool = False,
        forget: bool = False,
    ) -> None:
        self.settings = settings
        self.changed = threading.Condition()
        self.lost: str | None = None
        self.packet_bytes_max: int | None = None
        self.lost_code: int | None = None
        self._answered = False
        self._trouble: str | None = None
        self._forget = forget
        self._v5 = settings.protocol == "5"
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            # 3.1.1 knows no expiry: a session lasts for ever, or as long as the connection.
            clean_session=None if self._v5 else forget,
            protocol=MQTTProtocolVersion.MQTTv5 if self._v5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=manual_ack,
        )
        self.client.connect_timeout = settings.connect_timeout_s
        self.client.username = settings.username
        self.client.password = settings.password
        if will is not None:
            self.client.will_set(will.topic, will.payload, will.qos, will.retain)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_socket_open = self._on_socket_open
        self.client.on_log = self._on_log

    def open(self) -> None:
        """Connects and waits for the broker's yes. Raises `SinkLost` with one plain line."""
        settings = self.settings
        try:
            if settings.tls is not None:
                self.client.tls_set_context(tls_context(settings.tls))
            self.client.connect(
                settings.host,
                settings.port,
                keepalive=settings.keepalive_s,
                clean_start=False if self._v5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
                properties=self._connect_properties(),
            )
        except UserError as error:
            # A file that was there at the start may be gone while certificates are renewed.
            raise SinkLost(str(error)) from error
        except (OSError, ValueError) as error:
            self._let_go()
            raise SinkLost(refusals.why_not_connected(settings, error)) from error
        self.client.loop_start()
        if not self.wait(lambda: self._answered, settings.connect_timeout_s):
            lost = self.lost or (
                f"broker {settings.address} takes connections but does not answer: is it MQTT?"
            )
            self.close(clean=False)
            raise SinkLost(lost)

    def wait(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Waits until `done` or the connection is lost or time is up; says whether it is done."""
        with self.changed:
            self.changed.wait_for(lambda: done() or self.lost is not None, timeout_s)
            return done()

    def close(self, *, clean: bool) -> None:
        """Ends the connection. Clean means without the last will."""
        if clean and self.lost is None:
            self.client.disconnect(properties=self._disconnect_properties())
        elif self.lost is None and self._v5:
            with_will = ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")
            self.client.disconnect(reasoncode=with_will)
        else:
            self._hang_up()
        if not self.wait(lambda: self.lost is not None, _CLOSE_TIMEOUT_S):
            self._hang_up()  # the broker no longer reads: paho would wait for it
        self.client.loop_stop()
        self._let_go()

    def cut(self) -> None:
        """Ends it from another thread, at any time; if that hangs while connecting, it ends as soon
        as there is a line, and before a word is said on it."""
        with self.changed:
            if self.lost is None:
                self.lost = f"broker {self.settings.address}: the connection was cut by us"
            self.changed.notify_all()
        self._hang_up()

    def _let_go(self) -> None:
        """Nobody holds the client any more once its owner lets go: it closes its sockets then, and
        not when the collector of cycles finds it."""
        client = self.client
        client.on_connect = client.on_disconnect = client.on_socket_open = client.on_log = None
        client.on_publish = client.on_message = client.on_subscribe = None

    def _hang_up(self) -> None:
        line = self.client.socket()
        if isinstance(line, socket.socket):
            try:
                # Of the plain socket, also under TLS: wakes paho's thread, which then cleans up.
                socket.socket.shutdown(line, socket.SHUT_RDWR)
            except OSError as error:
                _log.debug("already hung up: %s", error)

    def _on_socket_open(self, _client: paho.Client, _userdata: object, line: object) -> None:
        if self.lost is not None and isinstance(line, socket.socket):
            line.close()  # cut while it was made: a CONNECT now would throw our successor out
            raise SinkLost(self.lost)

    def _connect_properties(self) -> Properties | None:
        if not self._v5:
            return None
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho's gap
        properties.SessionExpiryInterval = self.settings.session_expiry_s
        properties.ReceiveMaximum = self.settings.receive_maximum
        return properties

    def _disconnect_properties(self) -> Properties | None:
        if not (self._v5 and self._forget):
            return None
        properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call] # paho's gap
        properties.SessionExpiryInterval = 0
        return properties

    def _on_connect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        with self.changed:
            if reason.is_failure:
                self.lost = refusals.why_refused(self.settings, reason.value, str(reason))
            else:
                self._answered = True
                self.packet_bytes_max = getattr(properties, "MaximumPacketSize", None)
            self.changed.notify_all()

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with self.changed:
            if self.lost is None and not self._answered:
                self.lost = refusals.why_hung_up(self.settings, self._trouble)
            elif self.lost is None:
                code = reason.value if flags.is_disconnect_packet_from_server else None
                self.lost_code = code
                name = str(reason) if code is not None else self._trouble or ""
                self.lost = refusals.why_lost(self.settings, code, name)
            self.changed.notify_all()

    def _on_log(self, _client: paho.Client, _userdata: object, level: int, text: str) -> None:
        # paho tells what went wrong on the line only here; it never logs payloads or passwords.
        if level == LogLevel.MQTT_LOG_ERR:
            self._trouble = text
