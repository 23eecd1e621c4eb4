"""The seam of the desk: how one recipient is told. Conformance suite in `tests/seams`."""

from __future__ import annotations

from typing import Protocol

from alerts.paging import Page


class StepFailed(Exception):
    """The recipient was not told, or nobody knows. The message is one line without secrets.

    `retry` says whether the same page may get through later; False is for good. `perhaps_told` is
    True where the other side may have taken it all the same: the next try must be marked
    `repeat`. `wait_s` is how long the other side asked to be left alone, 0 where it did not.
    """

    def __init__(
        self, words: str, *, retry: bool, perhaps_told: bool = False, wait_s: float = 0.0
    ) -> None:
        super().__init__(words)
        self.retry = retry
        self.perhaps_told = perhaps_told
        self.wait_s = wait_s


class Step(Protocol):
    """Tells one recipient, from any thread, one page at a time. `send` returns only when the other
    side has taken the page, else it raises `StepFailed` and nothing else; it ends within its own
    time-out whatever the other side does, never retries, and hands on `page.page_id`, so that the
    other side recognises a repeat. It may be called again after any failure."""

    def send(self, page: Page) -> None: ...
