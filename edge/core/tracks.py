"""Following people from frame to frame, by place alone.

A fall changes a person's box so much, and hides the person from the network so often, that a
motion model helps little; what counts is to keep the history through gaps. So: nearest box
first, a reach that grows with the gap, and a long memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from edge.core.geometry import apart
from edge.core.policy import SECOND_NS
from edge.core.types import Box, Person, Scores

LOST_NS = 8 * SECOND_NS
_REACH = 0.7  # of the longest side, for consecutive frames
_REACH_PER_S = 0.4  # more for every second since the track was last seen
_REACH_MAX = 1.6
_TRACKS_MAX = 50


@dataclass(frozen=True)
class Sample:
    """A track in one analysed frame: the person's score times the probability of being down, zero
    when it was not seen."""

    at_ns: int
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
            alive.append(replace(track, history=_add(track, Sample(at_ns, 0), span_ns)))
    for index, person in enumerate(scores.people):
        if index not in matched:
            alive.append(Track(person.box, at_ns, (_sample(person, at_ns),)))
    alive.sort(key=lambda track: -track.seen_ns)
    return tuple(alive[:_TRACKS_MAX])


def _seen(track: Track, person: Person, at_ns: int, span_ns: int) -> Track:
    history = _add(track, _sample(person, at_ns), span_ns)
    return replace(track, box=person.box, seen_ns=at_ns, history=history)


def _sample(person: Person, at_ns: int) -> Sample:
    return Sample(at_ns, person.down_score)


def _add(track: Track, sample: Sample, span_ns: int) -> tuple[Sample, ...]:
    oldest_ns = sample.at_ns - span_ns
    return (*(s for s in track.history if s.at_ns >= oldest_ns), sample)


def _match(alive: tuple[Track, ...], scores: Scores) -> dict[int, int]:
    """Track index to person index, nearest pairs first, each used once."""
    costs = []
    for (t, track), (p, person) in product(enumerate(alive), enumerate(scores.people)):
        cost = apart(track.box, person.box, scores.aspect)
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
