"""Servers that listen where a camera should, and are none."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_S = 0.2


@contextmanager
def mute(port: int) -> Iterator[None]:
    """Takes every call and says nothing."""
    with _serving(port, lambda _line, stop: stop.wait()):
        yield


@contextmanager
def garbage(port: int) -> Iterator[None]:
    """Takes every call and sends bytes without end or meaning."""
    chance = random.Random(port)

    def pour(line: socket.socket, stop: threading.Event) -> None:
        line.settimeout(_LOOK_S)
        while not stop.wait(0.01):
            with contextlib.suppress(TimeoutError):
                line.sendall(chance.randbytes(10_000))

    with _serving(port, pour):
        yield


@contextmanager
def _serving(
    port: int, answer: Callable[[socket.socket, threading.Event], object]
) -> Iterator[None]:
    stop = threading.Event()

    def serve(line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            answer(line, stop)

    def accept(server: socket.socket) -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                line, _ = server.accept()
                threading.Thread(target=serve, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(_LOOK_S)
        thread = threading.Thread(target=accept, args=(server,), name="crook", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(5)
