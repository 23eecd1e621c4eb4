"""Sees that every thread goes on. What hangs alone is replaced; what all depend on ends the process
loudly, and the service manager starts a new one."""

from __future__ import annotations

import faulthandler
import logging
import sys
import time
from collections.abc import Callable, Mapping
from threading import Event

from edge.line import Line
from edge.notify import Notifier
from edge.pulse import Pulse

_LOOK_S = 0.5
_ASLEEP_S = 5.0  # a gap in our own looking: the machine slept, or starved all of us
_log = logging.getLogger(__name__)


class Watchdog:
    """`pulses` are of the threads without which nothing is seen or told."""

    def __init__(
        self,
        lines: Callable[[], Mapping[str, Line]],
        pulses: Mapping[str, Pulse],
        notifier: Notifier,
    ) -> None:
        self._lines = lines
        self._pulses = pulses
        self._notifier = notifier
        self._woke_s = time.monotonic()
        self._looked_s = self._woke_s

    def run(self, stop: Event) -> None:
        """Until `stop`. Raises RuntimeError where a thread hangs that cannot be replaced."""
        while not stop.wait(_LOOK_S):
            now_s = time.monotonic()
            if now_s - self._looked_s > _ASLEEP_S:
                self._woke_s = now_s
            self._looked_s = now_s
            for line in self._lines().values():
                line.replace_if_stuck(now_s - self._woke_s)
            for name, pulse in self._pulses.items():
                silent_s = min(pulse.age_s(), now_s - self._woke_s)
                if silent_s > pulse.limit_s:
                    faulthandler.dump_traceback(sys.stderr)
                    raise RuntimeError(f"thread {name} hangs: nothing for {silent_s:.0f} s")
            self._notifier.alive()
        self._notifier.stopping()
