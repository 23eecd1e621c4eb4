"""How much of the machine this process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """How many processor cores it may run on, which may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
