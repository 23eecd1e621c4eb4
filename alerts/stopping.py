"""SIGTERM, ctrl-C and SIGHUP as events to wait for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import FrameType


@dataclass(frozen=True)
class Signals:
    """`stop` is set by SIGTERM and ctrl-C, `again` by SIGHUP: read the site file again. Until
    `started` is set there is nothing to end cleanly: a stop ends the process at once."""

    started: Event = field(default_factory=Event)
    stop: Event = field(default_factory=Event)
    again: Event = field(default_factory=Event)


@contextmanager
def on_signals(*, daemon: bool = False) -> Iterator[Signals]:
    """Events that signals set. Only a daemon heeds SIGHUP, which else ends a process, and says
    itself when it has `started`. A second ctrl-C interrupts at once. Main thread only."""
    signals = Signals()
    if not daemon:
        signals.started.set()

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            signals.again.set()
            return
        if signals.stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not signals.started.is_set():
            os._exit(0)  # an exception would break whatever is being imported or loaded
        signals.stop.set()

    numbers = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if daemon else [])]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
