"""Contenders in turns: A B C, A B C, … so that a machine that has other work now and then has it
for all of them. What is compared is compared within a round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from alerts.errors import UserError

Done = Callable[[], float]
_POLL_S = 0.01
_PATIENCE = 12.0  # times the seconds asked for; then what there is has to do


class TooSlow(UserError):
    """Nothing was done in all the time there was."""


@dataclass(frozen=True)
class Contender:
    """Something that works until it is left. `running` starts it and gives how many frames it has
    done; the first `warm` do not count."""

    name: str
    running: Callable[[], AbstractContextManager[Done]]
    warm: float = 1.0


@dataclass(frozen=True)
class Window:
    """What was done in a while: frames, seconds by the clock, and of processors."""

    frames: float
    wall_s: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Frames a second by the clock."""
        return self.frames / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        """Frames a second of one processor."""
        return self.frames / self.cpu_s


Round = Mapping[str, Window]


@dataclass(frozen=True)
class Amount:
    """How long is measured: so many rounds; in each, so many seconds and frames at least. A busy
    machine gets `patience_s` for the first frames, and for the others, if it needs that."""

    rounds: int
    seconds: float
    frames: int
    patience_s: float = 60.0


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, the least and the most."""

    median: float
    least: float
    most: float


def spread(values: Iterable[float]) -> Spread:
    """Of one number a round."""
    found = list(values)
    return Spread(statistics.median(found), min(found), max(found))


def in_turns(
    contenders: Sequence[Contender], amount: Amount, tick: Callable[[str], object]
) -> list[Round]:
    """All of them, round after round. `tick` is told who was measured."""
    rounds: list[Round] = []
    for number in range(amount.rounds):
        found: dict[str, Window] = {}
        # Every other round backwards: who comes first finds a cooler processor.
        for one in contenders if number % 2 == 0 else reversed(contenders):
            found[one.name] = _measured(one, amount)
            tick(one.name)
        rounds.append(found)
    return rounds


def _measured(contender: Contender, amount: Amount) -> Window:
    """One window of one contender, from the end of a frame to the end of another."""
    limit_s = max(amount.patience_s, _PATIENCE * amount.seconds)
    with contender.running() as done:
        first = _after(done, contender.warm, time.perf_counter() + limit_s)
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        last, until_s = first, began_s + limit_s
        while time.perf_counter() < until_s:
            last = _after(done, last, until_s)
            took_s, took_cpu_s = (
                time.perf_counter() - began_s, time.process_time() - began_cpu_s
            )  # fmt: skip
            if last - first >= amount.frames and took_s >= amount.seconds:
                break
    if last <= first:
        raise TooSlow(
            f"{contender.name}: no frame in {limit_s:.0f} s; say more --seconds, or measure when "
            "the machine has less to do"
        )
    return Window(last - first, took_s, max(took_cpu_s, 1e-6))


def _after(done: Done, frames: float, until_s: float) -> float:
    """Waits until more than so many are done; gives how many are."""
    while (now := done()) <= frames and time.perf_counter() < until_s:
        time.sleep(_POLL_S)
    return now
