"""Telling a recipient by a command of the site's own: a siren, a pager, a text message."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import selectors
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import IO

from alerts.desk.ports import StepFailed
from alerts.errors import UserError
from alerts.paging import Page

TEMPFAIL = 75  # EX_TEMPFAIL of sysexits.h: try again later
# What a command may need to know of the machine. The rest may hold passwords of ours.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_OUTPUT_BYTES_MAX = 2048
_TOLD_MAX = 200
_TURN_S = 0.05
_NEVER = frozenset({errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.ENOTDIR, errno.ELOOP})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """The program and its arguments, no shell in between, and how long it may take. It gets the
    variables of `PASSED_ON` and those named in `environment`."""

    argv: tuple[str, ...]
    timeout_s: float = 20.0
    environment: tuple[str, ...] = ()


class CommandStep:
    """Runs a program for each page: the page as JSON on its standard input, and its parts in
    variables (`FLOORWATCH_SUBJECT`, `FLOORWATCH_PAGE_ID`, `FLOORWATCH_REPEAT` = `true`…).

    It exits with 0 when the page is told, with 75 when it should be tried again; anything else is
    for good. When its time is up it is killed with all it started. Raises `UserError` for a program
    that is not there.
    """

    def __init__(self, program: Program) -> None:
        if not program.argv or not program.argv[0]:
            raise UserError("the command is empty: write the program and its arguments as a list")
        if shutil.which(program.argv[0]) is None:
            raise UserError(
                f"{program.argv[0]!r} is no program that can be run: write its full path"
            )
        self._program = program
        self._name = os.path.basename(program.argv[0])

    def send(self, page: Page) -> None:
        """Returns when the program has ended with 0."""
        given = page.to_json().encode() + b"\n"
        try:
            running = subprocess.Popen(  # noqa: S603 - what the site's own file names, no shell
                list(self._program.argv),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment(page),
                start_new_session=True,
            )
        except OSError as error:
            words = f"{self._name} cannot be run: {error.strerror}"
            raise StepFailed(words, retry=error.errno not in _NEVER) from error
        talk = _Talk(running, given)
        try:
            ended = talk.run(self._program.timeout_s)
        finally:
            if running.poll() is None:
                _kill(running)
            talk.close()
        self._judge(running.returncode, ended, talk.said())

    def _judge(self, status: int, ended: bool, said: str) -> None:
        told = f" and said: {said}" if said else ""
        if not ended:
            words = f"{self._name} was killed after {self._program.timeout_s:g} s{told}"
            raise StepFailed(words, retry=True, perhaps_told=True)
        if status < 0:
            words = f"{self._name} was ended by signal {-status}{told}"
            raise StepFailed(words, retry=True, perhaps_told=True)
        if status:
            words = f"{self._name} exited with {status}{told}"
            raise StepFailed(words, retry=status == TEMPFAIL)
        _log.debug("%s told it%s", self._name, told)

    def _environment(self, page: Page) -> dict[str, str]:
        wanted = (*PASSED_ON, *self._program.environment)
        found = {name: os.environ[name] for name in wanted if name in os.environ}
        parts: dict[str, object] = {
            "PAGE_ID": page.page_id,
            "EVENT_ID": page.event_id,
            "STEP": page.step,
            "RECIPIENT": page.recipient,
            "SUBJECT": page.subject,
            "TEXT": page.text,
            "SITE": page.site,
            "CAMERA": page.camera or "",
            "LABEL": page.label or "",
            "ZONE": page.zone or "",
            "LINK": page.link or "",
            "REPEAT": "true" if page.repeat else "false",
            "DRILL": "true" if page.drill else "false",
        }
        return found | {f"FLOORWATCH_{name}": str(value) for name, value in parts.items()}


class _Talk:
    """Feeds a program what it reads and listens to what it says, as far as there is room."""

    def __init__(self, running: subprocess.Popen[bytes], given: bytes) -> None:
        if running.stdin is None or running.stdout is None:
            raise ValueError("a program is talked to through pipes")
        self._running = running
        self._in: IO[bytes] = running.stdin
        self._out: IO[bytes] = running.stdout
        self._left = given
        self._heard = b""
        self._selector = selectors.DefaultSelector()
        for pipe, what in ((self._in, selectors.EVENT_WRITE), (self._out, selectors.EVENT_READ)):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, what)

    def run(self, timeout_s: float) -> bool:
        """Until the program ends; False if it did not within its time. What it left running may go
        on, but nobody listens to it."""
        until_s = time.monotonic() + timeout_s
        while self._running.poll() is None:
            if time.monotonic() > until_s:
                return False
            if not self._selector.get_map():
                time.sleep(_TURN_S)  # it closed both and goes on
            self._turn(_TURN_S)
        self._turn(0.0)
        return True

    def said(self) -> str:
        """The beginning of what it said, in one line."""
        text = self._heard.decode("utf-8", "replace")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_TOLD_MAX]

    def close(self) -> None:
        """Hang up on it."""
        self._selector.close()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):  # what it never read
                pipe.close()

    def _turn(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds) if self._selector.get_map() else ():
            if key.fileobj is self._in:
                self._feed()
            else:
                self._listen()

    def _feed(self) -> None:
        try:
            written = os.write(self._in.fileno(), self._left)
        except OSError:  # it does not read
            written = len(self._left)
        self._left = self._left[written:]
        if not self._left:
            self._selector.unregister(self._in)
            self._in.close()

    def _listen(self) -> None:
        heard = os.read(self._out.fileno(), 65536)
        self._heard += heard[: max(0, _OUTPUT_BYTES_MAX - len(self._heard))]
        if not heard:
            self._selector.unregister(self._out)


def _kill(running: subprocess.Popen[bytes]) -> None:
    """It and all that it started and that did not leave its group."""
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
