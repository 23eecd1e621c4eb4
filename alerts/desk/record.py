"""What the desk's rules speak of: the life of one event, what happens to it, what is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from alerts.answers import Command
from alerts.event import Label, Phase
from alerts.standing import UNTAKEN, Standing

Why = Literal["step", "early", "reminder", "over"]


@dataclass(frozen=True)
class Moment:
    """Now: `s` on the desk's own clock, which nobody sets; `at` on the wall, for people."""

    s: float
    at: datetime


@dataclass(frozen=True)
class PlanStep:
    """One step of a chain: so long after its beginning these are told, all of them."""

    after_s: float
    to: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What the chain that was chosen asks for. A life keeps its plan: who edits the file changes
    what comes later. `steps` in the order of `after_s`."""

    chain: str
    steps: tuple[PlanStep, ...]
    closed_ends: bool = False
    remind_s: float = 0.0
    reopen_after_s: float = 300.0
    end_is_told: bool = False


@dataclass(frozen=True)
class Subject:
    """What it is about. `label` is None for a camera that is blind and whose device did not say so
    in an event, `camera` is None for a whole site; `words` say what is the matter then."""

    event_id: str
    site: str
    camera: str | None
    label: Label | None
    zone: str | None
    opened_at: datetime
    drill: bool = False
    words: str = ""


@dataclass(frozen=True)
class Seen:
    """A phase of the event. `waited_s` is how long it waited on the device until it was sent, by
    the device's own clock; `old` marks a replay that nobody is to be called for any more."""

    seq: int
    phase: Phase
    score: float
    waited_s: float = 0.0
    replayed: bool = False
    old: bool = False


@dataclass(frozen=True)
class Unreached:
    """Nobody of this step can be told, for good; `nobody`: nobody of the whole round was."""

    round: int
    step: int
    nobody: bool = False


@dataclass(frozen=True)
class Tick:
    """Time has passed."""


Input: TypeAlias = "Seen | Command | Unreached | Tick"


@dataclass(frozen=True)
class EventLife:
    """How it stands. Unborn (no `at`) until the first phase is seen; `round` counts how often
    its chain began, `step` how far that went; `told[step]` how many pages of a step there were;
    `unreached_s` is since when the whole chain is known to have told nobody; `recalled` that its
    beginning is known from a state alone, since the book was lost. Times in `_s` are the desk's
    clock."""

    subject: Subject
    plan: Plan
    version: int = 0
    standing: Standing = "open"
    by: str | None = None
    at: datetime | None = None
    note: str = ""
    ongoing: bool = True
    score: float = 0.0
    seq: int = -1
    paging: bool = False
    round: int = 0
    step: int = 0
    told: tuple[int, ...] = ()
    began_s: float = 0.0
    stood_s: float = 0.0
    reminded_s: float = 0.0
    unreached_s: float | None = None
    answers: tuple[str, ...] = ()
    recalled: bool = False

    @property
    def untaken(self) -> bool:
        """Whether it is still to be told on."""
        return self.at is not None and self.standing in UNTAKEN

    @property
    def ends_itself(self) -> bool:
        """Whether the device's word that it is over ends it."""
        return self.plan.closed_ends or self.subject.drill


@dataclass(frozen=True)
class Tell:
    """Publish how it stands now."""

    life: EventLife


@dataclass(frozen=True)
class PageOut:
    """Tell one recipient. `page_id` names this page for ever, in every try."""

    page_id: str
    round: int
    step: int
    recipient: str
    why: Why


@dataclass(frozen=True)
class Silence:
    """Take back every page of this event that has not gone out."""


Intent: TypeAlias = "Tell | PageOut | Silence"
Course: TypeAlias = "tuple[EventLife, tuple[Intent, ...]]"
