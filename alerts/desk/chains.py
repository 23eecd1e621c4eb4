"""Chains: who is told of what, in which order, how soon. A part of the desk's file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from alerts import schedule
from alerts.desk.record import Plan, PlanStep, Subject
from alerts.event import Label
from alerts.settings.hours import Schedule
from alerts.settings.terms import AreaName, CameraName, RecipientName, SiteName, Strict, wrong


class ChainStep(Strict):
    """One step: all of these are told."""

    after_s: float = Field(
        ge=0, le=86_400, description="Seconds after the chain began, if nobody has taken it."
    )
    to: tuple[RecipientName, ...] = Field(
        min_length=1, max_length=32, description="Who is told, by their names in `recipients`."
    )


def step(after_s: float, *to: str) -> ChainStep:
    """One step, for defaults."""
    return ChainStep(after_s=after_s, to=to)


class Escalation(Strict):
    """What a chain does, whatever it is for."""

    steps: tuple[ChainStep, ...] = Field(
        default=(step(0, "floor"), step(60, "supervisor"), step(180, "outside")),
        min_length=1,
        max_length=32,
        description="The steps, in their order; the first usually at 0.",
    )
    closed_ends: bool = Field(
        default=False,
        description="true: over as soon as the camera no longer sees it, taken or not.",
    )
    remind_s: float = Field(
        default=0,
        ge=0,
        le=86_400,
        description="So often the last who were told are reminded while it goes on; 0 is never.",
    )

    @field_validator("steps")
    @classmethod
    def _in_order(cls, steps: tuple[ChainStep, ...]) -> tuple[ChainStep, ...]:
        for number in range(1, len(steps)):
            if steps[number].after_s < steps[number - 1].after_s:
                raise wrong("earlier than the step before it; put them in order", number, "after_s")
        return steps

    def plan(self, name: str, reopen_after_s: float) -> Plan:
        """As the rules want it."""
        return Plan(
            chain=name,
            steps=tuple(PlanStep(one.after_s, one.to) for one in self.steps),
            closed_ends=self.closed_ends,
            remind_s=self.remind_s,
            reopen_after_s=reopen_after_s,
        )


class Chain(Escalation):
    """A chain for some of the events: those that are named by all of the lists that are given."""

    name: str = Field(min_length=1, max_length=64, description="What it is called in the log.")
    sites: tuple[SiteName, ...] = Field(
        default=(), max_length=64, description="Of these sites; none is of all."
    )
    labels: tuple[Label, ...] = Field(
        default=(), max_length=4, description="For these; none is for all but `camera`."
    )
    cameras: tuple[CameraName, ...] = Field(
        default=(), max_length=256, description="Of these cameras; none is of all."
    )
    zones: tuple[AreaName, ...] = Field(
        default=(), max_length=256, description="In these zones; none is wherever it is seen."
    )
    hours: tuple[Schedule, ...] = Field(
        default=(), max_length=32, description="Begun in these windows; none is always."
    )

    def matches(self, subject: Subject, at: datetime, zone: ZoneInfo) -> bool:
        """Whether it is for that event, which begins at `at` (UTC)."""
        wanted: Sequence[tuple[Sequence[str], str | None]] = (
            (self.sites, subject.site),
            (self.labels, subject.label),
            (self.cameras, subject.camera),
            (self.zones, subject.zone),
        )
        named_ = all(not names or found in names for names, found in wanted)
        return named_ and schedule.active([one.window() for one in self.hours], at, zone)


def chosen(
    chains: Sequence[Chain], otherwise: Escalation, subject: Subject, at: datetime, zone: ZoneInfo
) -> tuple[str, Escalation]:
    """The first chain that matches, by its name; else the one for everything, `default`."""
    for chain in chains:
        if chain.matches(subject, at, zone):
            return chain.name, chain
    return "default", otherwise
