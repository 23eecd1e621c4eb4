"""What the desk has done since it started, counted by name; and its troubles, told once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from alerts.tally import Tally

_HANGS_S = 180.0  # without a round of a thread: longer than any time-out of ours
_SLEPT_S = 5.0


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


class Pulse:
    """Shows that a thread goes its round, and does not hang in the middle of it."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._beat_s = ticks()

    def beat(self) -> None:
        """Once more around."""
        self._beat_s = self._ticks()

    def silent_s(self) -> float:
        """How long ago that was."""
        return self._ticks() - self._beat_s


class Watch:
    """Says which of the threads hangs; asked about once a second. Where it was not asked for long
    this process was asleep, and so were its threads: they begin anew."""

    def __init__(
        self, pulses: Mapping[str, Pulse], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._pulses = dict(pulses)
        self._ticks = ticks
        self._asked_s = ticks()

    def hanging(self) -> str | None:
        """The name of one that hangs."""
        now_s, before_s = self._ticks(), self._asked_s
        self._asked_s = now_s
        if now_s - before_s > _SLEPT_S:
            for pulse in self._pulses.values():
                pulse.beat()
        late = (name for name, pulse in self._pulses.items() if pulse.silent_s() > _HANGS_S)
        return next(late, None)


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
