"""The daemon as the campaign runs it: in a network namespace, or with faults in its C library."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.campaign.ledger import Key, logged
from tests.support.site import PROGRAM, DaemonProcess
from tests.support.until import until

STOP_S = 5.0  # what a clean stop may take


@dataclass
class Tail:
    """Counts a pattern in a log that grows, reading only what is new."""

    path: Path
    pattern: str
    count: int = 0
    _at: int = 0

    def more(self) -> int:
        """How many there are by now."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as log:
            log.seek(self._at)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._at += len(whole)
        self.count += len(re.findall(self.pattern.encode(), whole))
        return self.count


@dataclass
class Daemon(DaemonProcess):
    """`floorwatch run`, started through the words `before` and with more environment. A row that
    fails does not print its log: it stays in the row's folder."""

    before: Sequence[str] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.before, PROGRAM, "run", str(self.site)],
                stdout=log,
                stderr=log,
                env=os.environ | self.environment,
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        super().__exit__(None, None, None)

    @property
    def log_path(self) -> Path:
        """Its standard error."""
        return self.site.with_suffix(".log")

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def kept(self) -> list[Key]:
        """The events it says it kept, of all its lives."""
        return logged(self.log) if self.log_path.exists() else []

    def tail(self, pattern: str) -> Tail:
        """Counts in its log from now on."""
        tail = Tail(self.log_path, pattern)
        tail.more()
        return Tail(self.log_path, pattern, 0, tail._at)

    def kill(self) -> None:
        """As a crash ends it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def hangs_up(self) -> None:
        """SIGHUP: read the site file again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def catches(self, number: signal.Signals) -> bool:
        """Whether it does something of its own about a signal."""
        text = Path(f"/proc/{self.pid}/status").read_text("ascii")
        caught = int(next(r for r in text.splitlines() if r.startswith("SigCgt")).split()[1], 16)
        return bool(caught >> (number - 1) & 1)


def await_(daemon: Daemon, true: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
    """As `until`, but fails at once when the daemon ends."""
    until(lambda: not daemon.running or true(), what, timeout_s)
    assert daemon.running, f"the daemon ended by itself while we waited for: {what}"
