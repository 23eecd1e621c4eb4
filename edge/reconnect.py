"""Staying connected to a camera: the one place in `edge` that retries."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Literal

from alerts.backoff import Backoff
from edge.errors import SourceLost, SourceRefused, SourceStalled
from edge.ports import Clock

Reason = Literal["ok", "offline", "no_frames"]
BACKOFF_FIRST_S = 0.5
BACKOFF_CAP_S = 3.0
# Many cameras lock an account for half an hour after five or seven wrong logins.
REFUSED_FIRST_S = 120.0
REFUSED_CAP_S = 600.0
_STEADY_NS = 10_000_000_000  # a connection this long was a good one: the next retry is quick again
_TELL_AGAIN_NS = 60_000_000_000  # the same trouble is told once a minute
_log = logging.getLogger(__name__)


@dataclass
class Tally:
    """What one stream of a camera has done so far. Written by its thread, read by others. `stalls`
    counts the times it fell silent, `replaced` the times its thread hung and was given up."""

    reason: Reason = "offline"
    said: str = "connecting"
    since_ns: int = 0
    frames: int = 0
    skipped: int = 0
    packets_dropped: int = 0
    connects: int = 0
    lost: int = 0
    stalls: int = 0
    replaced: int = 0
    clock_jumps: int = 0
    clock_stalls: int = 0
    last_ns: int = -1
    beat_ns: int = 0  # when the thread last showed that it is alive, or will, where it waits

    def note(self, reason: Reason, said: str, now_ns: int) -> None:
        """How the stream is from now on. Said anew for the same reason, it began when it did."""
        if reason != self.reason:
            self.since_ns = now_ns
        self.said, self.reason = said, reason


def stay_connected(
    name: str, attempt: Callable[[Event], None], tally: Tally, clock: Clock, stop: Event
) -> None:
    """Run `attempt` again and again, with backoff whenever it raises `SourceLost`; return when
    `stop` is set or when an attempt ends by itself, as recordings do. The log has each new trouble
    at once and the same one now and then. A camera that refuses the login is tried seldom."""
    backoff = Backoff(first_s=BACKOFF_FIRST_S, cap_s=BACKOFF_CAP_S)
    slow = Backoff(first_s=REFUSED_FIRST_S, cap_s=REFUSED_CAP_S)
    told, told_ns = "", 0
    while not stop.is_set():
        began_ns = tally.beat_ns = clock.now_ns()
        try:
            attempt(stop)
        except SourceLost as lost:
            if stop.is_set():  # given up meanwhile: another thread keeps this tally now
                return
            tally.lost += 1
            tally.stalls += isinstance(lost, SourceStalled)
            tally.note("offline", str(lost), clock.now_ns())
            if tally.last_ns - began_ns > _STEADY_NS:
                backoff.reset()
            refused = isinstance(lost, SourceRefused)
            delay_s = (slow if refused else backoff).next_s()
            if not refused:
                slow.reset()
            if str(lost) != told or clock.now_ns() - told_ns > _TELL_AGAIN_NS:
                told, told_ns = str(lost), clock.now_ns()
                _log.warning(
                    "camera=%s lost: %s; tried again until it is back, first in %.1f s (lost %d"
                    " times by now)",
                    name,
                    lost,
                    delay_s,
                    tally.lost,
                    extra={"each": True},  # of many cameras that go at once each is named
                )
            # Waiting is no hanging, however long.
            tally.beat_ns = clock.now_ns() + int(delay_s * 1e9)
            clock.wait(stop, delay_s)
        else:
            return
