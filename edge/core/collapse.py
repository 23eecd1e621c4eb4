"""A person who goes down and stays down.

Two ways, and the stronger counts. *Fast*: somebody was up there and is then down for `confirm_s`.
*Slow*: the person is down for `slow_s`, whether or not a fall was seen. "Is down" over a stretch
means in most of its samples, so the network may miss some; the score of a stretch is the highest
threshold for which that holds. Stillness is not asked for: people who fell do move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from edge.core.evidence import Evidence
from edge.core.policy import SECOND_NS, CollapsePolicy
from edge.core.tracks import Sample, Track
from edge.core.types import Box
from edge.core.upright import Glimpse, is_near, near

Up = tuple[int, float]  # when, and how surely
_MOST = 0.7  # share of the samples of a stretch that must agree
_HOLD_S = 2.0
_UP_FLOOR = 0.3  # someone this surely on their feet (or a seat) was up; no threshold changes it
_UP_S = 0.6
_FALL_S = 10.0  # how long before the confirmed stretch the person may last have been up
_DOWN_FLOOR = 0.15  # from here on the incident is dated
_FAINT = 0.02  # below every threshold: not worth looking for a fall
_SLACK = 0.9  # a stretch counts as full when samples span this share of it (frame jitter)


def history_ns(policy: CollapsePolicy) -> int:
    """How far back tracks and glimpses must remember."""
    return int(max(policy.slow_s, policy.confirm_s + _FALL_S) * SECOND_NS)


@dataclass(frozen=True)
class Past:
    """What is remembered beside a person's own track: everybody who was up, and the frame's width
    over its height."""

    glimpses: tuple[Glimpse, ...]
    aspect: float

    @cached_property
    def _surely_up(self) -> dict[int, list[Box]]:
        """By frame, everybody who was surely up. Asked for a hundred times a frame where somebody
        is in view, and mostly empty."""
        return {
            glimpse.at_ns: [box for box, up in glimpse.people if up >= _UP_FLOOR]
            for glimpse in self.glimpses
        }

    def up_near(self, box: Box, from_ns: int, to_ns: int) -> list[Up]:
        """How surely somebody was up near a box in that time, oldest first."""
        asked = [glimpse for glimpse in self.glimpses if from_ns <= glimpse.at_ns <= to_ns]
        values = near(asked, box, self.aspect)
        return [(glimpse.at_ns, up) for glimpse, up in zip(asked, values, strict=True)]

    def is_up_near(self, box: Box, at_ns: int) -> bool:
        """Whether somebody was up near a box in the frame of that time."""
        return any(is_near(other, box, self.aspect) for other in self._surely_up.get(at_ns, ()))


def weigh(track: Track, past: Past, zone: str | None, policy: CollapsePolicy) -> Evidence:
    """How strongly one person's history speaks for a collapse now."""
    samples = track.history
    # Before a track began its person was not seen down: frames, though not its own, count as such.
    earlier_ns = [g.at_ns for g in past.glimpses if g.at_ns < samples[0].at_ns]
    fast = _stretch(samples, policy.confirm_s, earlier_ns)
    slow = _stretch(samples, policy.slow_s)
    notable = max(fast, slow) >= _FAINT
    if fast < _FAINT or not _was_up(past, track.box, samples[-1].at_ns, policy.confirm_s):
        fast = 0.0
    return Evidence(
        label="collapse",
        zone=zone,
        box=track.box,
        score=max(fast, slow),
        holding=_most([s.down for s in _last(samples, _HOLD_S)]),
        since_ns=_since_ns(samples, lambda at_ns: notable and past.is_up_near(track.box, at_ns)),
        path="fast" if fast >= slow else "slow",
    )


def _stretch(samples: Sequence[Sample], seconds: float, earlier_ns: Sequence[int] = ()) -> float:
    """The score of the last `seconds`; 0 while the track, with the frames before it that count
    (`earlier_ns`), is younger than that. Each sample stands for the time up to the next, so slow
    cameras and short stretches work as well."""
    now_ns = samples[-1].at_ns
    part = _last(samples, seconds)
    before_ns = [at_ns for at_ns in earlier_ns if at_ns >= now_ns - int(seconds * SECOND_NS)]
    begun_ns = earlier_ns[0] if earlier_ns else samples[0].at_ns
    between_ns = (now_ns - begun_ns) / max(1, len(earlier_ns) + len(samples) - 1)
    first_ns = before_ns[0] if before_ns else part[0].at_ns
    if now_ns - first_ns + between_ns < _SLACK * seconds * SECOND_NS:
        return 0.0
    return _most([0.0] * len(before_ns) + [s.down for s in part])


def _last(samples: Sequence[Sample], seconds: float) -> Sequence[Sample]:
    oldest_ns = samples[-1].at_ns - int(seconds * SECOND_NS)
    return [s for s in samples if s.at_ns >= oldest_ns]


def _most(values: Sequence[float]) -> float:
    """The largest v such that at least `_MOST` of the values are ≥ v."""
    return sorted(values, reverse=True)[ceil(_MOST * len(values)) - 1]


def _was_up(past: Past, box: Box, now_ns: int, confirm_s: float) -> bool:
    """Whether somebody was up there for a moment before the stretch that is being confirmed. No
    more than that is asked for: tracks reach back `slow_s`, which may be ten minutes."""
    end_ns = now_ns - int(_SLACK * confirm_s * SECOND_NS)
    before = past.up_near(box, end_ns - int(_FALL_S * SECOND_NS), end_ns)
    return any(
        _most([up for at_ns, up in before if start_ns <= at_ns <= start_ns + _UP_S * SECOND_NS])
        >= _UP_FLOOR
        for start_ns, first in before
        if first >= _UP_FLOOR
    )


def _since_ns(samples: Sequence[Sample], is_up: Callable[[int], bool]) -> int:
    """When the person went down: the start of the last run of samples in which nobody is up there
    instead. Whoever stands beside a person who lies does not make the fall a later one."""
    since_ns = samples[-1].at_ns
    if all(sample.down < _DOWN_FLOOR for sample in samples):
        return since_ns  # a chair, as most: nobody need be looked for beside it
    for sample in reversed(samples):
        if sample.down >= _DOWN_FLOOR:
            since_ns = sample.at_ns
        elif is_up(sample.at_ns):
            break
    return since_ns
