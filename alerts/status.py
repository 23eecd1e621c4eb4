"""What the daemon says about itself and its cameras: latest values, sent retained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from typing_extensions import Doc

from alerts import flat, moments
from alerts.event import Blindness, ModelUsed
from alerts.shapes import Count, Keys, Limits, Moment, Name, Person, Word

SCHEMA_VERSION = 1
Reason = Literal["ok", Blindness]
State = Literal["running", "stopping"]
CounterName = Annotated[str, Limits(pattern="^[a-z][a-z0-9_]*$")]
Counters = Annotated[
    Mapping[CounterName, float],
    Limits(
        named="counters",
        says=(
            "Counts since the daemon started, and measurements as of now (their names end in the "
            "unit), by name. Leave out what you do not know: there may be more."
        ),
    ),
]


@dataclass(frozen=True)
class Health:
    """Whether one camera can see, and since when. `detail` is in words for an operator."""

    site: Name
    camera: Name
    reason: Annotated[Reason, Doc("ok, or the one reason why incidents may be missed here.")]
    since: Annotated[Moment, Doc("Since when this reason holds.")]
    detail: Annotated[str | None, Doc("What to look at, in words for an operator, or null.")] = None

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

    name: Name
    # Any word: the rest of a newer device's status is not to be lost for a reason not yet known.
    health: Annotated[str, Doc("As in the camera's health message.")]
    counters: Counters


@dataclass(frozen=True)
class OutboxStatus:
    """What waits and what was lost. `durable` is False while the disk refuses; `dropped` counts
    by `snapshot`, `updated`, `closed`, `opened`."""

    depth: Annotated[Count, Doc("Messages waiting on the disk.")]
    memory_depth: Annotated[Count, Doc("Messages waiting in memory because the disk refused them.")]
    durable: Annotated[bool, Doc("False while the disk refuses: see to it at once.")]
    dead: Annotated[Count, Doc("Messages the broker refused for good, kept for inspection.")]
    dropped: Annotated[
        Mapping[str, Count],
        Keys("snapshot", "updated", "closed", "opened"),
        Doc(
            "Messages given up because the outbox was full or they were too old, since it was made."
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Status:
    """How the daemon is doing. `reason` says why it is in this state, if there is a reason."""

    site: Name
    at: Annotated[Moment, Doc("When this was written.")]
    started_at: Annotated[Moment, Doc("When the daemon started.")]
    state: State
    reason: Annotated[str | None, Doc("Why it is in this state, in words, or null.")] = None
    version: Annotated[Word, Doc("floorwatch's version.")]
    model: ModelUsed
    cameras: tuple[CameraStatus, ...]
    counters: Counters
    outbox: Annotated[OutboxStatus, Doc("What waits to be sent, and what was lost on the way.")]

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


@dataclass(frozen=True)
class DeskStatus:
    """How the desk of a site is doing. Retained: the last one holds."""

    site: Name
    desk: Annotated[Person, Doc("The desk that takes care of this site.")]
    at: Annotated[Moment, Doc("When this was written.")]
    pages: Annotated[
        Mapping[CounterName, Count],
        Doc("How many pages are how far, by word: planned, sending, sent, failed and more."),
    ]
    counters: Counters

    def to_json(self) -> str:
        """One line of JSON (`contract/desk_status.schema.json`). Raises `schema.NotByContract`."""
        return flat.to_json("desk_status", self)
