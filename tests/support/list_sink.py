"""A sink that keeps what it is sent in a list, held to the same suite as the one over MQTT."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from typing_extensions import Self

from alerts.errors import SinkLost, SinkRefused
from alerts.ports import Message, Receipt


@dataclass
class ListBroker:
    """What several sinks connect to, one after the other. Thread-safe enough for tests.

    `away` refuses and breaks connections, `forbidden` topics are refused for good, `fatal` topics
    make it hang up, `subscribed` is what a receipt says. `hung` holds up whoever connects or sends,
    with no time-out and before anything is taken, as a name look-up or TLS can; `hung_after` holds
    up senders when their message was taken, and topics in `hangs_on` those who send there.
    """

    arrived: list[Message] = field(default_factory=list)
    away: threading.Event = field(default_factory=threading.Event)
    forbidden: set[str] = field(default_factory=set)
    fatal: set[str] = field(default_factory=set)
    subscribed: bool = True
    hung: threading.Event = field(default_factory=threading.Event)
    hung_after: threading.Event = field(default_factory=threading.Event)
    hangs_on: set[str] = field(default_factory=set)
    waiting: int = 0
    connections: int = 0

    def sink(self) -> ListSink:
        """A new connection, not yet made."""
        return ListSink(self)

    def hold_up(self, hung: threading.Event) -> None:
        """Hangs while that is set."""
        self.waiting += 1
        while hung.is_set():
            time.sleep(0.01)
        self.waiting -= 1

    def payloads(self, part_of_topic: str) -> list[bytes]:
        """What arrived on topics containing this, in order."""
        return [m.payload for m in list(self.arrived) if part_of_topic in m.topic]


class ListSink:
    """A `Sink` into a `ListBroker`."""

    def __init__(self, broker: ListBroker) -> None:
        self._broker = broker
        self._lost = True
        self._cut = False

    def __enter__(self) -> Self:
        self._broker.hold_up(self._broker.hung)
        self._lost = False
        self.check()
        self._broker.connections += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._lost = True

    def check(self) -> None:
        self._lost = self._lost or self._cut or self._broker.away.is_set()
        if self._lost:
            raise SinkLost("the list is away")

    def cut(self) -> None:
        self._cut = True

    def send(self, message: Message) -> Receipt:
        self.check()
        self._broker.hold_up(self._broker.hung)
        self._broker.waiting += 1
        while message.topic in self._broker.hangs_on:
            time.sleep(0.01)
        self._broker.waiting -= 1
        self.check()
        if message.topic in self._broker.fatal:
            self._lost = True
            raise SinkLost("the list hung up")
        if message.topic in self._broker.forbidden:
            raise SinkRefused(f"the list refuses {message.topic}")
        self._broker.arrived.append(message)
        self._broker.hold_up(self._broker.hung_after)
        return Receipt(matched=self._broker.subscribed)
