"""A person who goes down and stays down.

Two ways, and the stronger counts. *Fast*: somebody was up there and is then down for `confirm_s`.
*Slow*: the person is down for `slow_s`, whether or not a fall was seen. "Is down" over a stretch
means in most of its samples, so the network may miss some; the score of a stretch is the highest
threshold for which that holds. Stillness is not asked for: people who fell do move. What has always
looked like that counts for nothing (`edge.core.usual`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from edge.core.evidence import Evidence
from edge.core.policy import SECOND_NS, CollapsePolicy
from edge.core.tracks import Sample, Track
from edge.core.types import Box
from edge.core.upright import Glimpse, near
from edge.core.usual import Usual, least

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
    """What is remembered beside a person's own track: everybody who was up, what the places usually
    look like, and the frame's width over its height."""

    glimpses: tuple[Glimpse, ...]
    usual: Usual
    aspect: float

    def up_near(self, box: Box) -> list[Up]:
        """How surely somebody was up near a box, oldest first."""
        values = near(self.glimpses, box, self.aspect)
        return [(g.at_ns, up) for g, up in zip(self.glimpses, values, strict=True)]


def weigh(track: Track, past: Past, zone: str | None, policy: CollapsePolicy) -> Evidence:
    """How strongly one person's history speaks for a collapse now."""
    samples = track.history
    # Before a track began its person was not seen down: frames, though not its own, count as such.
    earlier = [Sample(g.at_ns, 0) for g in past.glimpses if g.at_ns < samples[0].at_ns]
    fast = _stretch([*earlier, *samples], policy.confirm_s)
    slow = _stretch(samples, policy.slow_s)
    ups = past.up_near(track.box) if max(fast, slow) >= _FAINT else []
    if not _was_up(ups, samples[-1].at_ns, policy.confirm_s):
        fast = 0.0
    score = max(fast, slow)
    return Evidence(
        label="collapse",
        zone=zone,
        box=track.box,
        score=score if score >= least(past.usual, track.box) else 0.0,
        holding=_most([s.down for s in _last(samples, _HOLD_S)]),
        since_ns=_since_ns(samples, ups),
        path="fast" if fast >= slow else "slow",
    )


def _stretch(samples: Sequence[Sample], seconds: float) -> float:
    """The score of the last `seconds`; 0 while the track is younger than that. Each sample stands
    for the time up to the next, so slow cameras and short stretches work as well."""
    part = _last(samples, seconds)
    between_ns = (samples[-1].at_ns - samples[0].at_ns) / max(1, len(samples) - 1)
    if samples[-1].at_ns - part[0].at_ns + between_ns < _SLACK * seconds * SECOND_NS:
        return 0.0
    return _most([s.down for s in part])


def _last(samples: Sequence[Sample], seconds: float) -> Sequence[Sample]:
    oldest_ns = samples[-1].at_ns - int(seconds * SECOND_NS)
    return [s for s in samples if s.at_ns >= oldest_ns]


def _most(values: Sequence[float]) -> float:
    """The largest v such that at least `_MOST` of the values are ≥ v."""
    return sorted(values, reverse=True)[ceil(_MOST * len(values)) - 1]


def _was_up(ups: Sequence[Up], now_ns: int, confirm_s: float) -> bool:
    """Whether somebody was up there for a moment before the stretch that is being confirmed."""
    end_ns = now_ns - int(_SLACK * confirm_s * SECOND_NS)
    oldest_ns = end_ns - int(_FALL_S * SECOND_NS)
    before = [(at_ns, up) for at_ns, up in ups if oldest_ns <= at_ns <= end_ns]
    return any(
        _most([up for at_ns, up in before if start_ns <= at_ns <= start_ns + _UP_S * SECOND_NS])
        >= _UP_FLOOR
        for start_ns, first in before
        if first >= _UP_FLOOR
    )


def _since_ns(samples: Sequence[Sample], ups: Sequence[Up]) -> int:
    """When the person went down: the start of the last run of samples in which nobody is up there
    instead. Whoever stands beside a person who lies does not make the fall a later one."""
    since_ns = samples[-1].at_ns
    up_at = dict(ups)
    for sample in reversed(samples):
        if sample.down >= _DOWN_FLOOR:
            since_ns = sample.at_ns
        elif up_at.get(sample.at_ns, 0.0) >= _UP_FLOOR:
            break
    return since_ns
