"""The stream's own clock, turned into nanoseconds that never step back.

A live stream whose clock jumps is not the stream it was (the camera restarted, or set its clock):
the connection ends, and a new one counts afresh. A recording that jumps (joined files, cut
transport streams, a loop) is carried on from where it was.
"""

from __future__ import annotations

from fractions import Fraction

from edge.errors import SourceLost
from edge.sources.sampling import NS

# Cameras repeat and swap time stamps by a few pictures; more than this is another clock.
JITTER_NS = NS // 2
AHEAD_NS_MAX = 10 * NS


def to_ns(ticks: int, time_base: Fraction) -> int:
    """`ticks` of `time_base` seconds as whole nanoseconds."""
    return ticks * time_base.numerator * NS // time_base.denominator


class Timeline:
    """Times counted from the first picture (0), strictly increasing.

    `live` decides what a jump does: `SourceLost`, or carrying on one `step_ns` after the last
    picture. `step_ns` also stands in for a time stamp that is missing.
    """

    def __init__(self, *, live: bool, step_ns: int) -> None:
        self._live = live
        self._step_ns = step_ns
        # A recording may rightly show one picture for a minute; a live camera may not.
        self._ahead_ns_max = AHEAD_NS_MAX if live else 3600 * NS
        self._shift_ns: int | None = None
        self._last_ns = -1

    @property
    def last_ns(self) -> int:
        """The time of the last picture; −1 before the first."""
        return self._last_ns

    def picture_ns(self, stream_ns: int | None) -> int:
        """The time of the next picture. Raises `SourceLost` when a live clock jumped."""
        first = self._last_ns < 0
        next_ns = 0 if first else self._last_ns + self._step_ns
        if self._shift_ns is None:
            self._shift_ns = next_ns - (stream_ns or 0)
        at_ns = next_ns if stream_ns is None else stream_ns + self._shift_ns
        moved_ns = at_ns - self._last_ns
        if not first and not -JITTER_NS <= moved_ns <= self._ahead_ns_max:
            if self._live:
                way = "forward" if moved_ns > 0 else "back"
                raise SourceLost(f"stream clock jumped {way} by {abs(moved_ns) / NS:.1f} s")
            self._shift_ns += next_ns - at_ns
            at_ns = next_ns
        self._last_ns = max(at_ns, self._last_ns + 1)
        return self._last_ns

    @property
    def shift_ns(self) -> int:
        """What is added to the stream's nanoseconds now, for packets as for pictures."""
        return self._shift_ns or 0

    def restart(self, after_ns: int) -> None:
        """The recording begins again: its first picture comes one step after `after_ns`."""
        self._last_ns = max(self._last_ns, after_ns)
        self._shift_ns = None
