"""One message that is no picture: read by the contract, held against its topic, and taken."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from alerts import moments, schema
from alerts.addressed import Address
from alerts.answers import Command
from alerts.event import PHASES, SCHEMA_VERSION, Event, Label, Path, opened_at
from alerts.inbox import Received
from alerts.ledger import latest, taking
from alerts.ledger.rows import Change
from alerts.ledger.taking import Dropped
from alerts.paging import Page
from alerts.schema import NotByContract
from alerts.standing import EventState

_WORD_MAX = 60
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refused:
    """A message that is not taken: what it is counted under, and what is wrong with it."""

    reason: str
    why: str = ""


def changed_or_refused(
    db: sqlite3.Connection, address: Address, received: Received, now: datetime
) -> Change | Refused | None:
    """As `changed`, for one of several in a transaction: what is refused changes nothing."""
    db.execute("SAVEPOINT one")
    refused: Refused
    try:
        change = changed(db, address, received, now)
    except Dropped as dropped:
        refused = Refused(str(dropped))
    except NotByContract as error:
        refused = Refused(f"{address.place} not by the contract", str(error))
    else:
        db.execute("RELEASE one")
        return change
    db.execute("ROLLBACK TO one")
    db.execute("RELEASE one")
    return refused


def changed(
    db: sqlite3.Connection,
    address: Address,
    received: Received,
    now: datetime,
) -> Change | None:
    """What the message changes, inside a transaction; None for what is not for a ledger.

    Raises `NotByContract` and `Dropped`.
    """
    heard_at = moments.to_text(now)
    match address.place:
        case "alert":
            return _event(db, address, received.payload, heard_at)
        case "state":
            return _state(db, address, received.payload, heard_at)
        case "command" | "camera_command":
            return _command(db, address, received, now)
        case "page" | "event_page":
            return _page(db, address, received.payload, heard_at)
    return _of_a_site(db, address, received.payload, heard_at)


def _event(db: sqlite3.Connection, address: Address, payload: bytes, heard_at: str) -> Change:
    try:
        event = Event.from_json(payload)
    except NotByContract as error:
        return _unknown(address, payload, error)
    if (event.site, event.camera, event.label) != (address.site, address.camera, address.label):
        raise Dropped("alert on another camera's topic")
    _dated(event.event_id)
    new = taking.take_event(db, event, heard_at)
    return Change("event", event.site, event.event_id, new, event)


def _unknown(address: Address, payload: bytes, error: NotByContract) -> Change:
    """An alert of a kind that only a newer device knows: not kept, but never invisible."""
    fields = schema.parsed(payload)
    if not isinstance(fields, dict) or not _newer(fields) or fields["camera"] != address.camera:
        raise error
    event_id, phase = fields["event_id"], fields["phase"]
    _dated(event_id)
    words = phase if phase.isprintable() else "of an unknown phase"
    _log.warning("an alert of an unknown kind: %s %.60s (update floorwatch)", event_id, words)
    told = f"{address.label} {words[:_WORD_MAX]}"
    return Change("unknown", address.site, event_id, True, told)


def _newer(fields: dict[str, Any]) -> bool:
    """Whether it is an alert, and says something that this version has no word for."""
    words = [fields.get(name) for name in ("event_id", "camera", "label", "phase", "path")]
    version = fields.get("schema_version")
    if type(version) is not int or not all(isinstance(word, str) for word in words):
        return False
    _, _, label, phase, path = words
    known = label in get_args(Label) and phase in PHASES and path in get_args(Path)
    return not known or version > SCHEMA_VERSION


def _state(db: sqlite3.Connection, address: Address, payload: bytes, heard_at: str) -> Change:
    _dated(address.event_id)
    if not payload:
        gone = taking.clear_state(db, address.site, address.event_id)
        return Change("state", address.site, address.event_id, gone, gone=True)
    state = EventState.from_json(payload)
    if (state.site, state.event_id) != (address.site, address.event_id):
        raise Dropped("state on another event's topic")
    new = taking.take_state(db, state, heard_at)
    return Change("state", state.site, state.event_id, new, state)


def _command(db: sqlite3.Connection, address: Address, received: Received, now: datetime) -> Change:
    if received.retain:  # it would answer again whenever somebody connects
        raise Dropped("answer retained")
    answer = Command.from_payload(received.topic, received.payload, now)
    if address.place == "camera_command":
        return Change("camera_command", address.site, address.camera, True, answer)
    _dated(address.event_id)
    heard_at = moments.to_text(now)
    new = taking.take_answer(db, address.site, address.event_id, answer, heard_at)
    return Change("command", address.site, address.event_id, new, answer)


def _page(db: sqlite3.Connection, address: Address, payload: bytes, heard_at: str) -> Change:
    page = Page.from_json(payload)
    if page.site != address.site or address.recipient not in {"", page.recipient}:
        raise Dropped("page on another recipient's topic")
    if address.event_id not in {"", page.event_id}:
        raise Dropped("page on another event's topic")
    try:
        opened_at(page.event_id)
    except ValueError:  # of a camera that went blind: there is no event to note it with
        return Change("page", page.site, page.event_id, True, page)
    new = taking.take_page(db, page, heard_at)
    return Change("page", page.site, page.event_id, new, page)


def _of_a_site(
    db: sqlite3.Connection,
    address: Address,
    payload: bytes,
    heard_at: str,
) -> Change | None:
    gone = not payload
    match address.place:
        case "health" if gone:
            new = latest.forget_camera(db, address)
            return Change("health", address.site, address.camera, new, gone=True)
        case "health":
            told = latest.health_in(payload, address)
            new = latest.take_health(db, address, told)
            return Change("health", address.site, address.camera, new, told)
        case "availability" | "desk" as column:
            new = latest.take_word(db, column, address, payload, heard_at)
            word = payload.decode("ascii") or None
            return Change(column, address.site, "", new, word, gone=gone)
        case "status":
            fields = None if gone else schema.read("status", payload)
            new = latest.take_status(db, address, fields)
            return Change("status", address.site, "", new, gone=gone)
    return None


def _dated(event_id: str) -> None:
    """An id whose time there is: events are put in order by it."""
    try:
        opened_at(event_id)
    except ValueError as error:
        raise NotByContract(str(error)) from error
