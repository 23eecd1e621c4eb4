"""The side of the people in the demo: a desk that keeps book, and the page on which they answer.

Programs of their own, as on a site: what they say to each other goes through the broker.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

_START_S = 30.0
_END_S = 5.0
_PROGRAM = [sys.executable, "-m", "alerts.main", "--log-level", "error"]


@contextmanager
def page(port: int, folder: Path, evidence: Path) -> Iterator[str]:
    """While it is entered, there are a desk and a dashboard at the broker of that port, which keep
    their state in `folder`. Gives the page's address; nothing where there can be none: the demo
    goes on without it, and what stood in the way is on standard error."""
    desk = folder / "desk.yaml"
    broker = {"host": "127.0.0.1", "port": port, "protocol": "3.1.1"}
    settings = {"version": 1, "broker": broker, "state": {"path": str(folder / "desk")}}
    desk.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    dashboard = [
        *("dashboard", "--url", f"mqtt://127.0.0.1:{port}", "--protocol", "3.1.1", "--port", "0"),
        *("--state", str(folder / "dashboard"), "--evidence", str(evidence), "--json"),
    ]
    with _running(["desk", str(desk)]), _running(dashboard) as served:
        yield _address(served)


def _address(served: subprocess.Popen[bytes]) -> str:
    """What it says once it serves; nothing where it ended, or took too long."""
    if served.stdout is None:
        return ""
    patience = Timer(_START_S, served.kill)
    patience.start()
    try:
        line = served.stdout.readline()
    finally:
        patience.cancel()
    return str(json.loads(line)["url"]) if line else ""


@contextmanager
def _running(words: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    # `-m` imports from where it is started first, and anybody's files may lie there.
    with subprocess.Popen([*_PROGRAM, *words], stdout=subprocess.PIPE, cwd="/") as process:  # noqa: S603  (ourselves)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
