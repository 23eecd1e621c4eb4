"""How long to wait before trying again: doubling, capped, jittered."""

from __future__ import annotations

import random


class Backoff:
    """Waiting times in seconds: each drawn from the upper half of a span that doubles from
    `first_s` to `cap_s`, so that many devices do not return in step.

    Someone who waits for us waits no longer than `cap_s`, which is why it is small.
    """

    def __init__(self, first_s: float = 0.5, cap_s: float = 2.5) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._span_s = first_s

    def next_s(self) -> float:
        """The next waiting time."""
        span_s = self._span_s
        self._span_s = min(span_s * 2, self._cap_s)
        return span_s * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It went well: begin with the shortest again."""
        self._span_s = self._first_s
