"""The few pages the daemon shows, served with a limit on everything: for programs, not browsers."""

from __future__ import annotations

import math
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

TIMEOUT_S = 5.0  # for one request, from the connection on, however slowly it is made
CONNECTIONS_MAX = 16


@dataclass(frozen=True)
class Page:
    """What is answered."""

    body: bytes
    kind: str = "text/plain; charset=utf-8"
    status: int = 200


MakePage = Callable[[], Page]


class PageServer(ThreadingHTTPServer):
    """Answers GET and HEAD for `pages`, by path, each connection on a thread of its own. Making it
    binds, and raises OSError. Call `serve` again and again; it raises what a page raised."""

    request_queue_size = CONNECTIONS_MAX

    def __init__(self, host: str, port: int, pages: Mapping[str, MakePage]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.pages = pages
        self._lock = threading.Lock()
        self._began_s: dict[socket.socket, float] = {}  # of each connection there is
        self._bug: BaseException | None = None
        super().__init__((host, port), _Handler)

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


class _Handler(BaseHTTPRequestHandler):
    """One request, one answer. Nothing of it is logged."""

    server: PageServer
    timeout = TIMEOUT_S

    def do_GET(self) -> None:
        """The page."""
        make = self.server.pages.get(self.path.partition("?")[0])
        self._answer(Page(b"no such page\n", status=404) if make is None else make())

    def do_HEAD(self) -> None:
        """The same without its body."""
        self.do_GET()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no request of ours, in one line instead of a page."""
        unknown_verb = code == 501
        self._answer(Page(b"not understood\n", status=405 if unknown_verb else code))

    def version_string(self) -> str:
        """The banner: no versions for those who look for holes."""
        return "floorwatch"

    def log_message(self, *_: object) -> None:
        """Not each request."""

    def _answer(self, page: Page) -> None:
        self.send_response(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if page.status == 405:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)
