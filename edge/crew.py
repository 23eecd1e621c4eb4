"""Threads that live and die together.

Each body is `run(stop)`. When one ends with an error it is a bug: all are stopped, and the error
comes out of `work`, so that the process ends loudly and the service manager starts a new one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

Body = Callable[[Event], None]
_log = logging.getLogger(__name__)


class Crew:
    """Named threads with one `stop`."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._threads: list[Thread] = []
        self._errors: list[BaseException] = []

    def add(self, name: str, body: Body) -> None:
        """A member; starts with the others. The thread's name is the prefix of its log lines."""
        self._threads.append(Thread(target=self._run, args=(body,), name=name, daemon=True))

    def work(self, patience_s: float) -> None:
        """Run until `stop` is set or a member fails; then wait up to `patience_s` for all to end.

        Raises the first member's error. A member that does not end in time is named in the log.
        """
        for thread in self._threads:
            thread.start()
        while not self._stop.wait(0.2):
            if not any(thread.is_alive() for thread in self._threads):
                break
        self._stop.set()
        deadline = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                _log.error("thread=%s did not stop within %.0f s", thread.name, patience_s)
        if self._errors:
            raise self._errors[0]

    def _run(self, body: Body) -> None:
        try:
            body(self._stop)
        except Exception as error:  # noqa: BLE001  (the one place: any bug stops all, then surfaces)
            self._errors.append(error)
            self._stop.set()
