"""A dashboard served for a test, in a thread of its own, and somebody who visits it."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from typing_extensions import Self

from alerts.broker import BrokerSettings
from alerts.carrying import CarryingThread
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.web.app import Timing
from alerts.web.patience import Patience
from alerts.web.screen import serve
from alerts.web.settings import DashboardConfig


@dataclass
class Served:
    """A dashboard that reads from `broker`, its state in `folder`. `more` are keys of its file.
    Entering serves it, leaving ends it and raises what went wrong in it."""

    folder: Path
    broker: BrokerSettings
    more: dict[str, Any] = field(default_factory=dict)
    timing: Timing = field(default_factory=Timing)
    patience: Patience = field(default_factory=Patience)
    verify: Any = True
    url: str = ""

    def __enter__(self) -> Self:
        fields = {"version": 1, "port": 0, "state": self.folder, **self.more}
        config = DashboardConfig.model_validate(fields)
        addresses: queue.Queue[str] = queue.Queue()
        self._stop = threading.Event()
        self._thread = CarryingThread(
            lambda: serve(
                config,
                self.broker,
                addresses.put,
                timing=self.timing,
                patience=self.patience,
                stop=self._stop,
            ),
            "dashboard",
        )
        self._thread.start()
        while not self.url:
            try:
                self.url = addresses.get(timeout=0.1).rstrip("/")
            except queue.Empty:
                self._thread.raise_error()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the dashboard does not end"
        self._thread.raise_error()

    def visitor(self) -> Visitor:
        """Somebody with a browser of their own."""
        return Visitor(self.url, self.verify)


class Visitor:
    """Asks as a page of ours does: with its cookie, and the token where something changes."""

    def __init__(self, url: str, verify: Any = True) -> None:
        self.http = httpx.Client(base_url=url, verify=verify, timeout=20, trust_env=False)
        self.url, self.verify = url, verify

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def me(self) -> dict[str, Any]:
        """Who one is; the token of it goes with what follows."""
        found: dict[str, Any] = self.http.get("/api/me").json()
        self.http.headers["x-csrf-token"] = found["csrf"]
        return found

    def log_in(self, name: str, password: str) -> httpx.Response:
        """Whatever comes of it."""
        self.me()
        answer = self.post("/login", {"name": name, "password": password})
        if answer.status_code == 200:
            self.http.headers["x-csrf-token"] = answer.json()["csrf"]
        return answer

    def get(self, path: str, **more: Any) -> httpx.Response:
        """An answer."""
        return self.http.get(path, **more)

    def json(self, path: str) -> dict[str, Any]:
        """What a good answer says."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, body: object, **more: Any) -> httpx.Response:
        """An answer to JSON."""
        return self.http.post(path, json=body, **more)


def publish(broker: BrokerSettings, messages: list[Message]) -> None:
    """Sends these, each acknowledged, as somebody with a client of their own."""
    with MqttSink(broker) as sink:
        for message in messages:
            sink.send(message)
