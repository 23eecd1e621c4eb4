"""Which events arrived at the broker, who was there to get them, and how long each took."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass

from alerts.histogram import Histogram, Times
from alerts.kept import Kept

_REMEMBERED = 256
_UNDER_WAY_MAX = 4096  # beyond that the times of the oldest are not taken


@dataclass(frozen=True)
class Delivery:
    """One phase of an event that the broker has. `matched` is False when the broker says that
    nobody subscribes; `after_s` is how long it took from the picture it was decided on, None if
    that is not known (posted by an earlier process)."""

    event_id: str
    seq: int
    matched: bool
    durable: bool
    after_s: float | None


class Deliveries:
    """Remembers when events were seen and the last 256 that arrived. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen_at_s: OrderedDict[tuple[str, int], float] = OrderedDict()
        self._last: deque[Delivery] = deque(maxlen=_REMEMBERED)
        self._histogram = Histogram()

    def under_way(self, event_id: str, seq: int, seen_at_s: float) -> None:
        """This phase was decided on a picture of that moment of the monotonic clock."""
        with self._lock:
            self._seen_at_s[event_id, seq] = seen_at_s
            if len(self._seen_at_s) > _UNDER_WAY_MAX:
                self._seen_at_s.popitem(last=False)

    def arrived(self, kept: Kept, *, matched: bool) -> None:
        """The broker has it. A copy that arrives later is remembered, but its time is not taken."""
        now = time.monotonic()
        with self._lock:
            seen_at_s = self._seen_at_s.pop((kept.event_id, kept.seq), None)
            after_s = None if seen_at_s is None else now - seen_at_s
            self._last.append(Delivery(kept.event_id, kept.seq, matched, kept.durable, after_s))
        if after_s is not None:
            self._histogram.add(after_s)

    def of(self, event_id: str) -> tuple[Delivery, ...]:
        """Those of this event among the last that arrived, in the order they did."""
        with self._lock:
            return tuple(one for one in self._last if one.event_id == event_id)

    def times(self) -> Times:
        """How long they took, from picture to receipt."""
        return self._histogram.times()
