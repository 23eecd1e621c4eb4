"""Whether a camera's clock goes on at all, and about as fast as ours.

Cameras exist whose time stamps stand still after a while, though the pictures go on. Sampling by
such a clock would never take a picture again: connected, and blind.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edge.sources.sampling import NS

_SLOW_NS = 2 * NS  # so long it may go too slow
_SLOW_SHARE = 0.1
_FAST_NS = 20 * NS
_FAST_RATE = 2
_BURST_NS = 15 * NS  # what was buffered on the way comes at once
_MARK_NS = NS // 4
# A silence is the network's, not the clock's: it counts as no more than this, and than some
# pictures of this camera take.
_GAP_NS_MAX = NS
_GAP_PICTURES = 3


@dataclass(frozen=True)
class Mark:
    """A picture: its time by the stream, its arrival, and how long pictures had come by then."""

    at_ns: int
    arrived_ns: int
    heard_ns: int


class ClockWatch:
    """Told of every picture, says when its clock is not to be believed any more."""

    def __init__(self) -> None:
        self._marks: deque[Mark] = deque()
        self._arrived_ns = 0
        self._heard_ns = 0
        self._usual_ns: int | None = None  # from one picture to the next

    def unfit_since(self, at_ns: int, arrived_ns: int) -> Mark | None:
        """The last mark before the clock went wrong; None while it goes well."""
        if self._marks:
            self._hear(arrived_ns - self._arrived_ns)
        self._arrived_ns = arrived_ns
        now = Mark(at_ns, arrived_ns, self._heard_ns)
        if not self._marks or arrived_ns - self._marks[-1].arrived_ns >= _MARK_NS:
            self._marks.append(now)
        while now.arrived_ns - self._marks[0].arrived_ns > _FAST_NS:
            self._marks.popleft()
        return self._slow_since(now) or self._fast_since(now)

    def _hear(self, gap_ns: int) -> None:
        usual_ns = gap_ns if self._usual_ns is None else self._usual_ns
        self._heard_ns += min(gap_ns, _GAP_NS_MAX, _GAP_PICTURES * usual_ns)
        self._usual_ns = usual_ns + (gap_ns - usual_ns) // 8

    def _slow_since(self, now: Mark) -> Mark | None:
        for mark in reversed(self._marks):
            heard_ns = now.heard_ns - mark.heard_ns
            if heard_ns >= _SLOW_NS:
                return mark if now.at_ns - mark.at_ns < _SLOW_SHARE * heard_ns else None
        return None

    def _fast_since(self, now: Mark) -> Mark | None:
        mark = self._marks[0]
        passed_ns = now.arrived_ns - mark.arrived_ns
        fast = now.at_ns - mark.at_ns > _FAST_RATE * passed_ns + _BURST_NS
        return mark if fast and passed_ns >= _SLOW_NS else None
