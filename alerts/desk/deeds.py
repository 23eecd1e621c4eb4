"""What the desk has done since it started, counted by name; and its troubles, told once."""

from __future__ import annotations

import threading
from collections import Counter

from alerts.tally import Tally


class Deeds:
    """Counts. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._tally = Tally()

    def add(self, what: str, times: int = 1) -> None:
        """It was done once more."""
        with self._lock:
            self._counts[what] += times

    def counts(self) -> dict[str, int]:
        """How often each was done."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def tell(self, text: str) -> None:
        """Logs a new trouble at once, the same one only now and then."""
        self._tally.tell(text)


class Bell:
    """Wakes those who wait for something to do; rung before they wait, they do not wait."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """There is something to do."""
        self._rung.set()

    def wait(self, timeout_s: float) -> None:
        """Until it is rung, or time is up. One waits for one bell."""
        self._rung.wait(timeout_s)
        self._rung.clear()
