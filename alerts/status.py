"""What the daemon says about itself and its cameras: latest values, sent retained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerts import moments
from alerts.event import ModelUsed

SCHEMA_VERSION = 1
Reason = Literal[
    "ok", "offline", "no_frames", "frozen", "dark", "bright", "blurred", "blocked", "moved"
]
State = Literal["running", "stopping"]


@dataclass(frozen=True)
class Health:
    """Whether one camera can see, and since when. `detail` is in words for an operator."""

    site: str
    camera: str
    reason: Reason
    since: datetime
    detail: str | None = None

    def to_json(self) -> str:
        """One line of JSON (`contract/health.schema.json`)."""
        return json.dumps(
            {
                "schema_version": SCHEMA_VERSION,
                "site": self.site,
                "camera": self.camera,
                "reason": self.reason,
                "since": moments.to_text(self.since),
                "detail": self.detail,
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True)
class CameraStatus:
    """One camera in a status: its health and its counters (snake_case names)."""

    name: str
    health: Reason
    counters: Mapping[str, float]


@dataclass(frozen=True)
class OutboxStatus:
    """What waits and what was lost. `durable` is False while the disk refuses; `dropped` counts
    by `snapshot`, `updated`, `closed`, `opened`."""

    depth: int
    memory_depth: int
    durable: bool
    dead: int
    dropped: Mapping[str, int]


@dataclass(frozen=True)
class Status:
    """How the daemon is doing. `reason` says why it is in this state, if there is a reason."""

    site: str
    at: datetime
    started_at: datetime
    state: State
    version: str
    model: ModelUsed
    cameras: tuple[CameraStatus, ...]
    counters: Mapping[str, float]
    outbox: OutboxStatus
    reason: str | None = None

    def to_json(self) -> str:
        """One line of JSON (`contract/status.schema.json`)."""
        return json.dumps(
            {
                "schema_version": SCHEMA_VERSION,
                "site": self.site,
                "at": moments.to_text(self.at),
                "started_at": moments.to_text(self.started_at),
                "state": self.state,
                "reason": self.reason,
                "version": self.version,
                "model": dict(vars(self.model)),
                "cameras": [
                    {"name": one.name, "health": one.health, "counters": dict(one.counters)}
                    for one in self.cameras
                ],
                "counters": dict(self.counters),
                "outbox": dict(vars(self.outbox)) | {"dropped": dict(self.outbox.dropped)},
            },
            ensure_ascii=False,
            allow_nan=False,
        )
