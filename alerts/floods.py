"""Floods of log lines: the same line over and over is told a few times a second, then summed.

Five records a second of one template from one logger go through. The rest of that second is told at
its end, as one line: the last of them, and how many were like it. That comes by a timer, also when
nothing else is logged, and at the process's end. Never held back: records with a traceback, and
those of which each counts (`extra={"each": True}`).
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

_SAME_MAX = 5
_SPAN_S = 1.0
_TEMPLATES_MAX = 1000  # beyond that those that are no flood are forgotten

_Key = tuple[str, int, str]


@dataclass
class _Seen:
    """One template in one second: since when, how many, and what was held back."""

    since_s: float
    count: int = 0
    held: int = 0
    last: logging.LogRecord | None = None


class FloodSummary(logging.Handler):
    """Hands records on to `target`, floods summed. Thread-safe, as all handlers are."""

    def __init__(self, target: logging.Handler) -> None:
        super().__init__()
        self._target = target
        self._seen: dict[_Key, _Seen] = {}
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hands it on, or holds it back."""
        if record.exc_info or getattr(record, "each", False):
            self._target.handle(record)
            return
        now = time.monotonic()
        key = _key(record)
        seen = self._seen.get(key)
        if seen is None or (now - seen.since_s >= _SPAN_S and not seen.held):
            if len(self._seen) >= _TEMPLATES_MAX:
                self._seen = {one: seen for one, seen in self._seen.items() if seen.held}
            seen = self._seen[key] = _Seen(now)
        seen.count += 1
        if seen.count <= _SAME_MAX:
            self._target.handle(record)
            return
        seen.held += 1
        seen.last = record
        if self._timer is None:
            self._timer = threading.Timer(_SPAN_S, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def flush(self) -> None:
        """Tells what was held back."""
        self.acquire()
        try:
            for seen in self._seen.values():
                if seen.last is not None:
                    self._target.handle(_summed(seen.last, seen.held - 1))
            self._seen = {}
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        finally:
            self.release()
        self._target.flush()


def _key(record: logging.LogRecord) -> _Key:
    template = str(record.msg)
    # A template that is all argument says nothing about what it tells.
    return record.name, record.levelno, record.getMessage() if template == "%s" else template


def _summed(last: logging.LogRecord, more: int) -> logging.LogRecord:
    if not more:
        return last
    summed = logging.makeLogRecord(vars(last))
    summed.msg, summed.args = f"{last.getMessage()} … and {more} more like this", ()
    return summed
