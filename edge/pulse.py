"""Signs of life of a thread, for the watchdog."""

from __future__ import annotations

import time


class Pulse:
    """`beat` by the thread, read by others. `limit_s` is the longest it may rightly be silent."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._last_s = time.monotonic()

    def beat(self) -> None:
        """It lives."""
        self._last_s = time.monotonic()

    def age_s(self) -> float:
        """How long ago that was."""
        return time.monotonic() - self._last_s
