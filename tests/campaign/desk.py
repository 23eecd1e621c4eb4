"""The subscriber who writes down when everything arrived, and connects again whenever it must."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from typing_extensions import Self

from alerts import moments, schema
from alerts.broker import BrokerSettings
from alerts.errors import SinkLost
from alerts.inbox import MqttInbox, Received
from tests.campaign.ledger import Told

_TOPIC = "floorwatch/lab/#"
_KINDS: dict[str, schema.Kind] = {"/alerts/": "event", "/status": "status", "/health": "health"}


@dataclass(frozen=True)
class Said:
    """A status or a health that arrived. `fresh` is not one that the broker had kept."""

    at_s: float
    topic: str
    value: dict[str, Any]
    fresh: bool


class Desk:
    """Subscribes to everything of the site `lab` with a session that the broker keeps for it."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._lock, self._stop, self._here = threading.Lock(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._told: list[Told] = []
        self._said: list[Said] = []
        self.not_by_contract: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._here.wait(20), "the desk cannot reach the broker"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(15)

    def told(self, from_s: float = 0.0) -> list[Told]:
        """Events in the order they came, copies too; those since a moment (monotonic)."""
        with self._lock:
            return [one for one in self._told if one.at_s >= from_s]

    def said(self, topic_end: str, from_s: float = 0.0) -> list[Said]:
        """Statuses and healths on topics with this ending."""
        with self._lock:
            return [s for s in self._said if s.at_s >= from_s and s.topic.endswith(topic_end)]

    def statuses(self, from_s: float = 0.0, to_s: float = float("inf")) -> list[Said]:
        """Fresh statuses of a stretch of time."""
        return [s for s in self.said("/status", from_s) if s.fresh and s.at_s <= to_s]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with MqttInbox(self._settings, [_TOPIC], forget=False) as inbox:
                    self._here.set()
                    self._listen(inbox.get)
            except SinkLost:
                self._stop.wait(0.1)

    def _listen(self, get: Callable[[float], Received | None]) -> None:
        while not self._stop.is_set():
            received = get(0.2)
            if received is not None:
                self._take(received, time.monotonic(), time.time())

    def _take(self, received: Received, at_s: float, wall_s: float) -> None:
        kind = next((kind for part, kind in _KINDS.items() if part in received.topic), None)
        if kind is None or not received.payload:
            return
        try:
            schema.check(kind, received.payload)
        except schema.NotByContract as fault:
            self.not_by_contract.append(f"{received.topic}: {fault}")
            return
        value = json.loads(received.payload)
        with self._lock:
            if kind == "event":
                self._told.append(_told(value, at_s, wall_s))
            else:
                self._said.append(Said(at_s, received.topic, value, not received.retain))


def _told(value: dict[str, Any], at_s: float, wall_s: float) -> Told:
    return Told(
        value["event_id"],
        value["seq"],
        value["phase"],
        value["camera"],
        value["label"],
        at_s,
        wall_s,
        moments.from_text(value["detected_at"]).timestamp(),
        value["durable"],
    )
