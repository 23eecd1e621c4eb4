"""What is retained for cameras and sites: the last message counts. Each function is called inside a
transaction, and says whether anything became different."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Literal

from alerts import moments, schema
from alerts.addressed import Address
from alerts.ledger.taking import Dropped
from alerts.status import Health

STATUS_BYTES_MAX = 2**18
CAMERAS_MAX = 1_000  # of all sites together: who makes up names fills no disk
SITES_MAX = 1_000
_WORD_MAX = 60


def health_in(payload: bytes, address: Address) -> Health | str:
    """What is said of a camera: a health, or the reason alone where a newer device gives one that
    we do not know, since no camera that cannot see may be invisible. Raises `NotByContract`."""
    try:
        fields = schema.read("health", payload)
        since = moments.from_text(fields["since"])
    except schema.NotByContract:
        return _reason_alone(payload)
    except ValueError as error:
        raise schema.NotByContract(f"since: {error}") from error
    if (fields["site"], fields["camera"]) != (address.site, address.camera):
        raise Dropped("health on another camera's topic")
    return Health(address.site, address.camera, fields["reason"], since, fields["detail"])


def _reason_alone(payload: bytes) -> str:
    fields = schema.parsed(payload)
    reason = fields.get("reason") if isinstance(fields, dict) else None
    if not isinstance(reason, str) or not reason.isprintable() or not reason:
        raise schema.NotByContract("neither a health nor a reason")
    return reason[:_WORD_MAX]


def take_health(db: sqlite3.Connection, address: Address, told: Health | str) -> bool:
    """The last health of a camera."""
    where = (address.site, address.camera)
    old = db.execute("SELECT * FROM camera WHERE site = ? AND camera = ?", where).fetchone()
    if old is None:
        _room(db, "camera", CAMERAS_MAX)
    values: tuple[str, str | None, str | None]
    if isinstance(told, Health):
        values = (told.reason, moments.to_text(told.since), told.detail)
    else:
        values = (told, None, None)
    db.execute("INSERT OR REPLACE INTO camera VALUES (?, ?, ?, ?, ?)", (*where, *values))
    return old is None or tuple(old)[2:] != values


def forget_camera(db: sqlite3.Connection, address: Address) -> bool:
    """The camera was taken out of the site."""
    where = (address.site, address.camera)
    return db.execute("DELETE FROM camera WHERE site = ? AND camera = ?", where).rowcount > 0


def take_word(
    db: sqlite3.Connection,
    column: Literal["availability", "desk"],
    address: Address,
    payload: bytes,
    heard_at: str,
) -> bool:
    """`online` or `offline`, since when by our own clock; an empty message takes it back."""
    words = {b"online": "online", b"offline": "offline", b"": None}
    if payload not in words:
        raise Dropped("availability of another word")
    word, site = words[payload], address.site
    _site(db, site)
    changed = db.execute(
        f"UPDATE site SET {column} = ?, {column}_since = ? "  # noqa: S608 - one of our two columns
        f"WHERE site = ? AND {column} IS NOT ?",
        (word, heard_at if word else None, site, word),
    )
    return changed.rowcount > 0


def take_status(db: sqlite3.Connection, address: Address, fields: dict[str, Any] | None) -> bool:
    """The last status of a daemon; None takes it back."""
    if fields is not None and fields["site"] != address.site:
        raise Dropped("status on another site's topic")
    text = None if fields is None else json.dumps(fields, ensure_ascii=False)
    if text is not None and len(text) > STATUS_BYTES_MAX:
        raise Dropped("status too large")
    _site(db, address.site)
    changed = db.execute(
        "UPDATE site SET status = ? WHERE site = ? AND status IS NOT ?", (text, address.site, text)
    )
    return changed.rowcount > 0


def _site(db: sqlite3.Connection, site: str) -> None:
    if db.execute("SELECT 1 FROM site WHERE site = ?", (site,)).fetchone() is None:
        _room(db, "site", SITES_MAX)
        db.execute("INSERT INTO site (site) VALUES (?)", (site,))


def _room(db: sqlite3.Connection, table: Literal["camera", "site"], rows_max: int) -> None:
    found = db.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - one of our two tables
    if found.fetchone()[0] >= rows_max:
        raise Dropped(f"too many {table}s")
