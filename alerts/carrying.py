"""A thread that may be left behind, and whose error is not."""

from __future__ import annotations

import threading
from collections.abc import Callable


class CarryingThread(threading.Thread):
    """Runs `body`; what that raises is kept in `error` for whoever watches the thread.

    A daemon thread: one that hangs for ever does not keep the process from ending.
    """

    def __init__(self, body: Callable[[], None], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._body = body
        self.error: BaseException | None = None

    def run(self) -> None:
        """The thread's life."""
        try:
            self._body()
        except BaseException as error:
            self.error = error
            raise

    def raise_error(self) -> None:
        """Raises what the thread raised, if it did."""
        if self.error is not None:
            raise self.error
