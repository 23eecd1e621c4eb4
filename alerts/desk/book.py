"""The book: every life, every page that is to go out, every state that is to be told.

What the rules ask for is written here in one transaction with the life that asked, and only then
done by anybody. All functions take the connection of such a transaction (`Lease.writing`), so that
nothing is written by a desk that no longer acts.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from alerts import moments
from alerts.desk.life import next_due_s
from alerts.desk.record import EventLife, Why
from alerts.paging import Page
from alerts.standing import EventState

_LIVES = TypeAdapter(EventLife)


@dataclass(frozen=True)
class PlannedPage:
    """A page, which round of its event's chain it belongs to, and why it goes out. `perhaps_told`:
    it may have gone out before, as far as a book that was lost knew."""

    page: Page
    round: int
    why: Why
    perhaps_told: bool = False


def life_of(db: sqlite3.Connection, event_id: str) -> EventLife | None:
    """How that event stands, if it is known."""
    row = db.execute("SELECT life FROM life WHERE event_id = ?", (event_id,)).fetchone()
    return None if row is None else _LIVES.validate_json(row[0])


def due(db: sqlite3.Connection, now_s: float, limit: int) -> list[str]:
    """The ids of those that time changes by now, the longest due first."""
    rows = db.execute(
        "SELECT event_id FROM life WHERE due_s <= ? ORDER BY due_s LIMIT ?", (now_s, limit)
    ).fetchall()
    return [str(row[0]) for row in rows]


def set_aside(db: sqlite3.Connection, event_id: str) -> tuple[str, str | None, str | None]:
    """It is due no more; gives its site, camera and label."""
    db.execute("UPDATE life SET due_s = NULL WHERE event_id = ?", (event_id,))
    row = db.execute(
        "SELECT site, camera, label FROM life WHERE event_id = ?", (event_id,)
    ).fetchone()
    return row[0], row[1], row[2]


def newest_of_camera(
    db: sqlite3.Connection, site: str, camera: str, standings: Collection[str]
) -> str | None:
    """The id of a camera's newest event that stands so: an incident, before that it cannot see."""
    rows = db.execute(
        "SELECT event_id, standing FROM life WHERE site = ? AND camera = ? AND label IS NOT NULL"
        " ORDER BY label = 'camera', opened_at DESC LIMIT 1000",
        (site, camera),
    )
    return next((str(event_id) for event_id, standing in rows if standing in standings), None)


def blind(db: sqlite3.Connection) -> list[EventLife]:
    """The lives of cameras and sites that went blind and whose end was not yet seen. What cannot
    be read is left out: it is set aside when it is due."""
    found = []
    for (text,) in db.execute("SELECT life FROM life WHERE label IS NULL").fetchall():
        with contextlib.suppress(ValidationError):
            found.append(_LIVES.validate_json(text))
    return [life for life in found if life.ongoing]


def keep_life(db: sqlite3.Connection, life: EventLife) -> None:
    """Writes down how it stands."""
    about = life.subject
    db.execute(
        "INSERT OR REPLACE INTO life (event_id, site, camera, label, opened_at, standing, stood_s,"
        " due_s, life) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (about.event_id, about.site, about.camera, about.label, moments.to_text(about.opened_at),
         life.standing, life.stood_s, next_due_s(life), _LIVES.dump_json(life).decode()),
    )  # fmt: skip


def plan_pages(db: sqlite3.Connection, pages: Iterable[PlannedPage], now_s: float) -> None:
    """Puts down what is to go out. One that is there already is not put down again."""
    for planned in pages:
        page = planned.page
        db.execute(
            "INSERT OR IGNORE INTO page (page_id, event_id, round, step, why, recipient, state,"
            " due_s, put_s, page, perhaps_told) VALUES (?, ?, ?, ?, ?, ?, 'planned', ?, ?, ?, ?)",
            (page.page_id, page.event_id, planned.round, page.step, planned.why, page.recipient,
             now_s, now_s, page.to_json(), planned.perhaps_told),
        )  # fmt: skip


def silence(db: sqlite3.Connection, event_id: str) -> None:
    """Takes back what has not gone out. What is just going out goes."""
    db.execute(
        "UPDATE page SET state = 'taken_back' WHERE event_id = ? AND state = 'planned'", (event_id,)
    )


def keep_state(db: sqlite3.Connection, state: EventState) -> None:
    """The state is to be told; what it replaces need not be any more."""
    _keep_payload(db, state.event_id, state.site, state.version, state.to_json().encode())


def keep_told_state(db: sqlite3.Connection, state: EventState) -> None:
    """The broker has this state already: it is the last."""
    keep_state(db, state)
    db.execute("UPDATE state SET told = 1 WHERE event_id = ?", (state.event_id,))


def clear_old(db: sqlite3.Connection, before_s: float, limit: int) -> int:
    """Has the broker forget states that have stood since before then, on the desk's clock, and
    forgets their events once it has. Gives how many it began with."""
    rows = db.execute(
        "SELECT life.event_id, life.site, CASE WHEN json_valid(life.life)"
        " THEN json_extract(life.life, '$.version') ELSE 0 END FROM life"
        " LEFT JOIN state ON state.event_id = life.event_id AND state.payload = x''"
        " WHERE stood_s < ? AND state.event_id IS NULL AND label IS NOT NULL LIMIT ?",
        (before_s, limit),
    ).fetchall()
    for event_id, site, version in rows:
        _keep_payload(db, event_id, site, int(version) + 1, b"")
    db.execute(
        "DELETE FROM life WHERE stood_s < ? AND (label IS NULL OR event_id IN"
        " (SELECT event_id FROM state WHERE payload = x'' AND told = 1))",
        (before_s,),
    )
    db.execute("DELETE FROM state WHERE payload = x'' AND told = 1")
    db.execute("DELETE FROM page WHERE put_s < ? AND state <> 'planned'", (before_s,))
    return len(rows)


def _keep_payload(
    db: sqlite3.Connection, event_id: str, site: str, version: int, payload: bytes
) -> None:
    db.execute(
        "INSERT INTO state (event_id, site, version, payload) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (event_id) DO UPDATE SET version = excluded.version,"
        " payload = excluded.payload, told = 0",
        (event_id, site, version, payload),
    )
