"""What the C library does with memory of many threads, asked in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Blocks as large as a picture, all freed in the end; beside each a smaller one stays.
LARGE_BYTES, BLOCKS = 737_280, 40
ASK = f"""
import ctypes
from edge.arenas import few_arenas

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]


class Info(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]


libc.mallinfo2.restype = Info
if CALL:
    assert few_arenas()
libc.free(libc.malloc({LARGE_BYTES}))
before = libc.mallinfo2().arena
taken = []
for _ in range({BLOCKS}):
    taken.append(libc.malloc({LARGE_BYTES}))
    libc.malloc(65_536)
for one in taken:
    libc.free(one)
print(libc.mallinfo2().arena - before)
"""


def grown_bytes(call: bool) -> int:
    """What the arenas hold more, once all pictures are freed."""
    done = subprocess.run(
        [sys.executable, "-c", ASK.replace("CALL", str(call))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "mallinfo2" in done.stderr:
        pytest.skip("this C library does not tell what its arenas hold")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_pictures_leave_no_holes_in_the_arenas() -> None:
    assert grown_bytes(call=True) < BLOCKS // 2 * LARGE_BYTES
    assert grown_bytes(call=False) > BLOCKS // 2 * LARGE_BYTES  # else this would prove nothing
