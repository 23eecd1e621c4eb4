"""Which pictures the network need not look at, because they show what it has just looked at.

The gate saves the network, never the decision: where a picture is what the last one looked at was,
that one's scores count again at the new time, and the alarm step runs as ever. So a still spill
goes on being seen, and so does somebody who lies still.

*Changed* is told by the means of small blocks, against the picture that was last looked at and not
the one before: what changes slowly adds up. What the camera does to the whole picture (exposure,
flicker) and its noise are measured in the same comparison and let pass, both up to a limit.

*Not near an alarm*: only scores that are far below every alarm count again. While anybody may be
down, liquid may be there or an event is open, and for `_NEAR_NS` after, every picture is looked at.
So each of the samples that raise or hold an alarm is a picture that was looked at, and one lucky
score is never counted twice. An unlucky one may be: for `refresh_s` at most, for a second where
people are in view. No threshold of .2 or more changes any of this.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from edge.core.policy import SECOND_NS
from edge.core.types import Blocks, Rgb, Scores, Small

_CALM = 0.1  # of a score: what is surer than this may be near an alarm
_CALM_SHARE = 0.5  # of a threshold that is as low as that
BLOCK_PX = 8  # of the small picture; somebody 25 pixels high fills three
_HALF_PX = BLOCK_PX // 2
_CHANGE = 4.0  # of 255: codecs make less of a still scene, also where a new key frame begins
_NOISES = 6.0  # blocks changed so many times more than blocks usually do are no noise
_CHANGE_MAX = 10.0  # however noisy the camera
_SHIFT_MAX = 8.0  # of 255: more is light switched on or off, and other things can be seen by it
_MOVED_NS = 5 * SECOND_NS  # after a change: what comes to rest, and the codec's picture of it
_NEAR_NS = 30 * SECOND_NS
_PERSON = 0.3  # less surely a person is as often a chair, and a chair would never let it rest
_PEOPLE_NS = 60 * SECOND_NS  # so long after the last person was seen there may still be one
_AGAIN_NS = SECOND_NS


@dataclass(frozen=True)
class GatePolicy:
    """The network looks at least every `refresh_s` where nothing changes and nobody is there."""

    refresh_s: float


@dataclass(frozen=True)
class LastLook:
    """A picture that was looked at, and what it is good for: until `awake_ns` every picture is to
    be looked at, from `again_ns` on the next one. `people_ns` is when a person was last seen."""

    blocks: Blocks
    scores: Scores
    awake_ns: int
    again_ns: int
    people_ns: int | None

    def is_over(self, blocks: Blocks, at_ns: int) -> bool:
        """Whether the network is to look at the picture of that time, with these blocks."""
        return at_ns < self.awake_ns or at_ns >= self.again_ns or changed(self.blocks, blocks)


def calm(threshold: float) -> float:
    """What a label's score has to stay below to be far from an alarm at that threshold. Thresholds
    of .2 and more change nothing of it."""
    return min(_CALM, _CALM_SHARE * threshold)


def blocks(small: Small) -> Blocks:
    """The mean brightness of the blocks of a picture: those its decoder gave, where it did."""
    return blocks_of(small.rgb) if small.blocks is None else small.blocks


def grid(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of the blocks of a small picture of that size."""
    return max(1, width // BLOCK_PX), max(1, height // BLOCK_PX)


def blocks_of(rgb: Rgb) -> Blocks:
    """The mean brightness of the blocks of a picture; what is left over at its edges is let go."""
    columns, rows = grid(rgb.shape[1], rgb.shape[0])
    whole = rgb[: rows * BLOCK_PX, : columns * BLOCK_PX]
    # Halved first: grey of a quarter of the pixels is quicker than of all, to within 1 of 255.
    half = cv2.resize(whole, (columns * _HALF_PX, rows * _HALF_PX), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(half, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def changed(before: Blocks, after: Blocks) -> bool:
    """Whether two pictures show anything different, in two blocks at least: one alone is noise."""
    if before.shape != after.shape:
        return True
    if cv2.absdiff(before, after).max() <= _CHANGE:
        return False  # most still pictures: what follows costs as much as all the rest
    change = after.astype(np.int16) - before
    shift = float(np.median(change))
    if abs(shift) > _SHIFT_MAX:
        return True
    apart = np.abs(change - shift)
    # The standard deviation of noise, hardly touched by the blocks that do change.
    usual = 1.25 * float(np.minimum(apart, _CHANGE).mean())
    second = float(np.partition(apart, -2, axis=None)[-2]) if apart.size > 1 else 0.0
    return second > min(max(_CHANGE, _NOISES * usual), _CHANGE_MAX)


def looked(
    before: LastLook | None, seen: Blocks, scores: Scores, policy: GatePolicy, *, near: bool
) -> LastLook:
    """After one more look. `near` says that an alarm may be near, or that an event is open."""
    at_ns = scores.at_ns
    awake_ns = at_ns if before is None else before.awake_ns
    if near:
        awake_ns = max(awake_ns, at_ns + _NEAR_NS)
    elif before is None or changed(before.blocks, seen):
        awake_ns = max(awake_ns, at_ns + _MOVED_NS)
    people_ns = None if before is None else before.people_ns
    if any(person.score >= _PERSON for person in scores.people):
        people_ns = at_ns
    peopled = people_ns is not None and at_ns - people_ns < _PEOPLE_NS
    refresh_ns = int(policy.refresh_s * SECOND_NS)
    again_ns = at_ns + (min(_AGAIN_NS, refresh_ns) if peopled else refresh_ns)
    return LastLook(seen, scores, awake_ns, again_ns, people_ns)
