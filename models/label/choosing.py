"""What to label next: a stated mix, so that labels are where they teach most, and still tell rates.

    high      score at or above the threshold, the highest first: what would alarm
    near      next to the threshold, on either side: what one label decides
    missed    below the threshold, on the same camera within ten minutes of a known incident
    random    drawn from everything by a number that each has for ever: rates stay estimable

What a kind has too few of, the next takes over. No camera's hour gives more than a quarter of a
kind while there is another, and what looks as something taken already looks on the same camera is
left out. The random part is drawn first, from all, and spared both rules: they would bend it.

As the number is for ever, those with the lowest numbers, however many, are a simple random sample
of everything, in whatever sittings and for whatever reason they were labelled.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.label.words import Turn

Kind = Literal["high", "near", "missed", "random"]
Look = NDArray[np.int16]
LOOK_SIZE = (32, 18)  # width and height of a look
NEAR_FACTOR = 2.0  # from half the threshold to twice
WITHIN_S = 600.0
_HOUR_S = 3600.0
_SHARE_MAX = 0.25  # of a kind, from one camera's hour
_LEVELS_ALIKE = 6.0  # of 255: noise and compression change two or three
_CELLS_ALIKE = 99.0  # per cent of a look's cells that change no more


@dataclass(frozen=True)
class Candidate:
    """What may be labelled. `over` is its highest score as a multiple of the threshold: 1 alarms.
    `draw` is its number for ever (`drawn`), `at_s` when it was seen, on any clock that all share;
    None: nobody knows."""

    item: int
    over: float
    draw: float
    camera: str = ""
    at_s: float | None = None


@dataclass(frozen=True)
class Incident:
    """What is known to have happened, where and when."""

    camera: str
    at_s: float


@dataclass(frozen=True)
class Mix:
    """Shares of what is labelled next; they add up to 1."""

    high: float = 0.40
    near: float = 0.30
    missed: float = 0.15
    random: float = 0.15


DEFAULT = Mix()


def drawn(digest: str, at_s: float | None) -> float:
    """A number from 0 to 1 that a picture or clip has for ever, by its content."""
    key = hashlib.sha256(f"drawn\0{digest}\0{at_s}".encode()).digest()
    return int.from_bytes(key[:8], "big") / 2**64


LookOf = Callable[[int], "Look | None"]


def choose(
    candidates: Sequence[Candidate],
    count: int,
    *,
    incidents: Sequence[Incident] = (),
    look_of: LookOf = lambda _item: None,
    mix: Mix = DEFAULT,
) -> list[Turn]:
    """At most `count` of them, in the order to label them in: the kinds take turns, so that whoever
    stops early has labelled the same mix. `look_of` gives an item's look; it is asked for no more
    than has to be compared. The same for the same arguments."""
    count = min(count, len(candidates))
    by_chance = sorted(candidates, key=lambda one: one.draw)[: round(count * mix.random)]
    left = _Left(candidates, {one.item for one in by_chance}, look_of)
    picked: dict[Kind, list[Candidate]] = {"random": by_chance}
    owed = 0
    kinds: tuple[tuple[Kind, list[Candidate], float], ...] = (
        ("missed", _missed(candidates, incidents), mix.missed),
        ("near", _near(candidates), mix.near),
        ("high", sorted(candidates, key=lambda one: -one.over), mix.high),
    )
    for kind, ordered, share in kinds:
        rest = count - len(by_chance) - left.taken
        wanted = rest if kind == "high" else round(count * share) + owed
        found = left.take(ordered, wanted)
        picked[kind], owed = found, wanted - len(found)
    probability = len(by_chance) / len(candidates) if candidates else 0.0
    return [
        Turn(one.item, rank, kind, probability if kind == "random" else None)
        for rank, (kind, one) in enumerate(_in_turn(picked))
    ]


def _near(candidates: Sequence[Candidate]) -> list[Candidate]:
    known = [one for one in candidates if 1 / NEAR_FACTOR <= one.over <= NEAR_FACTOR]
    return sorted(known, key=lambda one: abs(math.log(one.over)))


def _missed(candidates: Sequence[Candidate], incidents: Sequence[Incident]) -> list[Candidate]:
    """Of those near an incident in time, the highest scores first."""

    def close(one: Candidate) -> bool:
        at_s = one.at_s
        return at_s is not None and any(
            one.camera == other.camera and abs(at_s - other.at_s) <= WITHIN_S for other in incidents
        )

    return sorted((one for one in candidates if one.over < 1 and close(one)), key=lambda o: -o.over)


class _Left:
    """What is not taken yet, by the rules on cameras, hours and looks."""

    def __init__(self, candidates: Sequence[Candidate], gone: set[int], look_of: LookOf) -> None:
        self._gone = gone
        self._look_of = look_of
        self._looks: dict[str, list[Look]] = {}
        self._hours = {_hour(one) for one in candidates}
        self.taken = 0

    def take(self, ordered: Sequence[Candidate], wanted: int) -> list[Candidate]:
        """So many of the first that fit; where there are no more, those of a full hour too."""
        hours: Counter[tuple[str, int | None]] = Counter()
        room = max(1, math.ceil(wanted * _SHARE_MAX)) if len(self._hours) > 1 else wanted
        found: list[Candidate] = []
        for most in (room, wanted):
            for one in ordered:
                if len(found) == wanted:
                    break
                if one.item in self._gone or hours[_hour(one)] >= most:
                    continue
                self._gone.add(one.item)  # taken, or too like another: not asked about again
                if self._is_new(one):
                    found.append(one)
                    hours[_hour(one)] += 1
        self.taken += len(found)
        return found

    def _is_new(self, one: Candidate) -> bool:
        look = self._look_of(one.item)
        known = self._looks.setdefault(one.camera, [])
        if look is None:
            return True
        if any(alike(look, other) for other in known):
            return False
        known.append(look)
        return True


def _hour(one: Candidate) -> tuple[str, int | None]:
    return one.camera, None if one.at_s is None else int(one.at_s // _HOUR_S)


def alike(one: Look, other: Look) -> bool:
    """Whether two looks of one camera, H×W grey levels, show the same, but for noise and how bright
    it is. A fixed camera's pictures are nearly the same as a whole: what counts is the part that
    changed most."""
    apart = one - one.mean() - (other - other.mean())
    return bool(np.percentile(np.abs(apart), _CELLS_ALIKE) < _LEVELS_ALIKE)


def _in_turn(picked: Mapping[Kind, Sequence[Candidate]]) -> Iterator[tuple[Kind, Candidate]]:
    """Each kind spread evenly over the whole."""
    placed = [
        ((number + 0.5) / len(found), kind, one)
        for kind, found in picked.items()
        for number, one in enumerate(found)
    ]
    return ((kind, one) for _, kind, one in sorted(placed, key=lambda x: (x[0], x[1])))
