"""What is told again because somebody missed it: said when nothing else is to be said.

    answering ─▶ replays ─▶ talker, between everything that is new

A live alert waits for one of these at most: the one under way. They wait in no outbox, so twenty
thousand of them take no room from what is new.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from alerts import moments
from alerts.errors import SinkLost
from alerts.ports import Message
from alerts.recall import Past

_LOSSES_MAX = 3
_log = logging.getLogger(__name__)


class Replays:
    """A queue of at most `count_max`, from the one who answers to the one who talks, whom `wake`
    wakes. Thread-safe.

    `sent` counts those the broker has or refused, `skipped` those that were given up: no events,
    or the connection broke over them again and again.
    """

    def __init__(self, wake: threading.Event, count_max: int = 32) -> None:
        self._wake = wake
        self.count_max = count_max
        self.sent = 0
        self.skipped = 0
        self._changed = threading.Condition()
        self._waiting: deque[Past] = deque()
        self._losses = 0  # of connections, while saying the first

    def offer(self, past: Sequence[Past]) -> None:
        """These are to be said next. Raises `ValueError` beyond `count_max`: ask `drained`."""
        with self._changed:
            if len(self._waiting) + len(past) > self.count_max:
                raise ValueError(f"more than {self.count_max} replays")
            self._waiting.extend(past)
        self._wake.set()

    def drained(self, timeout_s: float) -> bool:
        """Waits until none waits any more; whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout_s)

    def forget(self) -> None:
        """Nobody wants those that wait any more."""
        with self._changed:
            self._waiting.clear()
            self._losses = 0
            self._changed.notify_all()

    def tell_one(self, say: Callable[[Message], bool], now: Callable[[], datetime]) -> bool:
        """Has the next one said by `say`, which gives False if it was not taken now and raises
        `SinkLost`. True if it was said, so that there may be more."""
        with self._changed:
            if not self._waiting:
                return False
            past = self._waiting[0]
        message = _again(past, now())
        if message is None:
            return self._done(past, said=False)
        try:
            return say(message) and self._done(past, said=True)
        except SinkLost:
            self._lost_with(past)
            raise

    def _done(self, past: Past, *, said: bool) -> bool:
        with self._changed:
            if self._waiting and self._waiting[0] is past:
                self._waiting.popleft()
                self._losses = 0
                self.sent += said
                self.skipped += not said
                self._changed.notify_all()
        return True

    def _lost_with(self, past: Past) -> None:
        with self._changed:
            self._losses += 1
            too_often = self._losses >= _LOSSES_MAX
        if too_often:  # never at the cost of what is new
            _log.error("event %s: a replay breaks the connection, it is left out", past.event_id)
            self._done(past, said=False)


def _again(past: Past, now: datetime) -> Message | None:
    """The message anew, marked; None where what was kept is no event. Not by way of `Event`: an
    older version may have written it."""
    try:
        fields = dict(json.loads(past.message.payload))
    except (TypeError, ValueError, RecursionError):
        return None
    fields |= {"published_at": moments.to_text(now), "replayed": True}
    return replace(past.message, payload=json.dumps(fields, ensure_ascii=False).encode())


class Pace:
    """Keeps to `per_s` on average over each batch."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._began_s = time.monotonic()

    def left_s(self, count: int) -> float:
        """How long to wait after `count` more, seconds; the next batch begins now plus that."""
        now_s = time.monotonic()
        left_s = max(0.0, self._began_s + count / self._per_s - now_s)
        self._began_s = now_s + left_s
        return left_s
