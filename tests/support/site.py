"""A whole site for a test: a site file, the daemon as a process of its own, and a subscriber."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as StopEvent
from threading import Lock, Thread
from types import TracebackType
from typing import Any

import yaml
from typing_extensions import Self

from alerts import schema
from alerts.broker import BrokerSettings
from alerts.errors import SinkLost
from alerts.event import Event
from alerts.inbox import MqttInbox, Received
from tests.support.until import until

PROGRAM = str(Path(sys.executable).with_name("floorwatch"))
# Seconds instead of minutes, so that a test lasts seconds too.
QUICK: dict[str, Any] = {
    "collapse": {
        "slow_s": 4, "confirm_s": 2, "clear_s": 3, "cool_down_s": 5, "update_s": 5,
    },
    "spill": {"persist_s": 4, "standing_s": 4, "clear_s": 3, "cool_down_s": 5, "update_s": 5},
}  # fmt: skip


def pattern_model(folder: Path) -> Path:
    """A model folder for the scripted backend: a card, and a file which nobody runs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(b"read by nobody")
    digest = hashlib.sha256(b"read by nobody").hexdigest()
    threshold = {"value": 0.5, "source": "the test"}
    card = {
        "card_version": 2,
        "name": "pattern",
        "version": "1",
        "licence": "Apache-2.0",
        "file": "model.onnx",
        "sha256": digest,
        "input": {"name": "images", "width": 640, "height": 384},
        "people": {"name": "people", "states": ["upright", "low", "down", "bed"]},
        "spill": {"name": "spill", "stride": 8},
        "thresholds": {"collapse": threshold, "spill": threshold},
        "origins": [],
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def site_file(
    folder: Path, cameras: list[dict[str, Any]], port: int = 1883, **more: Mapping[str, Any]
) -> Path:
    """Writes a site that is watched by the scripted backend."""
    folder.mkdir(parents=True, exist_ok=True)
    pattern_model(folder / "model")
    site: dict[str, Any] = {
        "version": 1,
        "site": {"name": "lab"},
        "model": {"path": "model", "backend": "scripted"},
        "broker": {"host": "127.0.0.1", "port": port},
        "state": {"path": "state"},
        "cameras": cameras,
        "alarms": QUICK,
        "telemetry": {"status_s": 1, "http": {"port": 0}},
        "fit": {"enabled": False},  # drawn scenes have no noise: a lens that sees them is frozen
    }
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site | more, sort_keys=False))
    return path


@dataclass
class DaemonProcess:
    """`floorwatch run` on a site file, from entering to leaving. `log` is its stderr."""

    site: Path
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if kind is not None:
            print(self.log)

    @property
    def log(self) -> str:
        return self._log_path.read_text("utf-8", "replace")

    @property
    def _log_path(self) -> Path:
        return self.site.with_suffix(".log")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, *self.options, "run", str(self.site)], stdout=log, stderr=log
            )

    def stop(self, seconds: float = 10.0) -> int:
        """SIGTERM; gives the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)

    def wait(self, seconds: float) -> int:
        """Until it ends by itself; gives the exit code."""
        assert self._process is not None
        return self._process.wait(seconds)


@dataclass
class Listener:
    """A subscriber to everything below `floorwatch/lab`, who stays, and checks each message
    against the published schemas."""

    settings: BrokerSettings
    messages: list[Received] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock, self._stop = Lock(), StopEvent()
        self._thread = Thread(target=self._run, name="listener", daemon=True)
        self._here = StopEvent()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._here.wait(15)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(15)
        if kind is None:
            assert not self.faults

    @property
    def events(self) -> list[Event]:
        """Every event so far, as it came, copies and all."""
        with self._lock:
            found = [m for m in self.messages if "/alerts/" in m.topic]
        return [Event.from_json(message.payload) for message in found]

    def phases(self) -> list[tuple[str, str, str]]:
        """(camera, label, phase) of every event, each once."""
        seen = dict.fromkeys((e.event_id, e.seq, e.camera, e.label, e.phase) for e in self.events)
        return [(camera, label, phase) for _, _, camera, label, phase in seen]

    def opened(self) -> list[tuple[str, str]]:
        """(camera, label) of every `opened`, sorted."""
        return sorted((c, label) for c, label, phase in self.phases() if phase == "opened")

    def last(self, topic_end: str) -> dict[str, Any] | None:
        """The last JSON message on a topic with this ending."""
        payload = self.last_raw(topic_end)
        return dict(json.loads(payload)) if payload else None

    def last_raw(self, topic_end: str) -> bytes | None:
        """The last message on a topic with this ending, whatever it is."""
        with self._lock:
            found = [m.payload for m in self.messages if m.topic.endswith(topic_end)]
        return found[-1] if found else None

    def camera(self, name: str) -> dict[str, float]:
        """A camera's counters in the last status; empty before the first."""
        status = self.last("/status") or {"cameras": []}
        return next((dict(c["counters"]) for c in status["cameras"] if c["name"] == name), {})

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._session()
            except SinkLost:
                self._stop.wait(0.2)

    def _session(self) -> None:
        with ExitStack() as stack:
            inbox = stack.enter_context(
                MqttInbox(self.settings, ["floorwatch/lab/#"], forget=False)
            )
            self._here.set()
            while not self._stop.is_set():
                received = inbox.get(0.2)
                if received is not None:
                    self._check(received)
                    with self._lock:
                        self.messages.append(received)

    def _check(self, received: Received) -> None:
        kinds: dict[str, schema.Kind] = {
            "/alerts/": "event",
            "/desk/status": "desk_status",
            "/status": "status",
            "/health": "health",
            "/state": "state",
            "/pages/": "page",
            "/resync": "resync",
        }
        kind = next((kind for part, kind in kinds.items() if part in received.topic), None)
        # An empty retained message takes back what the broker kept.
        if kind is not None and received.payload:
            try:
                schema.check(kind, received.payload)
            except schema.NotByContract as fault:
                self.faults.append(f"{received.topic}: {fault}")


def wait_for_opened(listener: Listener, expected: list[tuple[str, str]], seconds: float) -> None:
    """Until exactly these were opened; more than these fails at once."""
    until(
        lambda: len(listener.opened()) >= len(expected),
        f"{expected} opened, got {listener.opened()}",
        seconds,
    )
    assert listener.opened() == sorted(expected)
