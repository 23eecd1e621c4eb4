"""What a process holds, sampled while it runs: memory, threads, files."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from tests.campaign.figures import Slope, slope

_MB = 1 / 1024**2
_SETTLING = 0.25  # share of the time at the beginning in which caches fill


@dataclass(frozen=True)
class Sample:
    """One look at a process. `cpu_s` is what it has used since it began."""

    at_s: float
    memory_mb: float
    threads: int
    files: int
    cpu_s: float


def look(pid: int) -> Sample:
    """Now."""
    folder = Path(f"/proc/{pid}")
    pages = int((folder / "statm").read_text("ascii").split()[1])
    after_name = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    ticks = int(after_name[11]) + int(after_name[12])
    return Sample(
        time.monotonic(),
        pages * os.sysconf("SC_PAGE_SIZE") * _MB,
        len(list((folder / "task").iterdir())),
        len(list((folder / "fd").iterdir())),
        ticks / os.sysconf("SC_CLK_TCK"),
    )


@dataclass
class Growth:
    """Looks at a process every `every_s` while the block lasts."""

    pid: int
    every_s: float = 10.0
    samples: list[Sample] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="growth", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(5)

    def settled(self) -> list[Sample]:
        """The samples after the first quarter."""
        return self.samples[int(len(self.samples) * _SETTLING) :]

    def memory_slope(self) -> Slope | None:
        """Over the last three quarters."""
        settled = self.settled()
        return slope([s.at_s for s in settled], [s.memory_mb for s in settled], "MB")

    def gained_mb(self) -> float | None:
        """By that slope, over as long. Not the last sample less the first: of two single moments
        one may have a camera more than the other. None where there are too few samples."""
        settled, found = self.settled(), self.memory_slope()
        if found is None:
            return None
        return found.per_hour * (settled[-1].at_s - settled[0].at_s) / 3600

    def words(self) -> str:
        """First and last."""
        first, last = self.settled()[0], self.samples[-1]
        cores = (last.cpu_s - first.cpu_s) / max(1e-9, last.at_s - first.at_s)
        return (
            f"after the first quarter and at the end: {first.memory_mb:.1f} and "
            f"{last.memory_mb:.1f} MB, {first.threads} and {last.threads} threads, "
            f"{first.files} and {last.files} open files; {cores:.2f} cores busy"
        )

    def _run(self) -> None:
        while True:
            try:
                self.samples.append(look(self.pid))
            except OSError:
                return  # it ended
            if self._stop.wait(self.every_s):
                return
