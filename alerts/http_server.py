"""A small HTTP server with a limit on everything, for the few requests of programs and people that
are no site to look at: threads, no framework."""

from __future__ import annotations

import math
import socket
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

TIMEOUT_S = 5.0  # for one request, from the connection on, however slowly it is made
CONNECTIONS_MAX = 16


class BoundedServer(ThreadingHTTPServer):
    """Gives each connection to `handler` on a thread of its own. Making it binds, and raises
    OSError. Call `serve` again and again; it raises what a handler raised."""

    request_queue_size = CONNECTIONS_MAX

    def __init__(self, host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._lock = threading.Lock()
        self._began_s: dict[socket.socket, float] = {}  # of each connection there is
        self._bug: BaseException | None = None
        super().__init__((host, port), handler)

    def server_bind(self) -> None:
        """Without looking up our own name, which can take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def serve(self, seconds: float) -> None:
        """Take up a connection, or wait for one so long; end those that take too long."""
        self.timeout = seconds
        self.handle_request()
        self._end_before(time.monotonic() - TIMEOUT_S)
        if self._bug is not None:
            raise self._bug

    def process_request(self, request: Any, client_address: Any) -> None:
        """One more connection, or one too many."""
        with self._lock:
            full = len(self._began_s) >= CONNECTIONS_MAX
            if not full:
                self._began_s[request] = time.monotonic()
        if full:
            self.shutdown_request(request)
            return
        work = self.process_request_thread
        threading.Thread(
            target=work, args=(request, client_address), name="http", daemon=True
        ).start()

    def shutdown_request(self, request: Any) -> None:
        """The connection is over."""
        with self._lock:
            self._began_s.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Listen no longer, and end what is going on."""
        super().server_close()
        self._end_before(math.inf)

    def _end_before(self, moment_s: float) -> None:
        with self._lock:
            late = [one for one, began_s in self._began_s.items() if began_s < moment_s]
        for connection in late:
            with suppress(OSError):  # it has just ended by itself
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are no news; anything else is a bug, and comes out of `serve`."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self._bug = error
