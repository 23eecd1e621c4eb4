"""States on their way from the book to the broker."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import Lease
from alerts.standing import EventState

_CORRECT_AGAIN_S = 60.0  # two desks that know nothing of each other must not shout each other down


@dataclass(frozen=True)
class Untold:
    """The last state of an event, which the broker may not have; an empty payload clears it."""

    event_id: str
    version: int
    payload: bytes


def next_states(lease: Lease, site: str, limit: int) -> list[Untold]:
    """Some that are to be told, the newest event's first. Raises `DiskRefused`."""
    rows = lease.file.rows(
        "SELECT event_id, version, payload FROM state WHERE site = ? AND told = 0"
        " ORDER BY event_id DESC LIMIT ?",
        site,
        limit,
    )
    return [Untold(event_id, version, bytes(payload)) for event_id, version, payload in rows]


def told(lease: Lease, states: Sequence[Untold]) -> None:
    """The broker has these. Raises `LeaseLost` or `DiskRefused`."""
    with lease.writing() as db:
        db.executemany(
            "UPDATE state SET told = 1 WHERE event_id = ? AND version = ?",
            [(state.event_id, state.version) for state in states],
        )


def tell_again(db: sqlite3.Connection) -> None:
    """For a new holder, of what is not over: the broker may have lost it, or have an older one."""
    db.execute(
        "UPDATE state SET told = 0 WHERE event_id IN"
        " (SELECT event_id FROM life WHERE standing IN ('open', 'escalated', 'acknowledged'))"
    )


def is_ours(file: DeskFile, event_id: str, payload: bytes) -> bool:
    """Whether it is what the book says is the last, byte for byte."""
    found = file.rows("SELECT payload FROM state WHERE event_id = ?", event_id)
    return bool(found) and bytes(found[0][0]) == payload


def is_foreign(file: DeskFile, state: EventState, desk: str) -> bool:
    """Whether the broker was given a state that is not what the book says is the last."""
    rows = file.rows("SELECT version, payload FROM state WHERE event_id = ?", state.event_id)
    if not rows or not rows[0][1]:
        return False
    version, payload = int(rows[0][0]), bytes(rows[0][1])
    if state.desk == desk and state.version <= version:
        return False  # our own, overtaken by what is on its way
    return state.version < version or payload != state.to_json().encode()


def is_former(file: DeskFile, state: EventState, desk: str) -> bool:
    """Whether it is our own, of a book that we have lost: ours has not come so far."""
    rows = file.rows("SELECT version FROM state WHERE event_id = ?", state.event_id)
    return state.desk == desk and bool(rows) and int(rows[0][0]) < state.version


def correct(lease: Lease, event_id: str) -> bool:
    """The right state is to be told once more; now and then at most. Raises as `told`."""
    now_s = time.monotonic()
    with lease.writing() as db:
        changed = db.execute(
            "UPDATE state SET told = 0, asked_at_s = ? WHERE event_id = ? AND"
            " (asked_at_s = 0 OR ? - asked_at_s > ? OR asked_at_s > ?)",
            (now_s, event_id, now_s, _CORRECT_AGAIN_S, now_s),
        ).rowcount
    return changed > 0
