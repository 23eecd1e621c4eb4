"""The seam of the desk: one way of telling one recipient. Conformance suite in `tests/seams`.

Trying again never happens inside: that is the desk's, in one place, with the intent on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from alerts.paging import Page


class StepFailed(Exception):
    """A page was not taken, or it cannot be known that it was. The message is one line for the log.

    `retry` is False where trying again cannot help: a wrong address, a login refused, a request
    the other side calls wrong. `after_s` is how long the other side asks us to wait, in seconds.
    `unsure` says that it may have arrived after all (a line cut after the last word): the next
    attempt is then marked as a repeat.
    """

    def __init__(
        self, words: str, *, retry: bool, after_s: float | None = None, unsure: bool = False
    ) -> None:
        super().__init__(words)
        self.retry = retry
        self.after_s = after_s
        self.unsure = unsure


class Step(Protocol):
    """Tells one recipient. `send` returns once the other side has taken the page, and raises
    `StepFailed` otherwise, and nothing else, whatever the other side does: silence, noise, a cut
    line. Each call ends within half a minute. `page.page_id` stays the same over all attempts and
    goes along, so that the other side recognises a repeat; `page.repeat` says that this may be one.
    A step keeps nothing between two pages that a failure could spoil: after a failed one the next
    page goes out. One thread calls it at a time."""

    def send(self, page: Page) -> None: ...
