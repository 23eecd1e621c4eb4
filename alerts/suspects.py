"""Events whose messages seem to break the connection each time they are sent.

Some brokers hang up instead of refusing (MQTT 3.1.1 knows no refusal). One such message at the
head of the queue would keep everything behind it for ever, so its event rests for a while, the
rest goes on, and its own order is kept. The connections may as well have been lost for another
reason: where nobody waits behind it, an event need not rest.
"""

from __future__ import annotations

import time

_LOSSES_MAX = 4
_REST_S = 60.0
_REMEMBERED_MAX = 100


class Suspects:
    """Counts, per event, the connections lost while sending it."""

    def __init__(self) -> None:
        self._losses: dict[str, tuple[int, float]] = {}

    def lost_with(self, event_id: str) -> bool:
        """A connection was lost while sending this event. True if it begins to rest."""
        losses, until = self._losses.pop(event_id, (0, 0.0))
        rested = until > time.monotonic()
        losses += 1
        rests = losses >= _LOSSES_MAX
        self._losses[event_id] = (losses, time.monotonic() + _REST_S if rests else 0.0)
        if len(self._losses) > _REMEMBERED_MAX:
            del self._losses[next(iter(self._losses))]
        return rests and not rested

    def went_well(self, event_id: str) -> None:
        """A message of this event arrived."""
        self._losses.pop(event_id, None)

    def resting(self) -> list[str]:
        """The events not to be sent while others wait; first the one tried longest ago."""
        now = time.monotonic()
        return [event_id for event_id, (_, until) in self._losses.items() if until > now]
