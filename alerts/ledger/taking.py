"""How one message changes the tables. Each function is called inside a transaction, and says
whether anything became different."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Literal

from alerts import moments
from alerts.answers import Command
from alerts.event import Event
from alerts.paging import Page
from alerts.standing import EventState

SAID_MAX = 200  # of each kind and event; the last ones are kept

SaidKind = Literal["phase", "state", "command", "page"]


class Dropped(Exception):
    """A message that is not taken. The text is the reason it is counted under."""


def take_event(db: sqlite3.Connection, event: Event, heard_at: str) -> bool:
    """One phase. New is what was not told before, whatever came meanwhile."""
    row = _row(db, event.event_id, event.site, heard_at)
    if row["seq"] is not None and (row["camera"], row["label"]) != (event.camera, event.label):
        raise Dropped("alert with the id of another one")
    text = event.to_json()
    new = _say(
        db, (event.event_id, event.site, "phase"), _padded(event.seq), _padded(event.seq), text
    )
    changes: dict[str, Any] = {}
    if row["seq"] is None or _later(event, text, row):
        zone = event.zone
        changes |= {"camera": event.camera, "label": event.label, "zone": zone, "known": 1}
        changes |= {"seq": event.seq, "latest": text}
    if row["first_seq"] is None or _earlier(event, text, row):
        changes |= {"first_seq": event.seq, "first": text}
    _change(db, row, changes)
    return new


def _later(event: Event, text: str, row: sqlite3.Row) -> bool:
    if event.seq != row["seq"]:
        return bool(event.seq > row["seq"])
    return _preferred(text) < _preferred(row["latest"])


def _earlier(event: Event, text: str, row: sqlite3.Row) -> bool:
    if event.seq != row["first_seq"]:
        return bool(event.seq < row["first_seq"])
    return _preferred(text) < _preferred(row["first"])


def _preferred(text: str) -> tuple[bool, str]:
    """Of two copies of a phase the one told live, then any, but always the same one."""
    return bool(json.loads(text)["replayed"]), text


def take_state(db: sqlite3.Connection, state: EventState, heard_at: str) -> bool:
    """One state. New is what holds now: a lower version never replaces a higher."""
    row = _row(db, state.event_id, state.site, heard_at)
    text = state.to_json()
    _say(
        db,
        (state.event_id, state.site, "state"),
        _padded(state.version),
        _padded(state.version),
        text,
    )
    if row["state"] is not None and (state.version, text) <= (row["version"], row["state"]):
        return False
    changes = {"version": state.version, "state": text, "standing": state.standing, "known": 1}
    if row["seq"] is None:
        changes |= {"camera": state.camera, "label": state.label, "zone": state.zone}
    _change(db, row, changes)
    return True


def clear_state(db: sqlite3.Connection, site: str, event_id: str) -> bool:
    """The desk has taken the state off the broker: history from here on."""
    changed = db.execute(
        "UPDATE event SET cleared = version WHERE event_id = ? AND site = ? AND cleared < version",
        (event_id, site),
    )
    return changed.rowcount > 0


def take_answer(
    db: sqlite3.Connection, site: str, event_id: str, answer: Command, heard_at: str
) -> bool:
    """One answer. New is one with an id that was not there before."""
    _row(db, event_id, site, heard_at)
    key = answer.command_id
    return _say(db, (event_id, site, "command"), key, moments.to_text(answer.at), answer.to_json())


def take_page(db: sqlite3.Connection, page: Page, heard_at: str) -> bool:
    """One page. A repeat, which is marked, is none that is new."""
    _row(db, page.event_id, page.site, heard_at)
    return _say(
        db,
        (page.event_id, page.site, "page"),
        page.page_id,
        moments.to_text(page.at),
        page.to_json(),
    )


def _padded(number: int) -> str:
    return f"{int(number):016d}"


def _row(db: sqlite3.Connection, event_id: str, site: str, heard_at: str) -> sqlite3.Row:
    """The event's row, made if there is none."""
    db.execute(
        "INSERT INTO event (event_id, site, heard_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (event_id, site, heard_at),
    )
    found = db.execute("SELECT * FROM event WHERE event_id = ? AND site = ?", (event_id, site))
    row: sqlite3.Row = found.fetchone()
    return row


def _say(
    db: sqlite3.Connection,
    where: tuple[str, str, SaidKind],
    key: str,
    rank: str,
    text: str,
) -> bool:
    """Notes one thing said of an event; False if it was there, or is too old to be kept."""
    old = db.execute(
        "SELECT text FROM said WHERE event_id = ? AND site = ? AND kind = ? AND key = ?",
        (*where, key),
    ).fetchone()
    if old is None or _chosen(where[2], text, old["text"]):
        db.execute(
            "INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?, ?, ?)", (*where, key, rank, text)
        )
    if old is not None:
        return False
    db.execute(
        "DELETE FROM said WHERE event_id = ? AND site = ? AND kind = ? AND key IN (SELECT key FROM "
        "said WHERE event_id = ? AND site = ? AND kind = ? ORDER BY rank DESC, key DESC LIMIT -1 "
        "OFFSET ?)",
        (*where, *where, SAID_MAX),
    )
    kept = db.execute(
        "SELECT 1 FROM said WHERE event_id = ? AND site = ? AND kind = ? AND key = ?", (*where, key)
    )
    return kept.fetchone() is not None


def _chosen(kind: SaidKind, text: str, old: str) -> bool:
    """Whether of two copies `text` is the one to be kept, so that their order changes nothing."""
    if kind == "phase":
        return _preferred(text) < _preferred(old)
    return text > old


def _change(db: sqlite3.Connection, row: sqlite3.Row, changes: dict[str, Any]) -> None:
    if not changes:
        return
    now = dict(row) | changes
    said = json.loads(now["state"]) if now["state"] else {}
    words = [now["event_id"], now["site"], now["camera"], now["label"], now["zone"]]
    words += [said.get("by"), said.get("note")]
    changes["words"] = "\n".join(word for word in words if word).casefold()
    names = ", ".join(f"{name} = ?" for name in changes)
    db.execute(
        f"UPDATE event SET {names} WHERE event_id = ? AND site = ?",  # noqa: S608 - our own columns
        (*changes.values(), row["event_id"], row["site"]),
    )
