"""What a page may ask and send: bodies and queries, held against what is allowed."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta, timezone
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from alerts import moments
from alerts.answers import Action
from alerts.schema import NotByContract, parsed
from alerts.web.guard import Visitor
from alerts.web.refusal import Refused
from alerts.web.users import ROLES, Role

LIMIT_MAX = 200
_LIMIT = 50
_TEXT_MAX = 200

Body = TypeVar("Body", bound="Given")


class Given(BaseModel):
    """A body: no key unknown, nothing bent into another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Login(Given):
    """Who says they are who."""

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class Nothing(Given):
    """An empty object."""


class Answer(Given):
    """What somebody presses. A `command_id` of the page's own makes a second try harmless."""

    action: Action
    note: str = Field(default="", max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")
    command_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")


def visitor_of(request: Request) -> Visitor:
    """Who asks; the guard has found out."""
    found: Visitor = request.state.visitor
    return found


def need(request: Request, role: Role) -> Visitor:
    """Who asks, if they may what a `role` may. Raises `Refused`."""
    visitor = visitor_of(request)
    if visitor.role is None:
        raise Refused(401, "login", "log in first")
    if ROLES.index(visitor.role) < ROLES.index(role):
        raise Refused(403, "role", f"this needs the role {role}; yours is {visitor.role}")
    return visitor


def body_of(request: Request, kind: type[Body]) -> Body:
    """The body of a request. Raises `Refused` with one line that says what is wrong."""
    try:
        # Parsed by ours, which refuses what is nested too deep, NaN, and half a surrogate; and
        # by way of JSON again, where pydantic is strict about kinds yet takes lists for tuples.
        return kind.model_validate_json(json.dumps(parsed(request.state.body)))
    except NotByContract as error:
        raise Refused(400, "wrong", str(error)[:300]) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step)[:40] for step in first["loc"]) or "the message"
        raise Refused(422, "wrong", f"{where}: {first['msg']}"[:300], field=where) from None


def text_asked(request: Request, name: str) -> str | None:
    """A text of the query; None if it is not there, or empty. Raises `Refused`."""
    text = request.query_params.get(name, "")
    if len(text) > _TEXT_MAX or not text.isprintable():
        raise Refused(400, "wrong", f"{name}: too long, or with control characters")
    return text or None


def number_asked(request: Request, name: str, usual: int, most: int) -> int:
    """A whole number of the query, from 1 to `most`. Raises `Refused`."""
    text = request.query_params.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= most):
        raise Refused(400, "wrong", f"{name}: write a whole number from 1 to {most}")
    return int(text)


def limit_asked(request: Request) -> int:
    """How many are asked for."""
    return number_asked(request, "limit", _LIMIT, LIMIT_MAX)


def moment_asked(request: Request, name: str, *, end: bool = False) -> datetime | None:
    """An instant of the query: RFC 3339, or a day, meant whole (by this machine's clock), whose
    `end` is asked for or its beginning. Raises `Refused`."""
    text = text_asked(request, name)
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-20"):
            day = datetime.combine(datetime.fromisoformat(text).date(), time())
            return (day + timedelta(days=1) if end else day).astimezone(timezone.utc)
        return moments.to_utc_ms(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except (ValueError, OverflowError):
        words = "write a day, 2026-11-20, or an instant, 2026-11-20T17:45:00.000Z"
        raise Refused(400, "wrong", f"{name}: {words}") from None
