"""A subscriber in a thread that keeps everything, and connects again like any subscriber must."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from alerts.broker import BrokerSettings
from alerts.errors import SinkLost
from alerts.event import Event
from alerts.inbox import MqttInbox, Received
from tests.support.until import until


@dataclass
class Kept:
    """What arrived so far. Only ever appended to."""

    received: list[Received] = field(default_factory=list)
    connected: threading.Event = field(default_factory=threading.Event)

    def on(self, part_of_topic: str) -> list[bytes]:
        """The payloads on topics containing this, in order."""
        return [one.payload for one in list(self.received) if part_of_topic in one.topic]

    def events(self) -> list[Event]:
        """All events, copies too, in order."""
        return [Event.from_json(payload) for payload in self.on("/alerts/")]


@contextmanager
def keeping(settings: BrokerSettings, *topics: str) -> Iterator[Kept]:
    """Subscribes to `topics` until the block ends."""
    kept = Kept()
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                with MqttInbox(settings, topics) as inbox:
                    kept.connected.set()
                    while not stop.is_set():
                        received = inbox.get(0.05)
                        if received is not None:
                            kept.received.append(received)
            except SinkLost:
                time.sleep(0.02)
            kept.connected.clear()

    thread = threading.Thread(target=run, name="keeping")
    thread.start()
    try:
        until(kept.connected.is_set, "the subscriber is connected")
        yield kept
    finally:
        stop.set()
        thread.join(20)
