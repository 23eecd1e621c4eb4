"""Listening to the broker beside talking to it: on a connection of its own, so that whatever
arrives, in whatever amount, never stands in the way of an alert.

The session outlives the connection: what is said to the device while it is away, it hears later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from alerts.backoff import Backoff
from alerts.broker import BrokerSettings
from alerts.errors import SinkLost, UserError
from alerts.inbox import MqttInbox, Received
from alerts.tally import Tally

Hear = Callable[[bytes], None]
_WAIT_S = 0.2
_PAYLOAD_BYTES_MAX = 4096  # what is said to a device are a few words
_STEADY_S = 60.0
_REFUSED_AGAIN_S = 60.0
_AGAIN_S_MAX = 300.0
_WAITING_MAX = 20
_SHORT_MAX = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HeardCounts:
    """Messages `heard` and, among them, `dropped` (too long); connections `lost`, attempts that
    `failed`; `connected` now."""

    heard: int = 0
    dropped: int = 0
    lost: int = 0
    failed: int = 0
    connected: bool = False


class Hearing:
    """Passes what arrives on each topic of `listeners` to its function, on the thread of `run`.

    A message is acknowledged once its function has returned. `settings` are the talker's: the
    client id gets `-in` at its end.
    """

    def __init__(self, settings: BrokerSettings, listeners: Mapping[str, Hear]) -> None:
        self._settings = replace(
            settings, client_id=f"{settings.client_id}-in", receive_maximum=_WAITING_MAX
        )
        self._listeners = dict(listeners)
        self._counts = HeardCounts()
        self._tally = Tally()
        self._backoff = Backoff()
        self._short = 0  # connections in a row that did not hold

    def counts(self) -> HeardCounts:
        """What was heard so far."""
        return self._counts

    def run(self, stop: threading.Event) -> None:
        """Listens until `stop`; connects again whenever that is needed."""
        while not stop.is_set():
            began_s = time.monotonic()
            try:
                self._session(stop)
            except SinkLost as lost:
                self._tally.tell(f"nothing is heard: {lost}")
                stop.wait(self._again_s(time.monotonic() - began_s))
            except UserError as refusal:
                self._add("failed")
                self._tally.tell(f"nothing is heard, alerts go out all the same: {refusal}")
                stop.wait(_REFUSED_AGAIN_S)

    def _session(self, stop: threading.Event) -> None:
        with MqttInbox(self._settings, list(self._listeners), forget=False) as inbox:
            self._counts = replace(self._counts, connected=True)
            while not stop.is_set():
                received = inbox.get(_WAIT_S)
                if received is not None:
                    self._pass_on(received)
            self._counts = replace(self._counts, connected=False)

    def _pass_on(self, received: Received) -> None:
        hear = self._listeners.get(received.topic)
        self._add("heard")
        if hear is None or len(received.payload) > _PAYLOAD_BYTES_MAX:
            self._add("dropped")
            self._tally.tell(f"not listened to: {len(received.payload)} bytes on {received.topic}")
            return
        hear(received.payload)

    def _again_s(self, lasted_s: float) -> float:
        """How long to wait. Longer and longer while connections do not hold: where a broker lets
        only one of us in, it is the talker's that must be left alone."""
        was_up = self._counts.connected
        self._counts = replace(self._counts, connected=False)
        self._add("lost" if was_up else "failed")
        if lasted_s > _STEADY_S:
            self._short = 0
            self._backoff.reset()
        elif was_up:
            self._short = min(_SHORT_MAX, self._short + 1)
        return min(_AGAIN_S_MAX, self._backoff.next_s() * 2.0**self._short)

    def _add(self, what: str) -> None:
        self._counts = replace(self._counts, **{what: getattr(self._counts, what) + 1})
