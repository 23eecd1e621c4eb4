"""A thread that may be left behind, and whose error is not."""

from __future__ import annotations

import threading
from collections.abc import Callable

_END_S = 1.0


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
            self.join(_END_S)  # it is on its way out: its end is not to be heard of after this
            raise self.error
