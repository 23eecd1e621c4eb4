"""The stream's own clock, turned into nanoseconds that never step back.

A live stream whose clock jumps is not the stream it was (the camera restarted, or set its clock):
the connection ends, and a new one counts afresh. One whose clock stands still, crawls or races is
timed by the arrival of its pictures instead. A recording that jumps (joined files, cut transport
streams, a loop) is carried on from where it was.
"""

from __future__ import annotations

import logging
from fractions import Fraction

from edge.errors import SourceLost
from edge.sources.clock_watch import ClockWatch, Mark
from edge.sources.sampling import NS

# Cameras repeat and swap time stamps by a few pictures; more than this is another clock.
JITTER_NS = NS // 2
AHEAD_NS_MAX = 10 * NS

_log = logging.getLogger(__name__)


def to_ns(ticks: int, time_base: Fraction) -> int:
    """`ticks` of `time_base` seconds as whole nanoseconds."""
    return ticks * time_base.numerator * NS // time_base.denominator


class Timeline:
    """Times counted from the first picture (0), strictly increasing.

    `live` decides what a jump does: `SourceLost`, or carrying on one `step_ns` after the last
    picture. `step_ns` also stands in for a time stamp that is missing. `stalls` counts that the
    clock of a live stream was given up for arrival times; `name` says whose in the log.
    """

    def __init__(self, *, live: bool, step_ns: int, name: str = "") -> None:
        self._live = live
        self._step_ns = step_ns
        self._name = name
        # A recording may rightly show one picture for a minute; a live camera may not.
        self._ahead_ns_max = AHEAD_NS_MAX if live else 3600 * NS
        self._watch = ClockWatch()
        self._shift_ns: int | None = None
        self._arrival_shift_ns: int | None = None
        self._last_ns = -1
        self.stalls = 0

    @property
    def last_ns(self) -> int:
        """The time of the last picture; −1 before the first."""
        return self._last_ns

    def picture_ns(self, stream_ns: int | None, arrived_ns: int | None = None) -> int:
        """The time of the next picture, which arrived at `arrived_ns` of our clock if it is live.

        Raises `SourceLost` when a live clock jumped.
        """
        if arrived_ns is None:
            return self._by_stream(stream_ns)
        if self._arrival_shift_ns is None:
            at_ns = self._by_stream(stream_ns)
            unfit = self._watch.unfit_since(at_ns, arrived_ns)
            if unfit is None:
                return at_ns
            self._go_by_arrival(unfit, arrived_ns)
        at_ns = arrived_ns + (self._arrival_shift_ns or 0)
        self._last_ns = max(at_ns, self._last_ns + 1)
        return self._last_ns

    def packet_shift_ns(self, stream_ns: int, arrived_ns: int | None = None) -> int:
        """What is added to the times of a packet to bring it on the same line as the pictures."""
        if self._arrival_shift_ns is not None and arrived_ns is not None:
            return arrived_ns + self._arrival_shift_ns - stream_ns
        return self._shift_ns or 0

    def restart(self, after_ns: int) -> None:
        """The recording begins again: its first picture comes one step after `after_ns`."""
        self._last_ns = max(self._last_ns, after_ns)
        self._shift_ns = None

    def _by_stream(self, stream_ns: int | None) -> int:
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

    def _go_by_arrival(self, since: Mark, arrived_ns: int) -> None:
        """From where the clock still went well, if that is not behind what was given since."""
        self.stalls += 1
        self._arrival_shift_ns = max(
            since.at_ns - since.arrived_ns, self._last_ns + self._step_ns - arrived_ns
        )
        told_s, passed_s = (self._last_ns - since.at_ns) / NS, (arrived_ns - since.arrived_ns) / NS
        _log.warning(
            "%s: the stream's clock went %.1f s in %.1f s: from now on its pictures are timed by "
            "their arrival",
            self._name,
            told_s,
            passed_s,
        )
