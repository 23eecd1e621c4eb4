"""Questions to the tables."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from alerts import moments
from alerts.answers import Command
from alerts.event import Event, opened_at
from alerts.ledger.pictures import PictureKind
from alerts.ledger.rows import CameraRow, DayCount, Query, Row, SiteRow, Waiting
from alerts.paging import Page
from alerts.standing import EventState

_ROW = """
SELECT e.*,
    EXISTS (SELECT 1 FROM picture p
        WHERE p.kind = 'snapshot' AND p.site = e.site AND p.key = e.event_id) AS has_snapshot,
    EXISTS (SELECT 1 FROM picture p
        WHERE p.kind = 'clip' AND p.site = e.site AND p.key = e.event_id) AS has_clip,
    EXISTS (SELECT 1 FROM picture p
        WHERE p.kind = 'plain' AND p.site = e.site AND p.key = e.event_id) AS has_plain
FROM event e WHERE known"""
_FINAL = ("resolved", "false_alarm")


def event(db: sqlite3.Connection, event_id: str, site: str | None) -> Row | None:
    """One event; of several sites' the first, by name."""
    found = db.execute(
        f"{_ROW} AND event_id = ? AND (? IS NULL OR site = ?) ORDER BY site LIMIT 1",
        (event_id, site, site),
    ).fetchone()
    return None if found is None else _row(found)


def events(db: sqlite3.Connection, query: Query) -> list[Row]:
    """Those that match, newest first."""
    conditions, values = _conditions(query)
    way = "ASC" if query.oldest_first else "DESC"
    text = " AND ".join([_ROW, *conditions]) + f" ORDER BY event_id {way}, site {way} LIMIT ?"
    return [_row(found) for found in db.execute(text, (*values, query.limit))]


def waiting(db: sqlite3.Connection, unspoken_since: datetime) -> Waiting:
    """How many are not over."""
    found = db.execute(
        "SELECT label, sum(standing <> 'acknowledged'), count(*) FROM event WHERE known AND "
        "standing NOT IN ('resolved', 'false_alarm') AND "
        "(version > cleared OR version = 0 AND event_id >= ?) GROUP BY label",
        (_compact(unspoken_since),),
    ).fetchall()
    untaken = {str(label): int(number) for label, number, _ in found if number}
    return Waiting(sum(int(number) for _, _, number in found), untaken)


def _conditions(query: Query) -> tuple[list[str], list[str]]:
    conditions: list[str] = []
    values: list[str] = []
    for column in ("label", "camera", "site"):
        if value := getattr(query, column):
            conditions.append(f"e.{column} = ?")
            values.append(value)
    if query.standing:
        marks = ", ".join("?" * len(query.standing))
        conditions.append(f"standing IN ({marks})")
        conditions.append(f"(standing IN {_FINAL} OR version > cleared OR version = 0)")
        values += query.standing
    if query.text:
        conditions.append("instr(words, ?) > 0")
        values.append(query.text.casefold())
    for moment, sign in ((query.opened_from, ">="), (query.opened_until, "<")):
        if moment is not None:
            conditions.append(f"event_id {sign} ?")
            values.append(_compact(moment))
    if query.cursor:
        conditions.append("(event_id, site) < (?, ?)")
        values += query.cursor.split("\0")
    return conditions, values


def _compact(moment: datetime) -> str:
    """As event ids begin, and so as they sort."""
    return moments.to_text(moment).translate(str.maketrans("", "", "-:."))


def _row(found: sqlite3.Row) -> Row:
    first, latest, state = found["first"], found["latest"], found["state"]
    return Row(
        event_id=found["event_id"],
        site=found["site"],
        camera=found["camera"],
        label=found["label"],
        zone=found["zone"],
        opened_at=opened_at(found["event_id"]),
        heard_at=moments.from_text(found["heard_at"]),
        first=None if first is None else Event.from_fields(json.loads(first)),
        event=None if latest is None else Event.from_fields(json.loads(latest)),
        state=None if state is None else EventState.from_fields(json.loads(state)),
        cleared=0 < found["version"] <= found["cleared"],
        has_snapshot=bool(found["has_snapshot"]),
        has_clip=bool(found["has_clip"]),
        has_plain=bool(found["has_plain"]),
    )


def story(
    db: sqlite3.Connection, event_id: str, site: str
) -> list[Event | EventState | Command | Page]:
    """What was said of an event, the oldest first."""
    kinds: dict[str, type[Event | EventState | Command | Page]] = {
        "phase": Event,
        "state": EventState,
        "command": Command,
        "page": Page,
    }
    found = db.execute(
        "SELECT kind, text FROM said WHERE event_id = ? AND site = ? ORDER BY kind, rank, key",
        (event_id, site),
    )
    said = [kinds[row["kind"]].from_fields(json.loads(row["text"])) for row in found]
    return sorted(said, key=lambda one: one.detected_at if isinstance(one, Event) else one.at)


def counts(
    db: sqlite3.Connection, since: datetime, until: datetime, offset_minutes: int
) -> list[DayCount]:
    """Events per camera, label and day."""
    found = db.execute(
        "SELECT site, camera, label, date(substr(event_id, 1, 4) || '-' || substr(event_id, 5, 2) "
        "|| '-' || substr(event_id, 7, 2) || ' ' || substr(event_id, 10, 2) || ':' || "
        "substr(event_id, 12, 2) || ':' || substr(event_id, 14, 2), ?) AS day, "
        "count(*), sum(standing = 'false_alarm') FROM event "
        "WHERE known AND event_id >= ? AND event_id < ? GROUP BY 1, 2, 3, 4 ORDER BY 4, 1, 2, 3",
        (f"{offset_minutes:+d} minutes", _compact(since), _compact(until)),
    )
    return [DayCount(*row) for row in found]


def cameras(db: sqlite3.Connection) -> list[CameraRow]:
    """Every camera there is."""
    found = db.execute(
        "SELECT c.site, c.camera, c.reason, c.since, c.detail, "
        "(SELECT max(event_id) FROM event e "
        "WHERE known AND e.site = c.site AND e.camera = c.camera), "
        "(SELECT at FROM picture p "
        "WHERE kind = 'camera_snapshot' AND p.site = c.site AND p.key = c.camera), "
        "(SELECT at FROM picture p "
        "WHERE kind = 'view' AND p.site = c.site AND p.key = c.camera) "
        "FROM camera c ORDER BY c.site, c.camera"
    )
    return [
        CameraRow(site, camera, reason, _moment(since), detail, last, _moment(at), _moment(view_at))
        for site, camera, reason, since, detail, last, at, view_at in found
    ]


def sites(db: sqlite3.Connection) -> list[SiteRow]:
    """Every site there is."""
    found = db.execute(
        "SELECT site, availability, availability_since, desk, desk_since, status FROM site "
        "ORDER BY site"
    )
    return [
        SiteRow(
            site, word, _moment(since), desk, _moment(desk_since), status and json.loads(status)
        )
        for site, word, since, desk, desk_since, status in found
    ]


def picture(db: sqlite3.Connection, kind: PictureKind, site: str | None, key: str) -> str | None:
    """The name of a picture's file."""
    found = db.execute(
        "SELECT file FROM picture WHERE kind = ? AND (? IS NULL OR site = ?) AND key = ? "
        "ORDER BY site LIMIT 1",
        (kind, site, site, key),
    ).fetchone()
    return None if found is None else str(found[0])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moments.from_text(text)
