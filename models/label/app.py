"""The app behind the page: what it asks for, and the guard before it.

The guard is the dashboard's (`alerts.web.guard`): a name that is ours, pages of our own alone, a
token for what changes something, and a content security policy that lets no script in but ours.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from alerts.errors import UserError
from alerts.rates import Rates
from alerts.web.accounts import About, Accounts
from alerts.web.attempts import Attempts
from alerts.web.guard import Guard, Limits
from alerts.web.origin import HostNames
from alerts.web.pages import Static
from alerts.web.refusal import Refused, json_response
from alerts.web.sessions import Sessions
from edge.errors import BadClip
from models.label.ahead import Ahead
from models.label.answering import Answering
from models.label.book import Book
from models.label.reading import Reading
from models.label.turns import Turns

TITLE = "floorwatch label"
# A person who labels presses fast, and a page of thumbnails is asked for at once.
_LIMITS = (Rates(per_s=200, burst=2000), Rates(per_s=50, burst=200))
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Labelling:
    """What a page is about: a project's book, whose turn it is, the model that looks ahead, and
    the name that labels unless the page is told another."""

    book: Book
    turns: Turns
    ahead: Ahead
    model_sha256: str
    who: str | None

    def app(self, sessions: Sessions) -> ASGIApp:
        """To be served on loopback alone."""
        never = Attempts(free=0)  # nobody logs in
        accounts = Accounts(sessions, None, About(TITLE, None, zones=False), never, never)
        routes: list[BaseRoute] = [
            Route("/api/me", accounts.me, methods=["GET"]),
            *Reading(self.book, self.turns, self.ahead, self.model_sha256, self.who).routes(),
            *Answering(self.book, self.turns, self.model_sha256).routes(),
            *_pages(),
        ]
        app = Starlette(
            routes=routes,
            exception_handlers={
                Refused: _refused,
                HTTPException: _not_found,
                UserError: _unusable,
                BadClip: _unusable,
            },
        )
        return Guard(
            app,
            hosts=HostNames((), loopback=True),
            sessions=sessions,
            users=None,
            secure=False,
            limits=Limits(*_LIMITS),
        )


def _pages() -> list[BaseRoute]:
    own = Path(str(files("models.label").joinpath("static")))
    shared = Path(str(files("alerts.web").joinpath("static")))

    async def page(_request: Request) -> Response:
        return FileResponse(own / "label.html", media_type="text/html; charset=utf-8")

    return [
        Route("/", page, methods=["GET"]),
        Mount("/static/lang", Static(directory=own / "lang")),  # words.js asks there for ours
        Mount("/static", Static(directory=shared)),
        Mount("/label", Static(directory=own)),
    ]


async def _refused(_request: Request, refused: Exception) -> Response:
    return cast(Refused, refused).response()


async def _not_found(_request: Request, error: Exception) -> Response:
    status = cast(HTTPException, error).status_code
    return json_response({"error": "there is no such page", "code": "missing"}, status)


async def _unusable(_request: Request, error: Exception) -> Response:
    """A book or a picture that can no longer be read; said on the page, too."""
    _log.error("%s", error)
    return json_response({"error": str(error), "code": "unusable"}, 500)
