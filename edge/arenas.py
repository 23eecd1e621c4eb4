"""Memory that is given back can be used again by all threads, or goes back to the machine.

glibc gives each thread an arena of its own, eight for each core. What a camera's thread frees stays
in its arena, so a process that restarts threads, as cameras come and go, seems to grow for hours.
Two arenas are as quick, as long as pictures, which come in large blocks, lie in none. By itself
glibc puts them there: it takes the size of each block from the machine that is freed for one that
arenas shall hold from now on (`mallopt(3)`, M_MMAP_THRESHOLD), up to 32 MiB. With four cameras of
which one came and went 400 times, 24 of the arenas' 73 MB were holes between such blocks. To fetch
each picture's pages anew costs 1.3 ms of the 39 ms of processor time that a picture takes in all.
"""

from __future__ import annotations

import ctypes

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # malloc.h
_LARGE_BYTES = 128 * 1024  # where glibc begins; said by us, it stays there


def few_arenas(count: int = 2) -> bool:
    """Call it before threads are started. False where the C library has no such thing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return (
        mallopt is not None
        and bool(mallopt(_M_ARENA_MAX, count))
        and bool(mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES))
    )
