"""The one way in which the doctor looks at a device: files, and programs with a time limit.

Everything is looked up below `root`, programs too. So a test is a folder with the files and the
programs of some device, and nothing is replaced.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PLACES = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
_TEXT_BYTES_MAX = 1_000_000
_PROGRAM_S = 3.0


@dataclass(frozen=True)
class Answer:
    """What a program said. `code` is its exit status."""

    code: int
    out: str
    err: str


class Machine:
    """A device. `refused` collects what its rights kept from us, for one finding at the end."""

    def __init__(self, root: Path = Path("/"), arch: str | None = None) -> None:
        self.root = root
        self.arch = arch or platform.machine()
        self.refused: set[str] = set()

    @property
    def real(self) -> bool:
        """Whether this is the device we run on, so that it may be measured too."""
        return self.root == Path("/")

    def text(self, path: str) -> str | None:
        """What stands in a file, without space and zero bytes around it; None where nothing is to
        be read, be it that there is no such file, no right or no device behind it."""
        try:
            with self._at(path).open("rb") as file:
                data = file.read(_TEXT_BYTES_MAX)
        except PermissionError:
            self.refused.add(path)
            return None
        except OSError:
            return None
        return data.decode("utf-8", "replace").strip("\0 \t\r\n")

    def number(self, path: str) -> float | None:
        """The number that a file holds, if it holds one."""
        try:
            return float(self.text(path) or "")
        except ValueError:
            return None

    def paths(self, *patterns: str) -> list[str]:
        """Everything that matches, as absolute paths of the device, sorted pattern by pattern."""
        return [
            "/" + found.relative_to(self.root).as_posix()
            for pattern in patterns
            for found in sorted(self.root.glob(pattern.lstrip("/")))
        ]

    def exists(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        try:
            return self._at(path).exists()
        except OSError:
            return False

    def may_use(self, path: str) -> bool:
        """Whether we may read and write it."""
        return os.access(self._at(path), os.R_OK | os.W_OK)

    def link(self, path: str) -> str | None:
        """Where a symbolic link leads."""
        try:
            return os.readlink(self._at(path))
        except OSError:
            return None

    def run(self, program: str, *arguments: str, seconds: float = _PROGRAM_S) -> Answer | None:
        """What a program says, in plain English; None where it is not installed, cannot be started
        or takes longer."""
        path = next((place for place in self._places(program) if os.access(place, os.X_OK)), None)
        if path is None:
            return None
        try:
            done = subprocess.run(  # noqa: S603  (a path of ours, no shell)
                [str(path), *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
                env={**os.environ, "LC_ALL": "C", "LANG": "C"},
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        out, err = (said.decode("utf-8", "replace").strip() for said in (done.stdout, done.stderr))
        return Answer(done.returncode, out, err)

    def packages(self, *names: str) -> dict[str, str]:
        """The versions of these Debian packages, of those that are installed."""
        form = "${Package}\t${Version}\t${db:Status-Status}\n"
        answer = self.run("dpkg-query", "-W", "-f", form, *names)
        rows = [line.split("\t") for line in answer.out.splitlines()] if answer else []
        return {row[0]: row[1] for row in rows if len(row) == 3 and row[2].startswith("inst")}

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _places(self, program: str) -> Iterator[Path]:
        for place in _PLACES:
            yield self.root / place / program
