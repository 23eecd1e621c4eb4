"""`floorwatch desk` as a process of its own, with a file of its own; several may share a folder."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml
from typing_extensions import Self

from tests.support.site import PROGRAM
from tests.support.until import until

ACTS = "acts"


def desk_file(path: Path, port: int, **more: Any) -> Path:
    """Writes a desk's file: all by publishing, the floor at once, the others hours later."""
    whole: dict[str, Any] = {
        "version": 1,
        "name": path.stem,
        "broker": {"host": "127.0.0.1", "port": port, "keepalive_s": 5},
        "state": {"path": "state"},
        "dead_man": {"enabled": False},
        "otherwise": {"steps": [{"after_s": 0, "to": ["floor"]}]},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(whole | more, sort_keys=False))
    return path


@dataclass
class DeskProcess:
    """A desk, from entering to leaving. `log` is its stderr, of all its lives."""

    file: Path
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.running:
            self.signal(signal.SIGCONT)
            self.kill()
        if kind is not None:
            print(self.log)

    @property
    def log(self) -> str:
        return self._log_path.read_text("utf-8", "replace")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def _log_path(self) -> Path:
        return self.file.with_suffix(".log")

    def start(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "desk", str(self.file)],
                stdout=log,
                stderr=log,
                env=os.environ | self.environment,
            )

    def said(self, words: str, times: int = 1, timeout_s: float = 20.0) -> None:
        """Waits until its log has these words so many times."""
        until(
            lambda: self.log.count(words) >= times or not self.running,
            f"{self.file.stem} says {words!r}",
            timeout_s,
        )
        assert self.running, self.log

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """As a crash ends it."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(20)
