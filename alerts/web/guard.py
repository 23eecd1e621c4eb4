"""What every request passes first, and what every answer carries.

    a name that is ours? → a method we know? → of our own pages? → not too often? → not too long?
    → which session, and is somebody logged in? → the token, if it changes something → the app

Default is no: only the login page, `/api/me` and the static files are there for strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from html import escape
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerts.rates import Rates
from alerts.web import origin
from alerts.web.refusal import Refused
from alerts.web.sessions import Session, Sessions
from alerts.web.users import Role, User, stamp_of

BODY_BYTES_MAX = 64 * 1024
_SAFE = frozenset({"GET", "HEAD"})
_UNSAFE = frozenset({"POST", "PUT"})
_PUBLIC = frozenset({"/login", "/api/me"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_HSTS = "max-age=31536000"


@dataclass(frozen=True)
class Visitor:
    """Who asks: `name` and `role` once logged in, or where nobody has to; and the session, if the
    browser has one. `key` is what is counted by: the session, or the address."""

    name: str | None
    role: Role | None
    session: Session | None
    key: str
    address: str


_UNKNOWN_NAME = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>floorwatch</title>
<h1>Not under this name</h1>
<p>This dashboard does not go by the name <b>{name}</b>. If that is its name, write it into
<code>names</code> in the dashboard's file (<code>names: [{name}]</code>) and start it again.</p>
<p lang="ko">이 대시보드는 <b>{name}</b> 이름으로 열 수 없습니다.
맞는 이름이라면 대시보드 설정 파일의 <code>names</code>에 적고 다시 시작하세요.</p></html>
"""


@dataclass(frozen=True)
class Limits:
    """How often one visitor may ask: all requests, and those that change something."""

    asks: Rates = field(default_factory=lambda: Rates(per_s=50, burst=400))
    changes: Rates = field(default_factory=lambda: Rates(per_s=5, burst=30))


class Guard:
    """The outermost of the app. `users` is None where nobody has to log in: then everybody is
    `nobody`, who may everything. `secure` when browsers come over TLS."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: origin.HostNames,
        sessions: Sessions,
        users: Callable[[], Mapping[str, User]] | None,
        secure: bool,
        limits: Limits | None = None,
        nobody: str = "dashboard",
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._sessions = sessions
        self._users = users
        self._secure = secure
        self._limits = limits or Limits()
        self._nobody = nobody
        self.cookie_name = "__Host-floorwatch" if secure else "floorwatch"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the app's life."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a websocket: there are none here
        state = scope.setdefault("state", {})

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(message, state)
            await send(message)

        try:
            refused = await self._let_in(scope, receive)
        except Refused as refusal:
            refused = _page_of(refusal, scope) or refusal.response()
        await (refused or self._app)(scope, receive, dressed)

    async def _let_in(self, scope: Scope, receive: Receive) -> Response | None:
        """None for a request that may pass; raises `Refused` for one that may not."""
        request = Request(scope)
        headers = dict(request.headers)
        method, path = request.method, str(scope["path"])
        if not self._hosts.answers_to(headers.get("host", "")):
            raise Refused(400, "host", "this dashboard does not go by that name")
        if self._secure and scope["scheme"] != "https":
            raise Refused(400, "plain", "this dashboard is spoken to over https alone")
        if method not in _SAFE | _UNSAFE:
            raise Refused(405, "method", f"{method[:20]} is not known here")
        why = origin.foreign(headers, scope["scheme"]) if method in _UNSAFE else None
        if why is not None:
            raise Refused(403, "origin", f"refused: {why}")
        visitor = self._visitor(request)
        scope["state"]["visitor"] = visitor
        self._count(visitor, method)
        if method in _UNSAFE:
            self._check_token(visitor, headers)
            scope["state"]["body"] = await _body(receive, headers)
        if visitor.role is None and path not in _PUBLIC and not path.startswith("/static/"):
            if path.startswith("/api/") or method in _UNSAFE:
                raise Refused(401, "login", "log in first")
            asked = scope["query_string"].decode("latin-1")
            there = quote(f"{path}?{asked}" if asked else path, safe="/")
            return RedirectResponse(f"/login?next={there}", 303)
        return None

    def _visitor(self, request: Request) -> Visitor:
        address = request.client.host if request.client else ""
        session = self._session(request.headers.get("cookie", ""))
        if self._users is None:
            return Visitor(self._nobody, "admin", session, _key(session, address), address)
        if session is None or session.name is None:
            return Visitor(None, None, session, address, address)
        user = self._users().get(session.name)
        if user is None or not compare_digest(stamp_of(user.password), session.stamp):
            self._sessions.end(session)
            return Visitor(None, None, None, address, address)
        return Visitor(user.name, user.role, session, _key(session, address), address)

    def _session(self, header: str) -> Session | None:
        try:
            morsel = SimpleCookie(header[:8192]).get(self.cookie_name)
        except CookieError:
            return None
        return None if morsel is None else self._sessions.of(morsel.value)

    def _count(self, visitor: Visitor, method: str) -> None:
        wait_s = self._limits.asks.take(visitor.key)
        if method in _UNSAFE:
            wait_s = max(wait_s, self._limits.changes.take(visitor.key))
        if wait_s:
            raise Refused(429, "busy", "too many requests: wait a little", retry_after_s=wait_s)

    @staticmethod
    def _check_token(visitor: Visitor, headers: Mapping[str, str]) -> None:
        given = headers.get("x-csrf-token", "").encode("utf-8", "replace")
        if visitor.session is None or not compare_digest(visitor.session.csrf.encode(), given):
            raise Refused(403, "csrf", "the page is from before: load it again")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(415, "json", "send JSON: content-type application/json")

    def _dress(self, message: Message, state: Mapping[str, object]) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._secure:
            headers["strict-transport-security"] = _HSTS
        if "cache-control" not in headers:
            headers["cache-control"] = "no-store"
        cookie = state.get("cookie")
        if cookie is not None:
            secure = "; Secure" if self._secure else ""
            headers.append(
                "set-cookie",
                f"{self.cookie_name}={cookie}; Path=/; HttpOnly; SameSite=Strict{secure}",
            )


def _page_of(refusal: Refused, scope: Scope) -> Response | None:
    """For a browser that asked by a name that we do not know: a page in words, since whoever set
    this up reads it first. None for every other refusal."""
    headers = Request(scope).headers
    if refusal.code != "host" or "text/html" not in headers.get("accept", ""):
        return None
    name = escape(headers.get("host", "").partition(":")[0][:100] or "-")
    return HTMLResponse(_UNKNOWN_NAME.format(name=name), refusal.status)


async def _body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    """All of it. Whoever is slow is hung up on by `patience`."""
    too_long = Refused(413, "long", f"more than {BODY_BYTES_MAX} bytes are not taken here")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) < 12):
        raise Refused(400, "wrong", "content-length is no number")
    if int(length) > BODY_BYTES_MAX:
        raise too_long
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "gone", "the connection ended before the message did")
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise too_long
        if not message.get("more_body", False):
            return bytes(body)


def _key(session: Session | None, address: str) -> str:
    return address if session is None else session.digest
