"""Pages on their way: taken from the book, marked as going before anybody is called, and marked as
told, to be tried again, or given up after.

`planned` ─▶ `sending` ─▶ `sent`, `failed`, or `planned` again; `taken_back` once somebody answered.
What an earlier holder left as `sending` may have been told: it goes out again, marked as a repeat.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from alerts.paging import Page


@dataclass(frozen=True)
class Going:
    """A page that is about to go out; `waiting_s` is since when it was to, on the desk's clock."""

    page: Page
    round: int
    tries: int
    put_s: float


def begin_again(db: sqlite3.Connection) -> int:
    """For a new holder: whatever was on its way goes out again. Gives how many these are."""
    changed = db.execute(
        "UPDATE page SET state = 'planned', perhaps_told = 1 WHERE state = 'sending'"
    ).rowcount
    # However long no desk ran: none is given up before it was tried for a while.
    db.execute("UPDATE page SET tries = 0 WHERE state = 'planned'")
    return int(changed)


def claim(
    db: sqlite3.Connection, recipient: str, now_s: float, *, retries_first: bool = False
) -> Going | None:
    """The next page for that recipient, marked as going; None where none is due. One that was
    never tried goes before those that failed, or the other way around: each try of those may take
    as long as its time-out, and what is new would wait behind all of them."""
    for tried in (retries_first, not retries_first):
        row = db.execute(
            "SELECT page_id, round, tries, perhaps_told, put_s, page FROM page"
            " WHERE recipient = ? AND state = 'planned' AND due_s <= ? AND (tries > 0) = ?"
            " ORDER BY put_s, page_id LIMIT 1",
            (recipient, now_s, tried),
        ).fetchone()
        if row is not None:
            break
    else:
        return None
    page_id, number, tries, perhaps_told, put_s, text = row
    db.execute("UPDATE page SET state = 'sending', tries = tries + 1 WHERE page_id = ?", (page_id,))
    page = replace(Page.from_json(text), repeat=bool(perhaps_told))
    return Going(page, number, tries + 1, put_s)


def unclaim(db: sqlite3.Connection, going: Going) -> None:
    """It did not go out after all."""
    db.execute(
        "UPDATE page SET state = 'planned', tries = tries - 1 WHERE page_id = ?",
        (going.page.page_id,),
    )


def sent(db: sqlite3.Connection, going: Going) -> None:
    """It was taken."""
    db.execute("UPDATE page SET state = 'sent', said = '' WHERE page_id = ?", (going.page.page_id,))


def later(
    db: sqlite3.Connection, going: Going, due_s: float, said: str, *, perhaps_told: bool
) -> None:
    """Once more, then; unless somebody has answered meanwhile."""
    silent = db.execute(
        "SELECT 1 FROM page JOIN life USING (event_id) WHERE page_id = ? AND"
        " (why IN ('step', 'early') AND standing NOT IN ('open', 'escalated')"
        " OR why = 'reminder' AND standing <> 'acknowledged')",
        (going.page.page_id,),
    ).fetchone()
    db.execute(
        "UPDATE page SET state = ?, due_s = ?, said = ?, perhaps_told = max(perhaps_told, ?)"
        " WHERE page_id = ?",
        ("taken_back" if silent else "planned", due_s, said, perhaps_told, going.page.page_id),
    )


def failed(db: sqlite3.Connection, going: Going, said: str) -> bool:
    """It will never be taken: it stays as a dead letter. True where nobody of its step was told
    and nobody will be."""
    db.execute(
        "UPDATE page SET state = 'failed', said = ? WHERE page_id = ?", (said, going.page.page_id)
    )
    hope = db.execute(
        "SELECT count(*) FROM page WHERE event_id = ? AND round = ? AND step = ?"
        " AND state <> 'failed'",
        (going.page.event_id, going.round, going.page.step),
    ).fetchone()[0]
    return going.page.step > 0 and not hope


def any_hope(db: sqlite3.Connection, event_id: str, number: int) -> bool:
    """Whether anybody of that round was told, or still may be."""
    found = db.execute(
        "SELECT 1 FROM page WHERE event_id = ? AND round = ? AND step > 0 AND state <> 'failed'"
        " LIMIT 1",
        (event_id, number),
    ).fetchone()
    return found is not None


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """How many pages are in which state."""
    rows = db.execute("SELECT state, count(*) FROM page GROUP BY state").fetchall()
    return {str(state): int(number) for state, number in rows}
