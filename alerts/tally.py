"""What the publisher did so far, counted; and what troubled it, told once and not each time."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass, replace
from typing import Literal

Done = Literal["sent", "unmatched", "refused", "put_off", "lost", "failed", "stuck"]
_TELL_AGAIN_S = 60.0
_TOLD_MAX = 50  # troubles that can alternate without being told each time

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counts:
    """How often each was done; `alerts.publisher.Counters` says what they mean."""

    sent: int = 0
    unmatched: int = 0
    refused: int = 0
    put_off: int = 0
    lost: int = 0
    failed: int = 0
    stuck: int = 0


class Tally:
    """Counts what is done. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()
        self._told: dict[str, float] = {}  # the troubles told last, and when

    def add(self, what: Done) -> None:
        """It was done once more."""
        with self._lock:
            self._counts = replace(self._counts, **{what: getattr(self._counts, what) + 1})

    def counts(self) -> Counts:
        """How often each was done so far."""
        return self._counts

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
