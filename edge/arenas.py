"""Memory that is given back can be used again by all threads.

glibc gives each thread an arena of its own, eight for each core. What a camera's thread frees stays
in its arena, so a process that restarts threads, as cameras come and go, seems to grow for hours.
Two arenas are as quick, since pictures come in blocks so large that they never lie in one.
"""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8  # malloc.h


def few_arenas(count: int = 2) -> bool:
    """Call it before threads are started. False where the C library has no such thing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_ARENA_MAX, count))
