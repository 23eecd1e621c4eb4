"""The clock of a stream that is not decoded: its packets come in the order of decoding."""

from __future__ import annotations

import logging

from edge.errors import SourceLost
from edge.sources.clock_watch import ClockWatch
from edge.sources.sampling import NS
from edge.sources.timeline import AHEAD_NS_MAX

# Pictures that lean on later ones come out of order, but not by more than this.
_DISORDER_NS_MAX = 2 * NS
_log = logging.getLogger(__name__)


class PacketTimes:
    """Counts from the first packet. A clock that stands still, crawls or races is given up for the
    arrival of the packets, for good, and counted in `stalls`."""

    def __init__(self, name: str) -> None:
        self.stalls = 0
        self._name = name
        self._watch = ClockWatch()
        self._first_ns: int | None = None
        self._newest_ns = 0
        self._arrival_shift_ns: int | None = None

    def shift_ns(self, stream_ns: int, arrived_ns: int) -> int:
        """What is added to the times of this packet. Raises `SourceLost` when the clock jumped."""
        if self._arrival_shift_ns is None:
            shift_ns = self._by_stream(stream_ns)
            unfit = self._watch.unfit_since(self._newest_ns, arrived_ns)
            if unfit is None:
                return shift_ns
            self.stalls += 1
            self._arrival_shift_ns = max(
                unfit.at_ns - unfit.arrived_ns, self._newest_ns + 1 - arrived_ns
            )
            _log.warning(
                "%s: the stream's clock is not to be believed: from now on what is recorded is "
                "timed by its arrival",
                self._name,
            )
        return arrived_ns + self._arrival_shift_ns - stream_ns

    def _by_stream(self, stream_ns: int) -> int:
        if self._first_ns is None:
            self._first_ns = stream_ns
        moved_ns = stream_ns - self._first_ns - self._newest_ns
        if not -_DISORDER_NS_MAX <= moved_ns <= AHEAD_NS_MAX:
            raise SourceLost(f"stream clock jumped by {moved_ns / NS:+.1f} s")
        self._newest_ns += max(0, moved_ns)
        return -self._first_ns
