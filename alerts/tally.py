"""What the publisher did so far, counted; and what troubled it, told once and not each time."""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import Literal

Done = Literal["sent", "unmatched", "refused", "put_off", "lost", "failed", "stuck"]
DONE: tuple[Done, ...] = (
    "sent", "unmatched", "refused", "put_off", "lost", "failed", "stuck",
)  # fmt: skip
_TELL_AGAIN_S = 60.0
_TOLD_MAX = 50  # troubles that can alternate without being told each time

_log = logging.getLogger(__name__)


class Tally:
    """Counts what is done. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Done, int] = dict.fromkeys(DONE, 0)
        self._told: dict[str, float] = {}  # the troubles told last, and when

    def add(self, what: Done) -> None:
        """It was done once more."""
        with self._lock:
            self._counts[what] += 1

    def counts(self) -> dict[Done, int]:
        """How often each was done."""
        with self._lock:
            return dict(self._counts)

    def tell(self, text: str) -> None:
        """Logs a new trouble at once, the same one only now and then."""
        now = time.monotonic()
        with self._lock:
            if now - self._told.get(text, -math.inf) <= _TELL_AGAIN_S:
                return
            self._told.pop(text, None)
            self._told[text] = now
            if len(self._told) > _TOLD_MAX:
                del self._told[next(iter(self._told))]
        _log.warning("%s", text)
