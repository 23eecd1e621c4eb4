"""Events whose messages stand in the way of others when they are sent, and how the others pass.

Some brokers hang up instead of refusing (MQTT 3.1.1 knows no refusal), others refuse for now (a
quota). One such message at the head of the queue would keep everything behind it for ever, so its
event rests, the rest goes on, and its own order is kept. Whatever was wrong may have been mended
meanwhile: where nobody else waits, those at rest are tried again.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

_LOSSES_MAX = 4
_REST_S = 60.0
_HOLD_S = 5.0
_REMEMBERED_MAX = 1000


@dataclass(frozen=True)
class _Tried:
    """How it went so far. It rests, then it is held; moments of the monotonic clock, seconds."""

    losses: int = 0
    rests_until: float = 0.0
    held_until: float = 0.0
    put_off: bool = False


class Suspects:
    """Remembers, per event, the connections lost while sending it and that it was put off.
    Thread-safe.

    Events at rest let others go first. Those held are not tried even if nobody else waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tried: dict[str, _Tried] = {}  # the one tried longest ago comes first

    def lost_with(self, event_id: str) -> bool:
        """A connection was lost while sending this event. True if it begins to rest."""
        now = time.monotonic()
        with self._lock:
            before = self._tried.get(event_id, _Tried())
            losses = before.losses + 1
            rests = losses >= _LOSSES_MAX
            self._note(event_id, _Tried(losses, now + _REST_S if rests else 0.0))
        return rests and before.rests_until <= now

    def put_off(self, event_id: str) -> bool:
        """The broker does not take this event now: it rests until it does, and is held a few
        seconds after each try. True the first time."""
        with self._lock:
            before = self._tried.get(event_id, _Tried())
            held_until = time.monotonic() + _HOLD_S
            self._note(event_id, _Tried(before.losses, math.inf, held_until, put_off=True))
        return not before.put_off

    def forget(self, event_id: str) -> None:
        """A message of this event arrived, or none of it waits any more."""
        with self._lock:
            self._tried.pop(event_id, None)

    def resting(self) -> list[str]:
        """The events not to be sent while others wait; first the one tried longest ago."""
        now = time.monotonic()
        with self._lock:
            return [event_id for event_id, tried in self._tried.items() if tried.rests_until > now]

    def held(self) -> list[str]:
        """The events not to be sent now at all."""
        now = time.monotonic()
        with self._lock:
            return [event_id for event_id, tried in self._tried.items() if tried.held_until > now]

    def _note(self, event_id: str, tried: _Tried) -> None:
        self._tried.pop(event_id, None)
        self._tried[event_id] = tried
        if len(self._tried) > _REMEMBERED_MAX:
            del self._tried[next(iter(self._tried))]
