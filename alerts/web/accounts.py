"""Logging in and out, and who one is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import metadata

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts import moments
from alerts.web.asked import Login, Nothing, body_of, visitor_of
from alerts.web.attempts import Attempts
from alerts.web.guard import Visitor
from alerts.web.refusal import Refused, json_response
from alerts.web.sessions import Session, Sessions
from alerts.web.users import Doorman, Role, User, stamp_of

VERSION = metadata.version("floorwatch")
_AT_ONCE_MAX = 2  # comparisons at a time: each takes 64 MiB
_WAITING_MAX = 20


@dataclass(frozen=True)
class About:
    """What the pages are told of this dashboard. `zones` says whether zones can be edited."""

    title: str
    language: str | None
    zones: bool


class Accounts:
    """`/api/me`, `/login`, `/logout`. `doorman` is None where nobody has to log in."""

    def __init__(
        self,
        sessions: Sessions,
        doorman: Doorman | None,
        about: About,
        by_account: Attempts,
        by_address: Attempts,
    ) -> None:
        self._sessions = sessions
        self._doorman = doorman
        self._about = about
        self._by_account = by_account
        self._by_address = by_address
        self._waiting = 0
        self._at_once = asyncio.Semaphore(_AT_ONCE_MAX)

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/api/me", self.me, methods=["GET"]),
            Route("/login", self.login, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
        ]

    async def me(self, request: Request) -> Response:
        """Who one is, and the token. Begins a session where there is none."""
        visitor = visitor_of(request)
        session = self.session_of(request)
        return json_response(self._told(visitor.name, visitor.role, session.csrf))

    def session_of(self, request: Request) -> Session:
        """The session of who asks; a new one without a name where there is none."""
        session = visitor_of(request).session
        if session is None:
            request.state.cookie, session = self._sessions.begin()
        return session

    async def login(self, request: Request) -> Response:
        """A new session with a name, if the password is right."""
        visitor, given = visitor_of(request), body_of(request, Login)
        doorman = self._doorman
        if doorman is None:
            raise Refused(404, "missing", "nobody has to log in here")
        self._check_wait(given.name, visitor.address)
        user = await self._compared(doorman, given, visitor.address)
        if user is None:
            self._by_account.failed(given.name)
            self._by_address.failed(visitor.address)
            raise Refused(401, "password", "name or password is wrong")
        self._by_account.succeeded(given.name)
        if visitor.session is not None:
            self._sessions.end(visitor.session)
        # A new id: one that somebody else may have planted before is worth nothing.
        request.state.cookie, session = self._sessions.begin(user.name, stamp_of(user.password))
        return json_response(self._told(user.name, user.role, session.csrf))

    async def logout(self, request: Request) -> Response:
        """The session ends; the browser gets one without a name."""
        body_of(request, Nothing)
        visitor = visitor_of(request)
        if visitor.session is not None:
            self._sessions.end(visitor.session)
        request.state.cookie, session = self._sessions.begin()
        name, role = (visitor.name, visitor.role) if self._doorman is None else (None, None)
        return json_response(self._told(name, role, session.csrf))

    def lives(self, visitor: Visitor) -> bool:
        """Whether what was opened for this visitor may go on. A page that is open is in use: a
        wall screen shall not go dark at night."""
        session, doorman = visitor.session, self._doorman
        if session is None:
            return doorman is None
        if not self._sessions.seen(session):
            return False
        return doorman is None or doorman.knows(session.name or "", session.stamp, visitor.role)

    def _check_wait(self, name: str, address: str) -> None:
        wait_s = max(self._by_account.wait_s(name), self._by_address.wait_s(address))
        if wait_s:
            words = f"too many wrong passwords: try again in {max(1, round(wait_s))} s"
            raise Refused(429, "busy", words, retry_after_s=wait_s)

    async def _compared(self, doorman: Doorman, given: Login, address: str) -> User | None:
        if self._waiting >= _WAITING_MAX:
            raise Refused(429, "busy", "too many log in at once: try again", retry_after_s=2)
        self._waiting += 1
        try:
            async with self._at_once:
                self._check_wait(given.name, address)  # others may have failed meanwhile
                return await anyio.to_thread.run_sync(doorman.user, given.name, given.password)
        finally:
            self._waiting -= 1

    def _told(self, name: str | None, role: Role | None, csrf: str) -> dict[str, object]:
        about = self._about
        return {
            "name": name,
            "role": role,
            "csrf": csrf,
            "lang": about.language,
            "login": self._doorman is not None,
            "zones": about.zones and role == "admin",
            "title": about.title,
            "version": VERSION,
            "now": moments.to_text(moments.now()),
        }
