"""The app: what it is made of, and how the parts hang together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from alerts.broker import BrokerSettings
from alerts.carrying import CarryingThread
from alerts.errors import DiskRefused
from alerts.ledger import Ledger
from alerts.ports import Message
from alerts.topics import Filters
from alerts.web import site_tools
from alerts.web.accounts import About, Accounts
from alerts.web.answering import Answering
from alerts.web.attempts import Attempts
from alerts.web.broadcast import Broadcast
from alerts.web.evidence import EvidenceFolder
from alerts.web.feed import Feed
from alerts.web.guard import Guard, Limits
from alerts.web.news import News
from alerts.web.origin import HostNames, is_loopback
from alerts.web.pages import Pages
from alerts.web.presses import Press, Presses
from alerts.web.reading import Reading, Streaming
from alerts.web.refusal import Refused, json_response
from alerts.web.serving import Body
from alerts.web.sessions import Sessions
from alerts.web.settings import DashboardConfig
from alerts.web.site_file import SiteFile
from alerts.web.stream import HEARTBEAT_S, Places
from alerts.web.users import Doorman, UsersFile
from alerts.web.views import Addresses
from alerts.web.zones import Zones

_EACH_MAX = 12  # streams of one session: a person with many tabs

_log = logging.getLogger(__name__)


@dataclass
class Timing:
    """How often and how long, where tests want it otherwise."""

    heartbeat_s: float = HEARTBEAT_S
    limits: Limits = field(default_factory=Limits)
    by_account: Attempts = field(default_factory=lambda: Attempts(free=5))
    by_address: Attempts = field(default_factory=lambda: Attempts(free=20))


class Dashboard:
    """One dashboard. `app` is served in one loop; `bodies` are to run in threads of their own."""

    def __init__(
        self,
        config: DashboardConfig,
        settings: BrokerSettings,
        ledger: Ledger,
        sessions: Sessions,
        timing: Timing | None = None,
    ) -> None:
        timing = timing or Timing()
        prefix = config.broker.prefix
        folder = None if config.evidence is None else EvidenceFolder(config.evidence)
        addresses = Addresses(folder)
        self.broadcast = Broadcast()
        self.news = News(ledger, self.broadcast, addresses)
        self.presses = Presses(_of(settings, "out"))
        filters = Filters(prefix, config.site or "+")
        self.feed = Feed(_of(settings, "in"), filters, ledger, self.news, self._send)
        users = None if config.users is None else UsersFile(config.users)
        site_file = _site_file(config)
        accounts = Accounts(
            sessions,
            None if users is None else Doorman(users.users),
            About(config.title, config.language, zones=site_file is not None),
            timing.by_account,
            timing.by_address,
        )
        self.places = Places(config.streams_max, _EACH_MAX)
        reading = Reading(ledger, self.news, addresses, folder, feed=self.feed, title=config.title)
        routes = [
            *accounts.routes(),
            Streaming(self.broadcast, self.places, accounts.lives, timing.heartbeat_s).route(),
            *reading.routes(),
            *Answering(prefix, ledger, self.presses, self.news).routes(),
            *(Zones(site_file, reading.picture_of).routes() if site_file is not None else ()),
            *Pages(accounts, config.title).routes(),
        ]
        self.app: ASGIApp = Guard(
            self._starlette(routes),
            hosts=_hosts(config),
            sessions=sessions,
            users=None if users is None else users.users,
            secure=config.secure,
            limits=timing.limits,
        )

    @property
    def bodies(self) -> dict[str, Body]:
        """The threads, by name."""
        return {"feed": self.feed.run, "presses": self.presses.run}

    def _send(self, message: Message) -> None:
        """Something of our own; what becomes of it concerns no page."""
        self.presses.put(Press(f"{message.topic}\0{message.payload!r}", message, lambda _: None))

    def _starlette(self, routes: list[BaseRoute]) -> Starlette:
        return Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={
                Refused: _refused,
                HTTPException: _not_found,
                DiskRefused: _no_disk,
            },
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.broadcast.open(asyncio.get_running_loop())
        yield
        self.broadcast.close()


def threads(bodies: dict[str, Body], stop: threading.Event) -> list[CarryingThread]:
    """A thread for each body, not yet started."""
    return [CarryingThread(partial(body, stop), name) for name, body in bodies.items()]


def _site_file(config: DashboardConfig) -> SiteFile | None:
    path = config.site_file
    return None if path is None else SiteFile(path, site_tools.check, site_tools.reload)


def _hosts(config: DashboardConfig) -> HostNames:
    alone = is_loopback(config.host) and not config.behind_proxy
    return HostNames(config.names_known, loopback=alone)


def _of(settings: BrokerSettings, which: str) -> BrokerSettings:
    """A client of its own for each direction: a broker knows one connection by its id."""
    return replace(settings, client_id=f"{settings.client_id}-{which}")


async def _refused(_request: Request, refused: Exception) -> Response:
    return cast(Refused, refused).response()


async def _not_found(_request: Request, error: Exception) -> Response:
    status = cast(HTTPException, error).status_code
    words = {404: "there is no such page", 405: "not known here"}.get(status, "refused")
    return json_response({"error": words, "code": "missing" if status == 404 else "method"}, status)


async def _no_disk(_request: Request, error: Exception) -> Response:
    _log.error("%s", error)
    words = "the disk of the dashboard refuses: what is shown may be old"
    return json_response({"error": words, "code": "disk"}, 503)
