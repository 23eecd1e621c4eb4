"""Lives to try the desk's rules on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from alerts.answers import Action, Command
from alerts.desk.life import advance
from alerts.desk.record import (
    EventLife,
    Input,
    Intent,
    Moment,
    PageOut,
    Plan,
    PlanStep,
    Seen,
    Subject,
    Tell,
)
from alerts.standing import Standing
from tests.alerts.samples import BEGAN, an_event

EVENT_ID = an_event().event_id
STEPS = (
    PlanStep(0, ("floor",)),
    PlanStep(60, ("supervisor", "board")),
    PlanStep(180, ("outside",)),
)
PLAN = Plan("default", STEPS)


def unborn(plan: Plan = PLAN, **changes: Any) -> EventLife:
    """A life before anything was seen."""
    about: dict[str, Any] = {
        "event_id": EVENT_ID,
        "site": "site",
        "camera": "hall",
        "label": "collapse",
        "zone": None,
        "opened_at": BEGAN,
    }
    return EventLife(Subject(**(about | changes)), plan)


def at(second: float) -> Moment:
    return Moment(second, BEGAN + timedelta(seconds=second))


def press(action: Action, command_id: str = "c1", who: str = "kim") -> Command:
    return Command(command_id, action, who, BEGAN)


def seen(seq: int, **changes: Any) -> Seen:
    """The first phase opens; 9 closes, all between are updates."""
    phase = "opened" if seq == 0 else "closed" if seq == 9 else "updated"
    given: dict[str, Any] = {"seq": seq, "phase": phase, "score": 0.8}
    return Seen(**(given | changes))


@dataclass
class Course:
    """A life and all that it asked for."""

    life: EventLife = field(default_factory=unborn)
    intents: list[Intent] = field(default_factory=list)

    def __call__(self, second: float, *given: Input) -> list[Intent]:
        """What these ask for at that second."""
        new: list[Intent] = []
        for one in given:
            self.life, intents = advance(self.life, one, at(second))
            new += intents
        self.intents += new
        return new

    def standing(self) -> Standing:
        return self.life.standing

    def pages(self) -> list[tuple[int, str, str]]:
        """(step, recipient, why) of every page so far."""
        return [(one.step, one.recipient, one.why) for one in self.paged()]

    def paged(self) -> list[PageOut]:
        return [one for one in self.intents if isinstance(one, PageOut)]

    def told(self) -> list[EventLife]:
        return [one.life for one in self.intents if isinstance(one, Tell)]
