"""Recordings: how fast they play, and how their last picture is held."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Literal

from edge.ports import Picture
from edge.sources.sampling import NS, Sampler

Speed = Literal["real_time", "fast"]

_STEP_S = 0.1


class Pace:
    """Plays at the recording's own speed, or as fast as it is asked for pictures."""

    def __init__(self, speed: Speed) -> None:
        self._speed = speed
        self._began_s: float | None = None

    def wait(self, pts_ns: int, stop: Event) -> bool:
        """Returns when the picture is due; True when `stop` was set before."""
        if self._speed == "fast":
            return stop.is_set()
        if self._began_s is None:
            self._began_s = time.monotonic() - pts_ns / NS
        while not stop.is_set():
            left_s = self._began_s + pts_ns / NS - time.monotonic()
            if left_s <= 0:
                return False
            stop.wait(min(left_s, _STEP_S))
        return True


def held(last: Picture, sampler: Sampler, hold_s: float) -> Iterator[Picture]:
    """Repeats a picture on the sampler's ticks for `hold_s` after it, without packets, as held."""
    until_ns = last.pts_ns + int(hold_s * NS)
    while (at_ns := sampler.following_ns()) <= until_ns:
        sampler.take(at_ns)
        yield replace(last, pts_ns=at_ns, packets=(), held=True)
