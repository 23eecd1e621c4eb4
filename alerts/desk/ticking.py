"""The desk's own clock: seconds that nobody sets, and that go on while no desk runs.

Steps of a chain are due by it. Within one start of the machine it is the kernel's clock since that
start, asleep or awake, whatever is done to the clock on the wall; only across a restart of the
machine there is nothing but the wall to go by, and then it never goes back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

# However far the clock on the wall was set while the machine was off: enough for every step to be
# due, and not enough for events to be forgotten as old.
_OFF_S_MAX = 86_400.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def machine_s() -> float:
    """Seconds since the machine started, those it slept too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class Mark:
    """The desk's clock, and the others, as they stood at one moment. In seconds; `boot` names the
    start of the machine that `machine_s` counts from."""

    desk_s: float
    boot: str
    machine_s: float
    wall_s: float


class Ticking:
    """The desk's clock, going on from `mark`, which an earlier desk left; from 0 without one."""

    def __init__(self, mark: Mark | None) -> None:
        self._boot = _BOOT_ID.read_text("ascii").strip()
        self._from_s = machine_s()
        self._at_s = 0.0 if mark is None else mark.desk_s + self._since_s(mark)

    def now_s(self) -> float:
        """What it shows."""
        return self._at_s + machine_s() - self._from_s

    def mark(self) -> Mark:
        """To go on from."""
        return Mark(self.now_s(), self._boot, machine_s(), time.time())

    def _since_s(self, mark: Mark) -> float:
        if mark.boot == self._boot:
            return self._from_s - mark.machine_s
        return min(max(0.0, time.time() - mark.wall_s), _OFF_S_MAX)
