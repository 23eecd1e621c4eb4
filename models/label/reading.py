"""What the page reads: whose turn it is, items, pictures and clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from alerts.web.asked import number_asked
from alerts.web.refusal import Refused, json_response
from models.label import footage
from models.label.ahead import Ahead
from models.label.asked import numbers_asked, who_asked
from models.label.book import Book
from models.label.told import Teller
from models.label.turns import Turns
from models.label.words import Item

_NEXT_MAX, _TILES, _TILES_MAX = 20, 9, 60
_WIDTH_PX, _WIDTH_PX_MAX = 1600, 4096
_KEPT = {"cache-control": "private, max-age=86400"}  # an item's picture never changes


@dataclass(frozen=True)
class Reading:
    """`/api/label`, `/api/work`, `/api/next`, `/api/page`, `/api/items/N`, `/media/N` and
    `/clip/N`, of a book; `who` labels unless the page is told another."""

    book: Book
    turns: Turns
    ahead: Ahead
    model_sha256: str
    who: str | None

    @property
    def _teller(self) -> Teller:
        return Teller(self.book, self.turns, self.ahead, self.model_sha256)

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/api/label", self.about, methods=["GET"]),
            Route("/api/work", self.work, methods=["GET"]),
            Route("/api/next", self.next, methods=["GET"]),
            Route("/api/page", self.page, methods=["GET"]),
            Route("/api/items/{number:int}", self.item, methods=["GET"]),
            Route("/media/{number:int}", self.media, methods=["GET"]),
            Route("/clip/{number:int}", self.clip, methods=["GET"]),
        ]

    async def about(self, _request: Request) -> Response:
        """Who may label here by name, and whether a model helps."""
        labellers = await run_in_threadpool(self.book.labellers)
        fields = {"who": self.who, "labellers": labellers}
        return json_response({**fields, "model": bool(self.model_sha256)})

    async def work(self, request: Request) -> Response:
        """How far one is."""
        return json_response(await run_in_threadpool(self._teller.work, who_asked(request)))

    async def next(self, request: Request) -> Response:
        """The next items to answer one by one; those in `without` are on the page already."""
        who, without = who_asked(request), numbers_asked(request, "without")
        count = number_asked(request, "count", 1, _NEXT_MAX)
        return json_response(await run_in_threadpool(self._next, who, count, without))

    def _next(self, who: str, count: int, without: tuple[int, ...]) -> dict[str, object]:
        left = self.turns.left(who)
        coming = [item for item in left if item.number not in without][:count]
        if coming:
            self.ahead.want([item.number for item in coming])
        items = [self._teller.item(item, who) for item in coming]
        return {"items": items, "left": len(left)}

    async def page(self, request: Request) -> Response:
        """The next page of pictures that have the same suggestion."""
        who, without = who_asked(request), numbers_asked(request, "without")
        count = number_asked(request, "count", _TILES, _TILES_MAX)
        return json_response(await run_in_threadpool(self._page, who, count, without))

    def _page(self, who: str, count: int, without: tuple[int, ...]) -> dict[str, object]:
        found = self.turns.page(who, count, without)
        if found is None:
            return {"answer": None, "items": []}
        items = [self._teller.item(item, who) for item in found.items]
        return {"answer": found.answer, "items": items}

    async def item(self, request: Request) -> Response:
        """One item."""
        who, item = who_asked(request), await run_in_threadpool(self._item, request)
        return json_response(await run_in_threadpool(self._teller.item, item, who))

    async def media(self, request: Request) -> Response:
        """An item's picture, no wider than `w`; of a clip its middle."""
        width_px = number_asked(request, "w", _WIDTH_PX, _WIDTH_PX_MAX)
        item = await run_in_threadpool(self._item, request)
        kind = footage.PICTURES_SHOWN.get(item.path.suffix.lower())
        if kind is not None and item.at_s is None and 0 < item.width_px <= width_px:
            return _file(item.path, kind)
        data = await run_in_threadpool(footage.jpeg, item, width_px)
        return Response(data, headers=_KEPT, media_type="image/jpeg")

    async def clip(self, request: Request) -> Response:
        """A clip as browsers play it, in pieces if they ask for them."""
        item = await run_in_threadpool(self._item, request)
        path = await run_in_threadpool(self.ahead.play, item)
        if path is None:
            why = self.ahead.fault(item.number)
            if why is not None:
                raise Refused(404, "fault", why)
            raise Refused(503, "making", "this clip is being made ready", retry_after_s=1)
        return _file(path, footage.kind_played(path))

    def _item(self, request: Request) -> Item:
        found = self.book.item(int(request.path_params["number"]))
        if found is None:
            raise Refused(404, "missing", "there is no such item: load the page again")
        return found


def _file(path: Path, kind: str) -> FileResponse:
    try:
        return FileResponse(path, media_type=kind, headers=_KEPT, stat_result=path.stat())
    except OSError:
        raise Refused(404, "missing", f"{path} is no longer there: put it back") from None
