"""Threads that live and die together.

Each body is `run(stop)`. When one ends with an error it is a bug: all are stopped, and the error
comes out of `work`, so that the process ends loudly and the service manager starts a new one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

Body = Callable[[Event], None]
_log = logging.getLogger(__name__)


class Crew:
    """Named threads with one `stop`. Those added as `last` are told to stop only when the others
    have ended, so that what these leave behind is still carried out."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._stop_last = Event()
        self._first: list[Thread] = []
        self._last: list[Thread] = []
        self._errors: list[Exception] = []

    def add(self, name: str, body: Body, *, last: bool = False) -> None:
        """A member; starts with the others. The thread's name is the prefix of its log lines."""
        event = self._stop_last if last else self._stop
        thread = Thread(target=self._run, args=(body, event), name=name, daemon=True)
        (self._last if last else self._first).append(thread)

    def work(self, patience_s: float) -> None:
        """Run until `stop` is set, a member fails, or all but the last have ended by themselves;
        then wait up to `patience_s` for each of the two groups.

        Raises the first member's error. A member that does not end in time is named in the log.
        """
        for thread in (*self._last, *self._first):
            thread.start()
        while not self._stop.wait(0.2) and any(thread.is_alive() for thread in self._first):
            pass
        self._stop.set()
        _join(self._first, patience_s)
        self._stop_last.set()
        _join(self._last, patience_s)
        if self._errors:
            raise self._errors[0]

    def _run(self, body: Body, event: Event) -> None:
        try:
            body(event)
        except Exception as error:  # noqa: BLE001  (the one place: any bug stops all, then surfaces)
            if self._errors:  # only the first comes out of `work`; what it brought down is told
                _log.error("a further failure: %s: %s", type(error).__name__, error)
            self._errors.append(error)
            self._stop.set()


def _join(threads: Sequence[Thread], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            _log.error("thread=%s did not stop within %.1f s", thread.name, patience_s)
