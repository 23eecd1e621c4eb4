"""A slow line to the broker: what goes in comes out a moment later, on both ways."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from types import TracebackType

from typing_extensions import Self

from tests.support.mosquitto import free_port

_BYTES = 65_536


class Relay:
    """Listens on `port` and passes everything on to `to_port`, each byte `delay_s` later."""

    def __init__(self, to_port: int, delay_s: float) -> None:
        self.port = free_port()
        self.delay_s = delay_s
        self._to_port = to_port
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._server.settimeout(0.2)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(5)
        self._server.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                near, _ = self._server.accept()
            except TimeoutError:
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to_port), timeout=5)
            except OSError:
                near.close()
                continue
            for one, other in ((near, far), (far, near)):
                late: queue.Queue[tuple[float, bytes]] = queue.Queue()
                self._thread_of(self._take, one, late)
                self._thread_of(self._give, other, late)

    @staticmethod
    def _thread_of(target: object, *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()  # type: ignore[arg-type]

    def _take(self, line: socket.socket, late: queue.Queue[tuple[float, bytes]]) -> None:
        line.settimeout(0.2)
        while not self._stop.is_set():
            try:
                data = line.recv(_BYTES)
            except TimeoutError:
                continue
            except OSError:
                data = b""
            late.put((time.monotonic() + self.delay_s, data))
            if not data:
                return

    def _give(self, line: socket.socket, late: queue.Queue[tuple[float, bytes]]) -> None:
        with contextlib.suppress(OSError), line:
            while not self._stop.is_set():
                try:
                    due_s, data = late.get(timeout=0.2)
                except queue.Empty:
                    continue
                time.sleep(max(0.0, due_s - time.monotonic()))
                if not data:
                    return
                line.sendall(data)
