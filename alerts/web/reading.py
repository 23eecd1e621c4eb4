"""What pages read: the overview, events, pictures, counts, and the stream of changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from alerts import moments
from alerts.ledger import BadQuery, Ledger, Query, Row
from alerts.standing import STANDINGS, UNTAKEN, Standing
from alerts.web.asked import limit_asked, moment_asked, need, number_asked, text_asked
from alerts.web.broadcast import Broadcast
from alerts.web.evidence import EvidenceFolder, given
from alerts.web.feed import Feed
from alerts.web.guard import Visitor
from alerts.web.news import News, offset_minutes, week
from alerts.web.refusal import Refused, json_response
from alerts.web.stream import Places, Stream
from alerts.web.views import (
    Addresses,
    count_view,
    event_view,
    site_view,
    story_view,
    waits,
)

_OPEN_MAX, _OLDEST = 500, 100
_DAYS = 30
_DAYS_MAX = 366


class Reading:
    """For everybody who is logged in. The functions are run in threads: they read from disk."""

    def __init__(
        self, ledger: Ledger, news: News, addresses: Addresses, folder: EvidenceFolder | None, *,
        feed: Feed, title: str,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._news = news
        self._addresses = addresses
        self._folder = folder
        self._feed = feed
        self._title = title

    def routes(self) -> list[BaseRoute]:
        """Where it is."""
        camera = "/api/cameras/{site}/{camera}/snapshot"
        return [
            Route("/api/overview", self.overview, methods=["GET"]),
            Route("/api/events", self.events, methods=["GET"]),
            Route("/api/events/{event_id}", self.event, methods=["GET"]),
            Route("/api/events/{event_id}/snapshot", self.snapshot, methods=["GET"]),
            Route("/api/events/{event_id}/plain", self.plain, methods=["GET"]),
            Route("/api/events/{event_id}/clip", self.clip, methods=["GET"]),
            Route(camera, self.camera_snapshot, methods=["GET"]),
            Route("/api/cameras/{site}/{camera}/view", self.view, methods=["GET"]),
            Route("/api/history/counts", self.counts, methods=["GET"]),
        ]

    def overview(self, request: Request) -> Response:
        """Everything the first page shows."""
        need(request, "viewer")
        now = moments.now()
        waiting = self._waiting(now)
        counts, today = week(self._ledger)
        return json_response(
            {
                "now": moments.to_text(now),
                "title": self._title,
                "broker": self._feed.line.view(),
                "sites": [site_view(row) for row in self._ledger.sites()],
                "cameras": [
                    self._news.camera(row, counts, today) for row in self._ledger.cameras()
                ],
                "open": [event_view(row, self._addresses) for row in waiting],
                **self._news.counted(),
            }
        )

    def _waiting(self, now: datetime) -> list[Row]:
        """What somebody has to see to; of very many those that nobody has taken, the newest and
        the oldest of them, before the others."""
        newest = self._ledger.events(Query(standing=UNTAKEN, limit=_OPEN_MAX))
        if len(newest) == _OPEN_MAX:
            oldest = Query(standing=UNTAKEN, limit=_OLDEST, oldest_first=True)
            newest = [*newest[:-_OLDEST], *self._ledger.events(oldest)]
        room = _OPEN_MAX - len(newest)
        taken = Query(standing=("acknowledged",), limit=max(1, room))
        found = newest + self._ledger.events(taken)[:room]
        found = list({(row.event_id, row.site): row for row in found}.values())
        found.sort(key=lambda row: row.cursor, reverse=True)
        return [row for row in found if waits(row, now)]

    def events(self, request: Request) -> Response:
        """A page of the history, newest first."""
        need(request, "viewer")
        limit = limit_asked(request)
        try:
            rows = self._ledger.events(self._query(request, limit))
        except BadQuery as error:
            raise Refused(400, "wrong", str(error)) from None
        return json_response(
            {
                "events": [event_view(row, self._addresses) for row in rows],
                "next": rows[-1].cursor if len(rows) == limit else None,
                "now": moments.to_text(moments.now()),
            }
        )

    def event(self, request: Request) -> Response:
        """All about one event."""
        row = self._row(request)
        return json_response(
            {
                "event": event_view(row, self._addresses),
                **story_view(self._ledger.story(row)),
                "now": moments.to_text(moments.now()),
            }
        )

    def snapshot(self, request: Request) -> Response:
        """The picture of an event."""
        row = self._row(request)
        file = row.event.evidence.snapshot if row.event is not None else None
        kept = None if self._folder is None else self._folder.path(file)
        return given(kept or self._ledger.snapshot(row.event_id, row.site), "image/jpeg")

    def plain(self, request: Request) -> Response:
        """The picture of an event with nothing drawn into it."""
        row = self._row(request)
        file = row.event.evidence.plain if row.event is not None else None
        kept = None if self._folder is None else self._folder.path(file)
        return given(kept or self._ledger.plain(row.event_id, row.site), "image/jpeg")

    def clip(self, request: Request) -> Response:
        """The clip of an event, or a piece of it."""
        row = self._row(request)
        file = row.event.evidence.clip if row.event is not None else None
        kept = None if self._folder is None else self._folder.path(file)
        return given(kept or self._ledger.clip(row.event_id, row.site), "video/mp4")

    def camera_snapshot(self, request: Request) -> Response:
        """The last picture of a camera."""
        need(request, "viewer")
        names = request.path_params
        return given(self._ledger.camera_snapshot(names["site"], names["camera"]), "image/jpeg")

    def view(self, request: Request) -> Response:
        """What a camera shows that cannot see."""
        need(request, "viewer")
        names = request.path_params
        return given(self._ledger.view(names["site"], names["camera"]), "image/jpeg")

    def counts(self, request: Request) -> Response:
        """How many events there were, by day, camera and label."""
        need(request, "viewer")
        days = number_asked(request, "days", _DAYS, _DAYS_MAX)
        until = moments.now() + timedelta(days=1)
        since = until - timedelta(days=days + 1)
        wanted = {name: text_asked(request, name) for name in ("site", "camera", "label")}
        found = [
            count_view(one)
            for one in self._ledger.counts(since, until, offset_minutes())
            if all(value is None or getattr(one, name) == value for name, value in wanted.items())
        ]
        return json_response(
            {
                "days": found,
                "from": moments.to_text(since),
                "until": moments.to_text(until),
                "now": moments.to_text(moments.now()),
            }
        )

    def picture_of(self, site: str, camera: str) -> str | None:
        """The address of a camera's last picture."""
        for row in self._ledger.cameras():
            if (row.site, row.camera) == (site, camera):
                return self._addresses.camera(row)
        return None

    def _row(self, request: Request) -> Row:
        need(request, "viewer")
        row = self._ledger.event(request.path_params["event_id"])
        if row is None:
            raise Refused(404, "missing", "there is no such event")
        return row

    @staticmethod
    def _query(request: Request, limit: int) -> Query:
        standings = tuple((text_asked(request, "standing") or "").split(","))
        if unknown := [one for one in standings if one and one not in STANDINGS]:
            allowed = ", ".join(STANDINGS)
            raise Refused(400, "wrong", f"standing: no such one as {unknown[0]!r}; {allowed}")
        return Query(
            standing=cast(tuple[Standing, ...], tuple(filter(None, standings))),
            label=text_asked(request, "label") or "",
            camera=text_asked(request, "camera") or "",
            site=text_asked(request, "site") or "",
            text=text_asked(request, "text") or "",
            opened_from=moment_asked(request, "from"),
            opened_until=moment_asked(request, "until", end=True),
            limit=limit,
            cursor=request.query_params.get("cursor", ""),
        )


class Streaming:
    """`GET /api/stream`. `alive` says whether a visitor's session still is."""

    def __init__(
        self, broadcast: Broadcast, places: Places, alive: Callable[[Visitor], bool],
        heartbeat_s: float,
    ) -> None:  # fmt: skip
        self._broadcast = broadcast
        self._places = places
        self._alive = alive
        self._heartbeat_s = heartbeat_s

    def route(self) -> Route:
        """Where it is."""
        return Route("/api/stream", self, methods=["GET"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One page's, until it ends."""
        request = Request(scope)
        visitor = need(request, "viewer")
        if request.method == "HEAD":
            raise Refused(405, "method", "a stream is read, not asked about")
        last_id = request.headers.get("last-event-id") or request.query_params.get("last")
        with self._places.taken(visitor.key):
            stream = Stream(
                self._broadcast,
                None if last_id is None else last_id[:64],
                lambda: self._alive(visitor),
                self._heartbeat_s,
            )
            await stream(scope, receive, send)
