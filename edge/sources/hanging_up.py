"""Hanging up on a camera in the middle of a read of FFmpeg's, which cannot be broken off.

A camera whose encoder hangs may go on sending reports, so that FFmpeg waits for ever. It does not
say which of the process's sockets is its own; but the one that is new after connecting, and leads
to the camera, is.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

Address = tuple[str, int]

_FOLDER = "/proc/self/fd"  # elsewhere than on Linux nothing is found, and nobody is hung up on
_locks: defaultdict[frozenset[Address], threading.Lock] = defaultdict(threading.Lock)


class Line:
    """The socket of one connection, once it is found."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    @contextmanager
    def connecting(self, camera: frozenset[Address], patience_s: float) -> Iterator[None]:
        """Inside, FFmpeg connects. Two connections to one camera begin one after the other, if the
        first does not take too long: begun at once, they could not be told apart."""
        lock = _locks[camera]
        held = lock.acquire(timeout=patience_s)
        try:
            before = _sockets_to(camera)
            yield
            new = _sockets_to(camera) - before
        finally:
            if held:
                lock.release()
        if len(new) == 1:
            with suppress(OSError):
                self._socket = socket.socket(fileno=os.dup(new.pop()))

    def hang_up(self) -> None:
        """Ends whatever read is waiting; once only, and without a word to the camera."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Lets go of it; more than once is fine."""
        if self._socket is not None:
            self._socket.close()


def _sockets_to(camera: frozenset[Address]) -> set[int]:
    """The file descriptors of all connections to that address."""
    try:
        numbers = [int(name) for name in os.listdir(_FOLDER)]
    except OSError:
        return set()
    return {number for number in numbers if _peer(number) in camera}


def _peer(number: int) -> Address | None:
    with suppress(OSError):
        if os.readlink(f"{_FOLDER}/{number}").startswith("socket:"):
            with socket.socket(fileno=os.dup(number)) as looked_at:
                host, port = looked_at.getpeername()[:2]
                return str(host), int(port)
    return None
