"""A webhook receiver in a thread: it keeps what it gets, and answers as badly as it is told."""

from __future__ import annotations

import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from typing_extensions import Self

from alerts.broker import TlsSettings


@dataclass(frozen=True)
class Posted:
    """One request: its path, its headers in lower case, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Listens on this machine, with TLS if it has a certificate. A context manager.

    It answers `status` with `headers` and `body`, or as `manner` says: `hang` never answers,
    `cut` hangs up once it has read all, `drip` sends its answer a byte at a time and without end,
    `flood` sends a gigabyte. What it answers badly is in `seen`, else in `taken`.
    """

    tls: TlsSettings | None = None
    manner: str = "well"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    taken: list[Posted] = field(default_factory=list)
    seen: list[Posted] = field(default_factory=list)
    flooded_bytes: int = 0

    def __post_init__(self) -> None:
        self.ending = threading.Event()
        self._listen(0)

    @property
    def url(self) -> str:
        scheme = "https" if self.tls is not None else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_port}/told?key=hidden"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def away(self) -> None:
        """Nobody listens any more; what hangs is hung up."""
        self.ending.set()
        self._server.shutdown()
        self._thread.join(20)
        self._server.server_close()

    def back(self) -> None:
        """Listens again, where it did."""
        self.ending.clear()
        self._listen(self._server.server_port)
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.away()

    def _listen(self, port: int) -> None:
        self._server = _Server(self, port)
        if self.tls is not None and self.tls.cert_file is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.tls.cert_file, self.tls.key_file)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.02,), name="receiver")


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, receiver: Receiver, port: int) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 20.0

    def do_POST(self) -> None:
        receiver = self.server.receiver
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        if len(body) < length:
            return  # whoever told it was killed over it
        posted = Posted(self.path, headers, body)
        well = receiver.manner == "well" and 200 <= receiver.status < 300
        (receiver.taken if well else receiver.seen).append(posted)
        with suppress(OSError):
            getattr(self, f"_{receiver.manner}")(receiver)

    def _well(self, receiver: Receiver) -> None:
        self.send_response(receiver.status)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(receiver.body)))
        self.end_headers()
        self.wfile.write(receiver.body)

    def _hang(self, receiver: Receiver) -> None:
        receiver.ending.wait(20)

    def _cut(self, receiver: Receiver) -> None:
        self.close_connection = True

    def _drip(self, receiver: Receiver) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not receiver.ending.wait(0.02):
            self.wfile.write(b"x")

    def _flood(self, receiver: Receiver) -> None:
        self.wfile.write(b"HTTP/1.1 500 No\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            self.wfile.write(bytes(1_000_000))
            receiver.flooded_bytes += 1_000_000

    def log_message(self, *_: object) -> None:
        """Not each request."""
