"""The few pages the daemon shows, served with a limit on everything: for programs, not browsers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from alerts.http_server import TIMEOUT_S, BoundedServer


@dataclass(frozen=True)
class Page:
    """What is answered."""

    body: bytes
    kind: str = "text/plain; charset=utf-8"
    status: int = 200


MakePage = Callable[[], Page]


class PageServer(BoundedServer):
    """Answers GET and HEAD for `pages`, by path. Making it binds, and raises OSError; `serve`
    raises what a page raised."""

    def __init__(self, host: str, port: int, pages: Mapping[str, MakePage]) -> None:
        self.pages = pages
        super().__init__(host, port, _Handler)


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
