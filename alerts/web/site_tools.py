"""What only the device's side knows of a site file: whether it is right, and how it is taken over.

Asked as a program, `floorwatch check --config-only` and `floorwatch reload`: this side knows
nothing of cameras and video, and stays as light as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from alerts.errors import BadConfig

_TIMEOUT_S = 60.0
_LINES_MAX = 10
_OURS = "floorwatch: "


def check(path: Path, called: Path) -> None:
    """Raises `BadConfig`, a line for each mistake of the file at `path`, which is `called` so."""
    whole = str(path.absolute())
    done = _floorwatch("check", "--config-only", whole)
    if done.returncode:
        raise BadConfig("\n".join(_lines(done)).replace(whole, called.name))


def reload(path: Path) -> str:
    """Has the device's daemon read its site file again; what it says. Raises `BadConfig` if it
    did not, with one line that says why."""
    done = _floorwatch("reload", "--json", str(path.absolute()))
    if done.returncode:
        raise BadConfig(_lines(done)[0])
    return str(json.loads(done.stdout)["words"])


def _floorwatch(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "alerts.main", *arguments],
            cwd="/",  # `-m` imports from here first: where we are, anybody's files may lie
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadConfig(f"floorwatch {arguments[0]} took longer than {_TIMEOUT_S:.0f} s") from None


def _lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it said; log lines are none of it."""
    said = [line for line in done.stderr.splitlines() if line.startswith(_OURS)]
    lines = [line.removeprefix(_OURS) for line in said[:_LINES_MAX]]
    return lines or ["the file cannot be checked: see `floorwatch check`"]
