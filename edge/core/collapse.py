"""A person who goes down and stays down.

Two ways, and the stronger counts. *Fast*: the person was up and is then down for `confirm_s`.
*Slow*: the person is down for `slow_s`, whether or not a fall was seen. "Is down" over a stretch
means in most of its samples, so the network may miss some; the score of a stretch is the highest
threshold for which that holds. Stillness is not asked for: people who fell do move.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from edge.core.evidence import Evidence
from edge.core.policy import SECOND_NS, CollapsePolicy
from edge.core.tracks import Sample, Track

_MOST = 0.7  # share of the samples of a stretch that must agree
_HOLD_S = 2.0
_UP_FLOOR = 0.3  # someone this surely on their feet (or a seat) was up; no threshold changes it
_UP_S = 0.6
_FALL_S = 10.0  # how long before the confirmed stretch the person may last have been up
_DOWN_FLOOR = 0.15  # from here on the incident is dated
_FAINT = 0.02  # below every threshold: not worth looking for a fall
_SLACK = 0.9  # a stretch counts as full when samples span this share of it (frame jitter)


def history_ns(policy: CollapsePolicy) -> int:
    """How far back tracks must remember."""
    return int(max(policy.slow_s, policy.confirm_s + _FALL_S) * SECOND_NS)


def weigh(track: Track, zone: str | None, policy: CollapsePolicy) -> Evidence:
    """How strongly one person's history speaks for a collapse now."""
    samples = track.history
    fast = _stretch(samples, policy.confirm_s)
    if fast < _FAINT or not _was_up(samples, policy.confirm_s):
        fast = 0.0
    slow = _stretch(samples, policy.slow_s)
    return Evidence(
        label="collapse",
        zone=zone,
        box=track.box,
        score=max(fast, slow),
        holding=_most([s.down for s in _last(samples, _HOLD_S)]),
        since_ns=_since_ns(samples),
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


def _was_up(samples: Sequence[Sample], confirm_s: float) -> bool:
    """Whether the person was up for a moment before the stretch that is being confirmed."""
    end_ns = samples[-1].at_ns - int(_SLACK * confirm_s * SECOND_NS)
    oldest_ns = end_ns - int(_FALL_S * SECOND_NS)
    before = [s for s in samples if oldest_ns <= s.at_ns <= end_ns]
    return any(
        _most([s.up for s in before if start.at_ns <= s.at_ns <= start.at_ns + _UP_S * SECOND_NS])
        >= _UP_FLOOR
        for start in before
        if start.up >= _UP_FLOOR
    )


def _since_ns(samples: Sequence[Sample]) -> int:
    """When the person went down: the start of the last run of samples that are not clearly up."""
    since_ns = samples[-1].at_ns
    for sample in reversed(samples):
        if sample.up >= _UP_FLOOR and sample.up > sample.down:
            break
        if sample.down >= _DOWN_FLOOR:
            since_ns = sample.at_ns
    return since_ns
