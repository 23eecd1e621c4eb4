"""The pages themselves: a frame each, which the scripts fill from the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from alerts.web.accounts import VERSION, Accounts

_PAGES = {
    "/": "now.html",
    "/history": "history.html",
    "/events/{event_id}": "event.html",
    "/zones": "zones.html",
    "/login": "login.html",
}
_KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json"}


class Pages:
    """Templates and static files of this package."""

    def __init__(self, accounts: Accounts, title: str) -> None:
        self._accounts = accounts
        self._title = title
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("alerts.web"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        folder = Path(str(files("alerts.web").joinpath("static")))
        pages = [Route(path, self._page(name), methods=["GET"]) for path, name in _PAGES.items()]
        return [*pages, Mount("/static", Static(directory=folder))]

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            self._accounts.session_of(request)  # the token that its scripts ask for is of it
            template = self._templates.get_template(name)
            return HTMLResponse(template.render(title=self._title, version=VERSION))

        return page


class Static(StaticFiles):
    """As theirs, asked again each time (the browser's copy is taken if it is still the same)."""

    def file_response(self, *args: object, **more: object) -> Response:
        """One file. What a system thinks a `.js` is does not count."""
        response = super().file_response(*args, **more)  # type: ignore[arg-type] # as theirs
        response.headers["cache-control"] = "no-cache"
        kind = _KINDS.get(Path(str(args[0])).suffix)
        if kind is not None:
            response.headers["content-type"] = f"{kind}; charset=utf-8"
        return response
