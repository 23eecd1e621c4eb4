"""All that the desk's file may say, with its defaults."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from typing_extensions import Self

from alerts.desk.chains import Chain, ChainStep, Escalation
from alerts.desk.parts import Door, Negatives
from alerts.desk.recipients import Recipient, Smtp
from alerts.own_folder import own_folder
from alerts.settings.broker import Broker
from alerts.settings.hours import TimeZone
from alerts.settings.reading import NOTHING, load_as
from alerts.settings.terms import RecipientName, SiteName, SitePath, Strict, wrong
from alerts.shapes import Limits, Person, matches
from alerts.status import Reason

BLIND: tuple[Reason, ...] = (
    "offline", "no_frames", "frozen", "dark", "bright", "blurred", "blocked", "moved",
    "damaged",
)  # fmt: skip


class State(Strict):
    """Where things are kept that outlive the process, and for how long."""

    path: SitePath | None = Field(
        default=None,
        description="Folder of the ledger and the book, on a disk of this machine; desks that "
        "stand in for each other share it. null is the user's own.",
    )
    keep_days: int = Field(
        default=90, ge=1, le=3650, description="Older events and answers are forgotten."
    )
    states_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="So old they are taken off the broker; longer than devices remember (14).",
    )
    pictures_mb_max: int = Field(
        default=1000, ge=10, le=1_000_000, description="Snapshots and clips; the oldest go first."
    )


class Pages(Strict):
    """How hard it is tried to tell somebody."""

    max_age_s: float = Field(
        default=3600,
        ge=60,
        le=604_800,
        description="Events sent again on request that are older are recorded, nobody is called.",
    )
    give_up_h: float = Field(
        default=6, ge=0.1, le=168, description="Hours after which a recipient is given up."
    )
    link: str | None = Field(
        default=None,
        max_length=1000,
        pattern=r"^https?://[^\s]+$",
        json_schema_extra={"allowed": "an address such as https://desk.example/events/{event_id}"},
        description="Where to answer; {event_id} is filled in.",
    )


class DeadMan(Strict):
    """Cameras and devices that fall silent, or see nothing, call somebody too."""

    enabled: bool = Field(default=True, description="Whether anybody is called.")
    after_s: float = Field(
        default=60, ge=1, le=86_400, description="Blind for this long in all: somebody is called."
    )
    clear_s: float = Field(
        default=60,
        ge=1,
        le=86_400,
        description="Well for this long: over; longer if it comes back.",
    )
    reasons: tuple[Reason, ...] = Field(
        default=BLIND, min_length=1, max_length=9, description="What counts as blind."
    )
    cameras_max: int = Field(
        default=3, ge=1, le=256, description="More cameras of one site at once are one call."
    )
    steps: tuple[ChainStep, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=32,
        description="Who is called, as in a chain; null: as the first two steps of `otherwise`.",
    )


class Resync(Strict):
    """Asking devices for what was missed."""

    enabled: bool = Field(default=True, description="Whether they are asked.")
    hours_max: float = Field(
        default=24, ge=1, le=336, description="How far back at most, in hours."
    )


class DeskConfig(Strict):
    """A whole desk file."""

    version: Literal[1] = Field(description="Of this file's format.")
    name: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="Unique among the desks at this broker; null is the name of this machine.",
    )
    sites: tuple[SiteName, ...] = Field(
        default=(), max_length=64, description="The sites it is for; none is all at this broker."
    )
    time_zone: TimeZone = Field(
        default="UTC", description="IANA name, such as Europe/Vienna: the clock of the hours."
    )
    broker: Broker = Field(default=Broker(), description="Where alerts come from.")
    state: State = Field(default=State(), description="What outlives the process.")
    recipients: Mapping[RecipientName, Recipient] = Field(
        default={name: Recipient(publish=True) for name in ("floor", "supervisor", "outside")},
        min_length=1,
        max_length=64,
        description="Who can be told, and how, by name.",
    )
    smtp: Smtp | None = Field(default=None, description="Who takes our e-mails; null is nobody.")
    chains: tuple[Chain, ...] = Field(
        default=(), max_length=256, description="For some events; the first that matches."
    )
    otherwise: Escalation = Field(
        default=Escalation(), description="The chain of every event that no other is for."
    )
    reopen_after_s: float = Field(
        default=300,
        ge=10,
        le=86_400,
        description="Still seen so long after it was resolved: open again.",
    )
    dead_man: DeadMan = Field(default=DeadMan(), description="When cameras fall silent.")
    pages: Pages = Field(default=Pages(), description="Telling people.")
    resync: Resync = Field(default=Resync(), description="What was missed.")
    answers: Door = Field(default=Door(), description="Answers by HTTP.")
    hard_negatives: Negatives = Field(default=Negatives(), description="What was a false alarm.")

    @property
    def desk(self) -> str:
        """Its name."""
        name = self.name or socket.gethostname()[:64]
        return name if _is_name(name) else "desk"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)

    @property
    def folder(self) -> Path:
        """Where ledger and book live; nothing is created here."""
        return self.state.path or own_folder() / "desk"

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        if self.name is not None and not _is_name(self.name):
            raise wrong("control characters are not allowed", "name")
        chains: list[tuple[tuple[str | int, ...], tuple[ChainStep, ...]]] = [
            (("chains", number), chain.steps) for number, chain in enumerate(self.chains)
        ]
        chains += [
            (("otherwise",), self.otherwise.steps),
            (("dead_man",), self.dead_man.steps or ()),
        ]
        for above, steps in chains:
            for number, one in enumerate(steps):
                for place, name in enumerate(one.to):
                    if name not in self.recipients:
                        known = ", ".join(self.recipients)
                        raise wrong(
                            f"there is no recipient {name}; recipients: {known}",
                            *above, "steps", number, "to", place,
                        )  # fmt: skip
        if self.smtp is None and any(one.email for one in self.recipients.values()):
            raise wrong("missing, add it (a recipient is told by e-mail)", "smtp")
        return self


def load(path: Path, overrides: Mapping[str, object] = NOTHING) -> DeskConfig:
    """The desk's file at `path`. Raises `BadConfig`."""
    return load_as(
        DeskConfig,
        path,
        kind="a desk's file",
        instead="configs/desk.yaml is one",
        overrides=overrides,
    )


def _is_name(name: str) -> bool:
    """Whether states may bear it: `alerts.shapes.Person`."""
    limits: Limits = get_args(Person)[1]
    return matches(limits.pattern or "", name)
