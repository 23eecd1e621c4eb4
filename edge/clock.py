"""The clocks behind `edge.ports.Clock`."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from threading import Event


class SystemClock:
    """The machine's. `now_ns` is the monotonic clock, which no time server steps."""

    def now_ns(self) -> int:
        """Nanoseconds since some fixed moment."""
        return time.monotonic_ns()

    def utc(self, at_ns: int) -> datetime:
        """UTC of a monotonic moment, by the wall clock as it is set now."""
        since_epoch_ns = time.time_ns() - (time.monotonic_ns() - at_ns)
        return _EPOCH + timedelta(microseconds=since_epoch_ns // 1000)

    def wait(self, stop: Event, seconds: float) -> bool:
        """Wait; True at once when `stop` is set."""
        return stop.wait(seconds)


class ReplayClock:
    """The recording's: starts at zero, which is `start` in UTC, and goes where it is set."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._now_ns = 0

    def set(self, at_ns: int) -> None:
        """Move on to a moment; moving back is ignored."""
        self._now_ns = max(self._now_ns, at_ns)

    def now_ns(self) -> int:
        """Nanoseconds since the recording began."""
        return self._now_ns

    def utc(self, at_ns: int) -> datetime:
        """UTC of a moment of the recording."""
        return self._start + timedelta(microseconds=at_ns // 1000)

    def wait(self, stop: Event, seconds: float) -> bool:
        """Nothing to wait for: time jumps."""
        if stop.is_set():
            return True
        self._now_ns += int(seconds * 1e9)
        return False


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
