"""What a row of the campaign found, as data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.campaign.figures import Slope, Spread
from tests.campaign.ledger import Ledger


@dataclass(frozen=True)
class Goal:
    """Something that shall hold, what was found, and whether that is so."""

    text: str
    found: str
    met: bool


@dataclass(frozen=True)
class Row:
    """One line of the table. `recover` are seconds, from and to what `recover_of` says; `skipped`
    is why nothing was measured, `broke` what kept the row from its end."""

    name: str
    faults: int = 0
    ledger: Ledger | None = None
    recover: Spread | None = None
    recover_of: str = ""
    slope: Slope | None = None
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    took_s: float = 0.0
    skipped: str | None = None
    broke: str | None = None

    @property
    def met(self) -> bool:
        """Whether it ran, and all its goals were met. A row that was skipped failed nobody."""
        return self.broke is None and all(goal.met for goal in self.goals)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"met": self.met}


@dataclass(frozen=True)
class Lab:
    """What a row is given: a folder of its own, how long it may take, and where to say how far it
    is. `quick` is for trying the row itself: few faults, no figures worth quoting."""

    folder: Path
    say: Callable[[str], None]
    quick: bool = False
    soak_minutes: float = 60.0
    seed: int = 1

    def count(self, full: int, quick: int) -> int:
        """How many faults, or for how many seconds."""
        return quick if self.quick else full

    def rest(self, seconds: float) -> None:
        """Waits, but not for long where it is to be quick."""
        time.sleep(min(seconds, 2.0) if self.quick else seconds)


class CannotRun(Exception):
    """This machine, or the daemon as it is today, does not allow this row: skipped, visibly."""


Run = Callable[[Lab], "Findings"]


@dataclass
class Findings:
    """A row while it is being found out. `ledger` brings two goals along: nothing lost, nothing
    reordered."""

    faults: int = 0
    ledger: Ledger | None = None
    recover_s: list[float] = field(default_factory=list)
    recover_of: str = ""
    slope: Slope | None = None
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def goal(self, text: str, found: str, met: bool) -> None:
        """Notes a goal."""
        self.goals.append(Goal(text, found, met))

    def at_most(self, what: str, values: Sequence[float], most: float, unit: str = "s") -> None:
        """A goal for the 95th percentile of `values`; without any value it is not met."""
        spread = Spread.of(values)
        found = "nothing measured" if spread is None else f"{spread.p95:.2f} {unit}"
        met = spread is not None and spread.p95 <= most
        self.goal(f"{what}: p95 at most {most:g} {unit}", found, met)

    def row(self, name: str, took_s: float) -> Row:
        """The finished row."""
        goals = list(self.goals)
        if self.ledger is not None:
            goals = [*self.ledger_goals(self.ledger), *goals]
        return Row(
            name,
            self.faults,
            self.ledger,
            Spread.of(self.recover_s),
            self.recover_of,
            self.slope,
            tuple(goals),
            tuple(self.notes),
            took_s,
        )

    @staticmethod
    def ledger_goals(ledger: Ledger) -> list[Goal]:
        """What must hold whatever is done to the daemon."""
        foreign = ledger.not_by_contract
        return [
            Goal("events to expect", str(ledger.expected), ledger.expected > 0),
            Goal("none lost", f"{len(ledger.lost)} lost {ledger.lost[:3]}", not ledger.lost),
            Goal("none reordered", f"{ledger.reordered} reordered", not ledger.reordered),
            Goal("all by the contract", f"{foreign} not", not foreign),
        ]
