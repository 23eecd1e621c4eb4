"""A device without a battery for its clock, which finds its time server while it runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from edge.clock import ReplayClock


class SteppedClock(ReplayClock):
    """`step` is how far the wall clock has been set; held to the conformance suite of clocks."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.step = timedelta(0)

    def utc(self, at_ns: int) -> datetime:
        return super().utc(at_ns) + self.step
