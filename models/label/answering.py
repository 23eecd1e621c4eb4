"""Answers as they come from the page, into the book, and back again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts.web.asked import body_of
from alerts.web.refusal import Refused, json_response
from models.label.asked import Answers, Redo, Undo, given
from models.label.book import Book
from models.label.turns import Turns
from models.label.words import Given


@dataclass(frozen=True)
class Answering:
    """`/api/answers`, `/api/undo`, `/api/redo`."""

    book: Book
    turns: Turns
    model_sha256: str

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/api/answers", self.answers, methods=["POST"]),
            Route("/api/undo", self.undo, methods=["POST"]),
            Route("/api/redo", self.redo, methods=["POST"]),
        ]

    async def answers(self, request: Request) -> Response:
        """Notes one press."""
        body = body_of(request, Answers)
        told = [(given(one, body.who, body.mode), one.shown) for one in body.answers]
        numbers = await run_in_threadpool(self._note, told)
        return json_response({"numbers": numbers})

    async def undo(self, request: Request) -> Response:
        """Takes the labeller's last press back; says which items it answered."""
        body = body_of(request, Undo)
        last = await run_in_threadpool(self._undo, body.who)
        return json_response(
            {"numbers": [one.number for one in last], "items": [one.item for one in last]}
        )

    async def redo(self, request: Request) -> Response:
        """Puts answers back that were undone."""
        body = body_of(request, Redo)
        numbers = await run_in_threadpool(self._redo, body)
        return json_response({"numbers": numbers})

    def _note(self, told: list[tuple[Given, bool]]) -> list[int]:
        return self.book.give([self._completed(one, shown) for one, shown in told])

    def _completed(self, one: Given, shown: bool) -> Given:
        """With what was suggested, which the page does not know where it is hidden."""
        item = self.book.item(one.item)
        if item is None:
            raise Refused(404, "missing", f"there is no item {one.item}: load the page again")
        blind = self.turns.is_blind(item, one.who)
        made = self.book.suggestion(one.item, self.model_sha256)
        known = made is not None and (shown or blind)
        return replace(
            one,
            blind=blind,
            suggested=made.answer if made is not None and known else None,
            model_sha256=self.model_sha256 if known else "",
        )

    def _undo(self, who: str) -> list[Given]:
        last = self.book.last(who)
        self.book.undo(one.number for one in last)
        return last

    def _redo(self, body: Redo) -> list[int]:
        undone = self.book.undone()
        again = [
            replace(one, redoes=one.number, at="", took_s=0.0, presses=0)
            for one in self.book.answers(body.numbers)
            if one.number in undone and one.who == body.who
        ]
        if len(again) != len(body.numbers):
            raise Refused(409, "stands", "there is nothing to put back")
        if again:
            again[0] = replace(again[0], presses=1)
        return self.book.give(again)
