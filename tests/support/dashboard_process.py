"""`floorwatch dashboard` as a process of its own, with a file of its own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml
from typing_extensions import Self

from tests.support.site import PROGRAM


def dashboard_file(path: Path, port: int, **more: Any) -> Path:
    """Writes a dashboard's file: all sites of a broker on this machine, on a free port."""
    whole: dict[str, Any] = {
        "version": 1,
        "broker": {"host": "127.0.0.1", "port": port},
        "port": 0,
        "state": "state",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(whole | more, sort_keys=False))
    return path


@dataclass
class DashboardProcess:
    """A dashboard, from entering (when it serves) to leaving. `url` has no slash at its end."""

    file: Path
    url: str = ""

    @property
    def ledger(self) -> Path:
        """Where it keeps what it heard."""
        return self.file.parent / "state" / "ledger.sqlite"

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        with self.file.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "dashboard", str(self.file), "--json"], stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, self.file.with_suffix(".log").read_text("utf-8")
        self.url = str(json.loads(said)["url"]).rstrip("/")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait(20)
        self._process.stdout.close()
