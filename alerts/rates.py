"""How often somebody may ask: a bucket of `burst` tokens that fills with `per_s` of them."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_KEYS_MAX = 10_000


class Rates:
    """One bucket for each key (an address, say), from any thread. Of too many keys the one not
    seen for longest is forgotten."""

    def __init__(
        self, per_s: float, burst: int, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._now_s = now_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, as of when
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """0 if this one may; else the seconds until it may."""
        with self._lock:
            now_s = self._now_s()
            tokens, then_s = self._left.pop(key, (self._burst, now_s))
            tokens = min(self._burst, tokens + (now_s - then_s) * self._per_s)
            granted = tokens >= 1.0
            self._left[key] = (tokens - 1.0 if granted else tokens, now_s)
            if len(self._left) > _KEYS_MAX:
                self._left.popitem(last=False)
        return 0.0 if granted else (1.0 - tokens) / self._per_s
