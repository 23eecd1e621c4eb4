"""An event: one phase of one incident, as the world outside reads it.

The contract is `contract/event.schema.json`, made from the types here.

Events are the same whether sent, stored, replayed or read back: times are UTC and cut to
milliseconds, boxes and scores rounded to four digits when the value is made, so that
`Event.from_json(event.to_json()) == event` and golden files can be compared byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from typing_extensions import Doc

from alerts import moments, schema
from alerts.shapes import (
    EVENT_ID,
    Added,
    Count,
    EventId,
    Fraction,
    Moment,
    Name,
    Sha256,
    Word,
    matches,
)

SCHEMA_VERSION = 1
Phase = Literal["opened", "updated", "closed"]
PHASES: tuple[Phase, ...] = ("opened", "updated", "closed")
Label = Literal["collapse", "spill", "camera", "unusual"]
Way = Literal["fast", "slow", "persist"]
Blindness = Literal[  # the reasons of a camera's health, all but ok
    "offline",
    "no_frames",
    "frozen",
    "dark",
    "bright",
    "blurred",
    "blocked",
    "moved",
    "damaged",
]
Path = Literal[Way, Blindness, "unusual"]


@dataclass(frozen=True)
class ThresholdUsed:
    """The threshold the score was held against, 0–1, and what it promises.

    `source` says where it comes from (`model card`, `site file`, …). The promise, if there is one:
    `target_recall` with `confidence`, both 0–1, tuned on `incidents` independent incidents.
    """

    value: Fraction
    source: Annotated[Word, Doc("Where it comes from.")]
    target_recall: Annotated[
        Fraction | None,
        Doc("The share of incidents it is meant to catch, or null if nothing is promised."),
    ] = None
    confidence: Annotated[Fraction | None, Doc("How sure that promise is, or null.")] = None
    incidents: Annotated[
        Count | None, Doc("On how many independent incidents it was tuned, or null.")
    ] = None


@dataclass(frozen=True)
class ModelUsed:
    """The network that scored: its name and the SHA-256 of its file, 64 hexadecimal digits."""

    name: Word
    sha256: Sha256


@dataclass(frozen=True)
class EvidenceFile:
    """One file kept on the device: its name below the evidence folder, and its SHA-256."""

    name: Word
    sha256: Sha256


@dataclass(frozen=True)
class Evidence:
    """What can be looked at; `None` where it was not made, or is not ready yet."""

    snapshot: EvidenceFile | None = None
    clip: EvidenceFile | None = None
    plain: Annotated[
        EvidenceFile | None,
        Added(),
        Doc("The snapshot's picture with nothing drawn into it; left out where there is none."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One phase of one incident. Consumers de-duplicate on (`event_id`, `seq`).

    `occurred_at` is when what was seen began, `detected_at` when this phase was decided,
    `published_at` when it was handed to the broker (stamped by the publisher). `durable` is False
    when the disk refused it and it was sent from memory; `replayed` marks an answer to a resync,
    `drill` a test. `path` is `fast`, `slow` or `persist`, of a camera that cannot see the reason;
    `score` is 0–1; `box` is x, y, w, h as fractions of the frame.
    """

    event_id: Annotated[
        EventId,
        Doc(
            "The incident: UTC time of opening and a digest of site, camera, label, zone and "
            "ordinal. The same in all its phases and in every resend."
        ),
    ]
    seq: Annotated[
        Count,
        Doc("Counts the messages of this incident; with event_id it makes a message unique."),
    ]
    phase: Annotated[
        Phase,
        Doc("opened: act now. updated: still going on, or seen again. closed: no longer seen."),
    ]
    label: Annotated[
        Label,
        Doc(
            "collapse: a person went down and stays down. spill: liquid on the floor. camera: it "
            "cannot see, and that lasts. unusual: nothing like it was seen there on normal days."
        ),
    ]
    site: Annotated[Name, Doc("The site, as in the topic.")]
    camera: Annotated[Name, Doc("The camera, as in the topic.")]
    zone: Annotated[
        Name | None, Doc("The named part of the camera's view, or null if it lies in none.")
    ]
    occurred_at: Annotated[Moment, Doc("When what was seen began.")]
    detected_at: Annotated[Moment, Doc("When this phase was decided.")]
    published_at: Annotated[
        Moment | None,
        Doc("When this message was handed to the broker; null while it waits."),
    ] = None
    replayed: Annotated[bool, Doc("True if sent again in answer to a resync.")] = False
    durable: Annotated[
        bool,
        Doc(
            "False if the device's disk refused it and it was sent from memory: a loss of power "
            "before it was sent would have lost it."
        ),
    ] = True
    drill: Annotated[bool, Doc("True for a test alarm: nobody is hurt.")] = False
    score: Annotated[
        Fraction,
        Doc(
            "How sure the model is, 0-1. Of camera: the share of the view that cannot be seen. "
            "Of unusual: how rare it is, 1 less the chance of it on a normal day."
        ),
    ]
    threshold: Annotated[
        ThresholdUsed,
        Doc("What the score was held against, and what that threshold promises."),
    ]
    model: Annotated[ModelUsed, Doc("The network that scored.")]
    path: Annotated[
        Path,
        Doc(
            "Which rule tripped: fast (a fall, then on the floor), slow (on the floor for long), "
            "persist (liquid that stays), unusual; of camera why it cannot see, as in its health."
        ),
    ]
    box: Annotated[
        tuple[Fraction, Fraction, Fraction, Fraction],
        Doc("Where: x, y, w, h as fractions of the frame, origin top left."),
    ]
    evidence: Annotated[
        Evidence, Doc("Files kept on the device; null where there is none, or none yet.")
    ] = Evidence()

    def __post_init__(self) -> None:
        # One normal form, so that equality survives the way through JSON.
        set_ = object.__setattr__
        set_(self, "occurred_at", moments.to_utc_ms(self.occurred_at))
        set_(self, "detected_at", moments.to_utc_ms(self.detected_at))
        if self.published_at is not None:
            set_(self, "published_at", moments.to_utc_ms(self.published_at))
        set_(self, "score", round(float(self.score), 4))
        x, y, w, h = (round(float(side), 4) for side in self.box)
        set_(self, "box", (x, y, w, h))

    def to_json(self) -> str:
        """One line of JSON, keys always in the same order.

        Raises `ValueError` for what JSON cannot hold (NaN, infinities).
        """
        return json.dumps(self._fields(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Event:
        """The event in `text`, without what a newer version may have added to it.

        Raises `schema.NotByContract` (a `ValueError`) if it is not one.
        """
        return cls.from_fields(schema.read("event", text))

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Event:
        """The event of fields that keep the contract. Raises `schema.NotByContract` for a date that
        there is not."""
        rest = {name: value for name, value in fields.items() if name != "schema_version"}
        for name in ("occurred_at", "detected_at", "published_at"):
            rest[name] = None if rest[name] is None else _moment(name, rest[name])
        evidence = {
            name: None if file is None else EvidenceFile(**file)
            for name, file in rest["evidence"].items()
        }
        rest |= {
            "threshold": ThresholdUsed(**rest["threshold"]),
            "model": ModelUsed(**rest["model"]),
            "box": tuple(rest["box"]),
            "evidence": Evidence(**evidence),
        }
        return cls(**rest)

    def _fields(self) -> dict[str, Any]:
        published = self.published_at
        return {
            "schema_version": SCHEMA_VERSION,
            "event_id": self.event_id,
            "seq": self.seq,
            "phase": self.phase,
            "label": self.label,
            "site": self.site,
            "camera": self.camera,
            "zone": self.zone,
            "occurred_at": moments.to_text(self.occurred_at),
            "detected_at": moments.to_text(self.detected_at),
            "published_at": None if published is None else moments.to_text(published),
            "replayed": self.replayed,
            "durable": self.durable,
            "drill": self.drill,
            "score": self.score,
            "threshold": dict(vars(self.threshold)),
            "model": dict(vars(self.model)),
            "path": self.path,
            "box": list(self.box),
            "evidence": _evidence_fields(self.evidence),
        }


def event_id(  # noqa: PLR0917 - the parts of the id, in their order
    site: str, camera: str, label: str, zone: str | None, ordinal: int, opened_at: datetime
) -> str:
    """The id of an incident: the same parts always give the same id, other parts another one.

    `20261120T174512345Z-1f2e3d4c5b`: sorts by time; safe as a topic level and as a file name.
    """
    opened = moments.to_text(opened_at)
    # JSON keeps the parts apart whatever they contain, and a missing zone from one named "None".
    parts = json.dumps([site, camera, label, zone, ordinal, opened])
    digest = hashlib.sha256(parts.encode()).hexdigest()[:10]
    return f"{opened.translate(str.maketrans('', '', '-:.'))}-{digest}"


def opened_at(event_id: str) -> datetime:
    """When the incident was opened, as its id says. Raises `ValueError` if that is no id."""
    if not matches(EVENT_ID, event_id):
        raise ValueError(f"{event_id[:80]!r} is no id of an event")
    return moments.from_text(
        f"{event_id[:4]}-{event_id[4:6]}-{event_id[6:11]}:{event_id[11:13]}:{event_id[13:15]}"
        f".{event_id[15:18]}Z"
    )


def _moment(name: str, text: str) -> datetime:
    try:
        return moments.from_text(text)
    except ValueError as error:
        raise schema.NotByContract(f"{name}: {text} is not a date") from error


def _evidence_fields(evidence: Evidence) -> dict[str, dict[str, str] | None]:
    found = {
        "snapshot": _file_fields(evidence.snapshot),
        "clip": _file_fields(evidence.clip),
    }
    return found | ({"plain": _file_fields(evidence.plain)} if evidence.plain else {})


def _file_fields(file: EvidenceFile | None) -> dict[str, str] | None:
    return None if file is None else dict(vars(file))
