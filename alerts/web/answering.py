"""Answers: one press on a page becomes one command at the broker."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts import moments
from alerts.answers import Command
from alerts.ledger import Ledger
from alerts.ports import Message
from alerts.topics import Topics
from alerts.web.asked import Answer, body_of, need
from alerts.web.news import News
from alerts.web.presses import Outcome, Press, Presses
from alerts.web.refusal import Refused, json_response

_PATIENCE_S = 0.5  # for a broker that is there: most answers are sent within a few milliseconds


class Answering:
    """`POST /api/events/{id}/answer`, for responders and admins."""

    def __init__(self, prefix: str, ledger: Ledger, presses: Presses, news: News) -> None:
        self._prefix = prefix
        self._ledger = ledger
        self._presses = presses
        self._news = news

    def routes(self) -> list[Route]:
        """Where it is. Run in a thread: it waits for the broker, a moment."""
        return [Route("/api/events/{event_id}/answer", self.answer, methods=["POST"])]

    def answer(self, request: Request) -> Response:
        """Sends it, and says whether the broker has it; if not yet, that it waits."""
        visitor = need(request, "responder")
        given = body_of(request, Answer)
        row = self._ledger.event(request.path_params["event_id"])
        if row is None:
            raise Refused(404, "missing", "there is no such event")
        command = Command(
            command_id=given.command_id or secrets.token_hex(16),
            action=given.action,
            who=visitor.name or "dashboard",
            at=moments.now(),
            note=given.note,
            via="dashboard",
        )
        topic = Topics(self._prefix, row.site).event_command(row.event_id)

        def then(outcome: Outcome) -> None:
            self._news.command(
                row.event_id, command.command_id, sent=outcome.sent, trouble=outcome.trouble
            )

        # Of this event and this person alone: nobody can take another's number away.
        key = f"{row.event_id}\0{command.who}\0{command.command_id}"
        press = self._presses.put(Press(key, Message(topic, command.to_json().encode()), then))
        if press is None:
            raise Refused(503, "full", "too many answers wait for the broker", retry_after_s=5)
        if press.outcome.trouble is None:
            press.settled.wait(_PATIENCE_S)
        outcome = press.outcome
        return json_response(
            {
                "command_id": command.command_id,
                "sent": outcome.sent,
                "trouble": outcome.trouble,
                "now": moments.to_text(moments.now()),
            }
        )
