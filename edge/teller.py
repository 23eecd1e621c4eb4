"""Between the thread that looks and those who write and send: a queue, so that looking never waits
for a disk or for a picture to be drawn."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from threading import Condition, Event

from alerts.kept import RANK
from edge.pulse import Pulse
from edge.report import Told

_WAIT_S = 0.2
_log = logging.getLogger(__name__)


class Teller:
    """Passes what is told on to `tell`, on the thread of `run`: incidents in order, and after them,
    in order too, what is of cameras themselves, of which all may tell at once.

    Each that waits holds a decoded picture: beyond `pictures_max` of a sort they wait without one.
    Beyond `count_max` (somebody hangs for minutes) what matters least is given up, as the outbox
    does, but nothing of incidents before all of cameras; `given_up` counts it.
    """

    def __init__(
        self, tell: Callable[[Told], None], *, pictures_max: int = 16, count_max: int = 512
    ) -> None:
        self.pulse = Pulse(limit_s=60)
        self.given_up = 0
        self._tell = tell
        self._pictures_max = pictures_max
        self._count_max = count_max
        self._changed = Condition()
        self._incidents: deque[Told] = deque()
        self._notices: deque[Told] = deque()

    def tell(self, told: Told) -> None:
        """Hands over; never blocks."""
        with self._changed:
            waiting = self._notices if told.decision is None else self._incidents
            if len(waiting) >= self._pictures_max:
                told = replace(told, seen=None)
            waiting.append(told)
            if self._count() > self._count_max:
                self._give_up_one()
            self._changed.notify()

    def waiting(self) -> int:
        """How many were handed over and are not told yet."""
        with self._changed:
            return self._count()

    def run(self, stop: Event) -> None:
        """Until `stop` is set and nothing waits."""
        while True:
            self.pulse.beat()
            told = self._next()
            if told is not None:
                self._tell(told)
            elif stop.is_set():
                return

    def _next(self) -> Told | None:
        with self._changed:
            if not self._count():
                self._changed.wait(_WAIT_S)
            for waiting in (self._incidents, self._notices):
                if waiting:
                    return waiting.popleft()
            return None

    def _count(self) -> int:
        return len(self._incidents) + len(self._notices)

    def _give_up_one(self) -> None:
        waiting = self._notices or self._incidents
        least = min(waiting, key=lambda one: RANK[one.event.phase])  # the first of equals
        waiting.remove(least)
        self.given_up += 1
        _log.error("event=%s: too many wait to be told, one is given up", least.event.event_id)
