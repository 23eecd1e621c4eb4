"""An end to conversations that take too long as a whole. The time-outs of a socket are for one
read each: a peer that drips a byte a second never meets them."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

from typing_extensions import Self


class Cutoff:
    """Hangs up the last line it was given to `watch`, `timeout_s` after it was entered, and every
    line it is given later. `passed` says that it came to that. A context manager."""

    def __init__(self, timeout_s: float) -> None:
        self.passed = False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(timeout_s, self._pass)
        self._timer.daemon = True
        self._timer.name = "cutoff"

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def watch(self, line: object) -> None:
        """This is the line now, if it is a socket."""
        with self._lock:
            self._line = line if isinstance(line, socket.socket) else None
            if self.passed:
                self._hang_up()

    def _pass(self) -> None:
        with self._lock:
            self.passed = True
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):  # it has just ended by itself
                # Of the plain socket, also under TLS: whoever reads or writes there wakes.
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)
