"""Work that may hang, given up after a while: a device driver, a name server, a dead file share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Failed(Exception):
    """A bug in the work: its thread has told it, with a traceback, on standard error."""


class Attempt(Generic[Result]):
    """Work on a thread of its own, begun at once. A thread that hangs is left behind: nothing in
    Python can end it, and it does not keep the process alive."""

    def __init__(self, name: str, work: Callable[[], Result]) -> None:
        self._name = name
        self._work = work
        self._results: list[Result] = []
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._results.append(self._work())

    def result(self, seconds: float) -> Result | None:
        """What came of it; None when it takes longer. Raises Failed."""
        self._thread.join(seconds)
        if self._results:
            return self._results[0]
        if self._thread.is_alive():
            return None
        raise Failed(self._name)
