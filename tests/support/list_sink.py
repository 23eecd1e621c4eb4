"""A sink that keeps what it is sent in a list, held to the same suite as the one over MQTT."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import TracebackType

from typing_extensions import Self

from alerts.errors import SinkLost, SinkRefused
from alerts.ports import Message, Receipt


@dataclass
class ListBroker:
    """What several sinks connect to, one after the other. Thread-safe enough for tests.

    `away` refuses and breaks connections, `forbidden` topics are refused for good, `fatal` topics
    make it hang up, `subscribed` is what a receipt says.
    """

    arrived: list[Message] = field(default_factory=list)
    away: threading.Event = field(default_factory=threading.Event)
    forbidden: set[str] = field(default_factory=set)
    fatal: set[str] = field(default_factory=set)
    subscribed: bool = True
    connections: int = 0

    def sink(self) -> ListSink:
        """A new connection, not yet made."""
        return ListSink(self)

    def payloads(self, part_of_topic: str) -> list[bytes]:
        """What arrived on topics containing this, in order."""
        return [m.payload for m in list(self.arrived) if part_of_topic in m.topic]


class ListSink:
    """A `Sink` into a `ListBroker`."""

    def __init__(self, broker: ListBroker) -> None:
        self._broker = broker
        self._lost = True

    def __enter__(self) -> Self:
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
        self._lost = self._lost or self._broker.away.is_set()
        if self._lost:
            raise SinkLost("the list is away")

    def send(self, message: Message) -> Receipt:
        self.check()
        if message.topic in self._broker.fatal:
            self._lost = True
            raise SinkLost("the list hung up")
        if message.topic in self._broker.forbidden:
            raise SinkRefused(f"the list refuses {message.topic}")
        self._broker.arrived.append(message)
        return Receipt(matched=self._broker.subscribed)
