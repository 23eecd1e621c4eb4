"""What is made of answers that come by HTTP: who may answer, and what is said. No network here.

A webhook that comes again, replayed or retried, has the same id and makes the same `command_id`:
the desk knows it again. What is older than five minutes is refused.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from alerts import moments, schema, signing
from alerts.answers import ACTIONS, Command
from alerts.desk import hook_page
from alerts.desk.links import BadLink, Links
from alerts.errors import DiskRefused

_JSON, _HTML = "application/json", "text/html; charset=utf-8"
_EVENT_ID_LENGTH_MAX = 200

TakeAnswer = Callable[[str, Command], bool]


@dataclass(frozen=True)
class Answer:
    """What is answered to a request."""

    status: int
    body: bytes
    kind: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Answering:
    """Hands each answer to `take`: False from it means that there is no such event, `DiskRefused`
    that it cannot be kept now. Without `keys` no webhook is taken, without `links` no link.
    `about` says in one line what an event is. `refused` counts the answers not taken."""

    def __init__(
        self,
        take: TakeAnswer,
        keys: Sequence[bytes] = (),
        links: Links | None = None,
        about: Callable[[str], str] = lambda _event_id: "",
    ) -> None:
        self.refused = 0
        self._take = take
        self._keys = tuple(keys)
        self._links = links
        self._about = about

    def webhook(self, given: Mapping[str, str], body: bytes) -> Answer:
        """A signed answer of a program."""
        try:
            ident, _ = signing.verified(self._keys, given, body, time.time())
            event_id, command = _command(ident, body)
        except signing.NotSigned as error:
            return self.no(401, str(error))
        except schema.NotByContract as error:
            return self.no(400, str(error))
        try:
            known = self._take(event_id, command)
        except DiskRefused:
            return self.no(503, "the desk's disk refuses; try again")
        if not known:
            return self.no(404, "no such event")
        return _told(202, {"command_id": command.command_id})

    def press(self, token: str, body: bytes, accepted: str) -> Answer:
        """A press on the page behind a link."""
        if self._links is None:
            return self._page(404, hook_page.refused("wrong", accepted))
        try:
            ticket = self._links.read(token)
            form = parse_qs(body.decode("utf-8"), max_num_fields=10)
            action, note = form.get("action", [""])[0], form.get("note", [""])[0]
            command = _made(secrets.token_hex(16), action, ticket.who, note)
            known = self._take(ticket.event_id, command)
        except BadLink as error:
            why = "expired" if error.expired else "wrong"
            return self._page(410 if error.expired else 404, hook_page.refused(why, accepted))
        except ValueError:  # of a form that is not ours; NotByContract is one too
            return self._page(400, hook_page.refused("wrong", accepted))
        except DiskRefused:
            return self._page(503, hook_page.refused("later", accepted))
        if not known:
            return self._page(404, hook_page.refused("unknown", accepted))
        return Answer(202, hook_page.answered(command.action, accepted), _HTML, hook_page.HEADERS)

    def ask(self, token: str, accepted: str) -> Answer:
        """The page behind a link."""
        if self._links is None:
            return self._page(404, hook_page.refused("wrong", accepted))
        try:
            ticket = self._links.read(token)
        except BadLink as error:
            why = "expired" if error.expired else "wrong"
            return self._page(410 if error.expired else 404, hook_page.refused(why, accepted))
        about = self._about(ticket.event_id)
        page = hook_page.asking(about, ticket.who, ticket.event_id, accepted)
        return Answer(200, page, _HTML, hook_page.HEADERS)

    def no(self, status: int, words: str) -> Answer:
        """A request that is not answered otherwise."""
        self.refused += 1
        return _told(status, {"error": words})

    def _page(self, status: int, page: bytes) -> Answer:
        self.refused += 1
        return Answer(status, page, _HTML, hook_page.HEADERS)


def _command(ident: str, body: bytes) -> tuple[str, Command]:
    fields = schema.parsed(body)
    if not isinstance(fields, dict):
        raise schema.NotByContract("the message: not an object")
    told = {name: fields.get(name, "") for name in ("event_id", "action", "who", "note")}
    for name, value in told.items():
        if not isinstance(value, str):
            raise schema.NotByContract(f"{name}: not a text")
    event_id = told["event_id"]
    if not event_id or len(event_id) > _EVENT_ID_LENGTH_MAX:
        raise schema.NotByContract("event_id: missing; name the event")
    digest = hashlib.sha256(f"webhook {ident}".encode()).hexdigest()[:32]
    return event_id, _made(digest, told["action"], told["who"] or "webhook", told["note"])


def _made(command_id: str, action: str, who: str, note: str) -> Command:
    for known in ACTIONS:
        if action == known:
            command = Command(command_id, known, who, moments.now(), note, "webhook")
            command.to_json()  # raises for a name or a note that the contract does not allow
            return command
    raise schema.NotByContract(f"action: one of {', '.join(ACTIONS)}")


def _told(status: int, fields: Mapping[str, str]) -> Answer:
    return Answer(status, json.dumps(fields).encode() + b"\n")
