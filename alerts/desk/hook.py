"""Where answers come in by HTTP: a signed webhook for programs, links in e-mails for people.

POST /answer           {"event_id", "action", "who", "note"}, signed as our own webhooks are
GET  /answer/<token>   a page that asks; it changes nothing
POST /answer/<token>   a press on it

    202 taken   400 401 404 410 411 413 429 refused   503 not now
"""

from __future__ import annotations

import errno
import logging
import math
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from alerts.desk.answering import Answer, Answering
from alerts.desk.links import PATH
from alerts.http_server import TIMEOUT_S, BoundedServer
from alerts.rates import Rates

BODY_BYTES_MAX = 16 * 1024
_DRAINED_BYTES_MAX = 2**20  # read and thrown away, so that who sends too much hears why
_PER_S, _BURST = 0.5, 30  # requests of one address
_AGAIN_S, _TURN_S = 3.0, 0.2

Network = IPv4Network | IPv6Network

_log = logging.getLogger(__name__)


def asker(peer: str, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """The address of who asks: the last that none of our proxies has. Each of them puts the one
    that it was asked from at the end of `X-Forwarded-For`; what stands before, anybody may write.
    """
    who = peer
    for one in reversed([part.strip() for line in forwarded for part in line.split(",")]):
        if not _is_of(who, proxies) or _address(one) is None:
            break
        who = one
    return who


def _is_of(who: str, proxies: Sequence[Network]) -> bool:
    address = _address(who)
    return address is not None and any(address in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


class Hook:
    """Listens at `host`, `port` (0: any that is free). `url` is None while nobody is served. What
    `proxies` (addresses or networks) say of who asks is believed."""

    def __init__(
        self, host: str, port: int, answering: Answering, proxies: Sequence[str] = ()
    ) -> None:
        self._proxies = tuple(ip_network(one, strict=False) for one in proxies)
        self.url: str | None = None
        self._host, self._port = host, port
        self._answering = answering
        self._rates = Rates(_PER_S, _BURST)
        self._told = ""

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; where it cannot listen it says so, and tries again. A bug comes out."""
        while not stop.is_set():
            try:
                server = _Server(
                    self._host, self._port, self._answering, self._rates, self._proxies
                )
            except OSError as error:
                self._say(error)
                stop.wait(_AGAIN_S)
                continue
            with server:
                host = f"[{self._host}]" if ":" in self._host else self._host
                self.url, self._told = f"http://{host}:{server.server_port}", ""
                _log.info("answers are taken at %s/answer", self.url)
                try:
                    while not stop.is_set():
                        server.serve(_TURN_S)
                finally:
                    self.url = None

    def _say(self, error: OSError) -> None:
        in_use = error.errno == errno.EADDRINUSE
        words = "another program listens there" if in_use else error.strerror or str(error)
        if words != self._told:
            self._told = words
            _log.error("no answers at %s, port %d: %s", self._host, self._port, words)


class _Server(BoundedServer):
    def __init__(
        self, host: str, port: int, answering: Answering, rates: Rates, proxies: Sequence[Network]
    ) -> None:
        self.answering = answering
        self.rates = rates
        self.proxies = proxies
        super().__init__(host, port, _Handler)


class _Handler(BaseHTTPRequestHandler):
    """One request, one answer. Nothing of it is logged: tokens are secrets."""

    server: _Server
    timeout = TIMEOUT_S

    def do_GET(self) -> None:
        """The page behind a link."""
        token = self._token()
        if not self._too_often():
            self._answer(
                self.server.answering.ask(token, self._accepted())
                if token
                else self.server.answering.no(404, "no such page")
            )

    def do_HEAD(self) -> None:
        """The same without its body."""
        self.do_GET()

    def do_POST(self) -> None:
        """An answer, signed or pressed."""
        if self._too_often():
            return
        body = self._body()
        if body is None:
            return
        answering, token = self.server.answering, self._token()
        if token:
            self._answer(answering.press(token, body, self._accepted()))
        elif self.path.partition("?")[0] == PATH.rstrip("/"):
            given = {name.lower(): value for name, value in self.headers.items()}
            self._answer(answering.webhook(given, body))
        else:
            self._answer(answering.no(404, "no such page"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no request of ours, in one line instead of a page."""
        self._answer(self.server.answering.no(405 if code == 501 else code, "not understood"))

    def version_string(self) -> str:
        """The banner: no versions for those who look for holes."""
        return "floorwatch"

    def log_message(self, *_: object) -> None:
        """Not each request."""

    def _token(self) -> str:
        path = self.path.partition("?")[0]
        return path.removeprefix(PATH) if path.startswith(PATH) else ""

    def _accepted(self) -> str:
        return self.headers.get("Accept-Language", "")[:200]

    def _too_often(self) -> bool:
        told = self.headers.get_all("X-Forwarded-For", [])
        who = asker(self.client_address[0], told, self.server.proxies)
        wait_s = self.server.rates.take(who)
        if wait_s:
            refusal = self.server.answering.no(429, "too many requests")
            self._answer(refusal, {"Retry-After": str(math.ceil(wait_s))})
        return wait_s > 0

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 10):
            self._answer(self.server.answering.no(411, "say its length (Content-Length)"))
            return None
        if int(length) > BODY_BYTES_MAX:
            self.rfile.read(min(int(length), _DRAINED_BYTES_MAX))
            words = f"too large: {BODY_BYTES_MAX} bytes at most"
            self._answer(self.server.answering.no(413, words))
            return None
        return self.rfile.read(int(length))

    def _answer(self, answer: Answer, more: dict[str, str] | None = None) -> None:
        self.send_response(answer.status)
        told = {
            "Content-Type": answer.kind,
            "Content-Length": str(len(answer.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **answer.headers,
            **(more or {}),
        }
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
