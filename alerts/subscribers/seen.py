"""Telling the copies from the new: every consumer de-duplicates on `event_id` and `seq`."""

from __future__ import annotations

from collections import OrderedDict

from alerts.event import Event


class Seen:
    """Remembers the last events; the oldest are forgotten first."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._known: OrderedDict[tuple[str, int], None] = OrderedDict()

    def is_new(self, event: Event) -> bool:
        """True the first time."""
        return self.is_new_key((event.event_id, event.seq))

    def is_new_key(self, key: tuple[str, int]) -> bool:
        """As `is_new`, of what has only its id and number."""
        if key in self._known:
            return False
        self._known[key] = None
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return True
