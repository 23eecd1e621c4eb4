"""How many injected faults are reported, how soon, and what is reported where nothing is wrong.

A camera is watched for `LEAD_S` seconds, then the fault comes, at once or growing over `RAMP_S`. It
is found if anything is reported within `WITHIN_S` of when it is as strong as it gets; what it is
called is counted beside it. Every clip gets a seeded draw of faults, strengths and ways to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alerts.status import Reason
from edge.fit import State, step
from edge.sources.sampling import NS
from models.faults.catalogue import Fault
from models.faults.inject import Injection, Timed, injected
from models.faults.playing import played, seconds_of

LEAD_S, RAMP_S, WITHIN_S = 60, 30, 60
_HOUR = 12.0


@dataclass(frozen=True)
class Tried:
    """One fault in one clip. `reported` is what was said first, `after_s` how long after the fault
    was whole (less than 0: while it grew); None for nothing within `WITHIN_S`."""

    clip: str
    injection: Injection
    reported: Reason | None
    after_s: float | None

    @property
    def named_right(self) -> bool:
        """Whether it was called by a name that fits."""
        return self.reported in self.injection.fault.reasons


@dataclass(frozen=True)
class Untouched:
    """What was reported of a clip in which nothing is wrong, and how long it was watched."""

    clip: str
    seconds: int
    reported: tuple[tuple[float, Reason], ...]


def drawn(faults: Sequence[Fault], per_clip: int, rng: np.random.Generator) -> list[Injection]:
    """So many different ones, all of them if there are fewer."""
    every = [
        (fault, strength, ramp_s)
        for fault in faults
        for strength in fault.strengths
        for ramp_s in ((0.0, float(RAMP_S)) if fault.grows else (0.0,))
    ]
    chosen = rng.permutation(len(every))[:per_clip]
    seeds = rng.integers(0, 2**31, len(chosen))
    return [
        Injection(fault, strength, float(LEAD_S), ramp_s, int(seed))
        for (fault, strength, ramp_s), seed in zip(
            (every[number] for number in chosen), seeds, strict=True
        )
    ]


def tried(clip: Path, injections: Iterable[Injection]) -> Iterator[Tried]:
    """Each of them in that clip. Raises BadClip."""
    pictures = list(played(clip, LEAD_S + RAMP_S + WITHIN_S + 1))
    before = pictures[:LEAD_S]
    well = watched(before)
    for one in injections:
        fault = one.fault
        state = watched(_unhurt(before, one)) if fault.windowed else well
        # The last good picture goes along: a frozen camera repeats it.
        late = injected(pictures[LEAD_S - 1 : LEAD_S + int(one.ramp_s) + WITHIN_S + 1], one)
        next(late)
        yield Tried(clip.name, one, *_first_report(state, late, one.whole_s))


def _unhurt(pictures: Sequence[Timed], one: Injection) -> list[Timed]:
    return [(at_s, one.fault.draw(rgb, at_s, 0.0, one.seed)) for at_s, rgb in pictures]


def watched(pictures: Iterable[Timed]) -> State:
    """What is known after these pictures."""
    state = State()
    for at_s, rgb in pictures:
        state, _ = step(state, rgb, round(at_s * NS), _HOUR)
    return state


def _first_report(
    state: State, pictures: Iterable[Timed], whole_s: float
) -> tuple[Reason | None, float | None]:
    for at_s, rgb in pictures:
        state, said = step(state, rgb, round(at_s * NS), _HOUR)
        if said.reason != "ok":
            return said.reason, at_s - whole_s
    return None, None


def untouched(clip: Path) -> Untouched:
    """What is reported of it as it is. Raises BadClip."""
    state, seconds, reports = State(), seconds_of(clip), list[tuple[float, Reason]]()
    last: Reason = "ok"
    for at_s, rgb in played(clip, seconds):
        state, said = step(state, rgb, round(at_s * NS), _HOUR)
        if said.reason not in ("ok", last):
            reports.append((at_s, said.reason))
        last = said.reason
    return Untouched(clip.name, seconds, tuple(reports))
