"""Following people from frame to frame, by place alone.

A fall changes a person's box so much, and hides the person from the network so often, that a
motion model helps little; what counts is to keep the history through gaps. So: nearest box
first, a reach that grows with the gap, and a long memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from edge.core.policy import SECOND_NS
from edge.core.types import Box, Person, Scores

LOST_NS = 8 * SECOND_NS
_REACH = 0.7  # of the longest side, for consecutive frames
_REACH_PER_S = 0.4  # more for every second since the track was last seen
_REACH_MAX = 1.6
_REACH_BIRTH = 1.0  # how near a new track must begin to take over another's past
_TRACKS_MAX = 50


@dataclass(frozen=True)
class Sample:
    """A track in one analysed frame; all zero when it was not seen. Each is the person's score
    times the probability of the state."""

    at_ns: int
    up: float
    down: float


@dataclass(frozen=True)
class Track:
    """One person's last box and history, oldest sample first."""

    box: Box
    seen_ns: int
    history: tuple[Sample, ...]


def follow(tracks: tuple[Track, ...], scores: Scores, span_ns: int) -> tuple[Track, ...]:
    """All people followed on one camera, after one more frame; histories reach `span_ns` back."""
    at_ns = scores.at_ns
    pairs = _match(tracks, scores)
    matched = set(pairs.values())
    alive = []
    for index, track in enumerate(tracks):
        if index in pairs:
            alive.append(_seen(track, scores.people[pairs[index]], at_ns, span_ns))
        elif at_ns - track.seen_ns <= LOST_NS:
            alive.append(replace(track, history=_add(track, Sample(at_ns, 0, 0), span_ns)))
    for index, person in enumerate(scores.people):
        if index not in matched:
            past = _inherited(tracks, person.box, scores.aspect)
            alive.append(Track(person.box, at_ns, (*past, _sample(person, at_ns))))
    alive.sort(key=lambda track: -track.seen_ns)
    return tuple(alive[:_TRACKS_MAX])


def _inherited(alive: tuple[Track, ...], box: Box, aspect: float) -> tuple[Sample, ...]:
    """What a new track takes over from the nearest one in reach: that somebody was up there.

    A fall often splits: the box of the person on the floor is new, while the old track clings to
    a chair or to whoever stands by. How anybody *lay* is not taken over, so that nothing is ever
    counted twice.
    """
    nearest = min(alive, key=lambda track: _distance(track.box, box, aspect), default=None)
    if nearest is None or _distance(nearest.box, box, aspect) > _REACH_BIRTH:
        return ()
    return tuple(Sample(s.at_ns, s.up, 0) for s in nearest.history)


def _seen(track: Track, person: Person, at_ns: int, span_ns: int) -> Track:
    history = _add(track, _sample(person, at_ns), span_ns)
    return replace(track, box=person.box, seen_ns=at_ns, history=history)


def _sample(person: Person, at_ns: int) -> Sample:
    up = person.score * (person.upright + person.low)
    return Sample(at_ns, up, person.score * person.down)


def _add(track: Track, sample: Sample, span_ns: int) -> tuple[Sample, ...]:
    oldest_ns = sample.at_ns - span_ns
    return (*(s for s in track.history if s.at_ns >= oldest_ns), sample)


def _match(alive: tuple[Track, ...], scores: Scores) -> dict[int, int]:
    """Track index to person index, nearest pairs first, each used once."""
    costs = []
    for (t, track), (p, person) in product(enumerate(alive), enumerate(scores.people)):
        cost = _distance(track.box, person.box, scores.aspect)
        gap_s = (scores.at_ns - track.seen_ns) / SECOND_NS
        if cost <= min(_REACH + _REACH_PER_S * gap_s, _REACH_MAX):
            costs.append((cost, t, p))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, t, p in sorted(costs):
        if t not in pairs and p not in taken:
            pairs[t] = p
            taken.add(p)
    return pairs


def _distance(one: Box, other: Box, aspect: float) -> float:
    """Between the middles, in units of the longest side of either box."""
    dx = (one.centre[0] - other.centre[0]) * aspect
    dy = one.centre[1] - other.centre[1]
    side = max(one.w * aspect, one.h, other.w * aspect, other.h, 1e-6)
    return float((dx * dx + dy * dy) ** 0.5 / side)
