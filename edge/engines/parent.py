"""Has an engine made ready by a process of its own, and says how it goes."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any

from edge.engines.faults import NoEngine
from edge.engines.ports import Progress
from edge.engines.request import Request

COMMAND = (sys.executable, "-m", "edge.engines.child")
_AT = "/"  # `-m` imports from where it is started first, and anybody's files may lie there
_TURN_S = 0.2  # how late a stop is noticed
_SAY_S = 10.0
_PATIENCE_S = 2.0
_log = logging.getLogger(__name__)


class Stopped(NoEngine):
    """We were asked to stop meanwhile."""


def have_ready(
    request: Request, stop: Event, progress: Progress, command: Sequence[str] = COMMAND
) -> str:
    """Waits until the engine is ready; gives its name in the store. `progress` is told what the
    process says, and again what it said last, every 0.2 s or so. Raises NoEngine where it refuses,
    crashes, or when `stop` is set, which kills it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603  (ourselves)
        command,
        stdin=pipe,
        stdout=pipe,
        cwd=_AT,
        start_new_session=True,  # Ctrl-C is for us, who end it
    ) as child:
        try:
            return _listen(child, request, stop, progress)
        finally:
            _end(child)


class Announcer:
    """Progress as lines in the log, one every ten seconds: for a daemon, whom nobody watches."""

    def __init__(self) -> None:
        self._said_s = time.monotonic()

    def __call__(self, doing: str, done: float) -> None:
        """See `edge.engines.ports.Progress`."""
        if time.monotonic() - self._said_s >= _SAY_S:
            self._said_s = time.monotonic()
            _log.info("%s, %.0f %% done; the processor watches meanwhile", doing, 100 * done)


def _listen(
    child: subprocess.Popen[bytes], request: Request, stop: Event, progress: Progress
) -> str:
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the process was started without pipes")
    try:
        child.stdin.write(request.to_json().encode() + b"\n")
        child.stdin.flush()  # and left open: its end tells the child that we are gone
    except BrokenPipeError:
        raise NoEngine(_how_it_ended(child)) from None
    last = ("starting the builder", 0.0)
    for said in _lines(child.stdout.fileno(), stop):
        if "ready" in said:
            return str(said["ready"])
        if "refused" in said:
            raise NoEngine(str(said["refused"]))
        if "doing" in said:
            last = (str(said["doing"]), float(said["done"]))
        progress(*last)
    if stop.is_set():
        raise Stopped("stopped while an engine was built")
    raise NoEngine(_how_it_ended(child))


def _lines(open_end: int, stop: Event) -> Iterator[dict[str, Any]]:
    """What it says, and an empty one now and then while it says nothing."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(open_end, selectors.EVENT_READ)
        while not stop.is_set():
            if not selector.select(_TURN_S):
                yield {}
                continue
            more = os.read(open_end, 65_536)
            if not more:
                return
            *whole, rest = (rest + more).split(b"\n")
            yield from map(_line, whole)


def _line(line: bytes) -> dict[str, Any]:
    """A native library may print what it likes on standard output: that is no line of ours."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _how_it_ended(child: subprocess.Popen[bytes]) -> str:
    try:
        code = child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        return "the process that builds engines fell silent"
    if code == -signal.SIGKILL:
        return "the process that builds engines was killed: there may be too little memory"
    if code < 0:
        return f"the process that builds engines crashed ({signal.Signals(-code).name})"
    return f"the process that builds engines failed (exit code {code}); the log has its last words"


def _end(child: subprocess.Popen[bytes]) -> None:
    """It has nothing to tidy up: what it writes, it writes wholly or not at all."""
    if child.poll() is None:
        child.kill()
    child.wait()
