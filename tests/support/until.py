"""Waiting for what must come true: until it does, or a deadline. Never a sleep that hopes."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(true: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Returns as soon as `true()` is; fails the test naming `what` when time is up."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.01)
