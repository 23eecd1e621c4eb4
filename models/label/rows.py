"""Items, suggestions and answers as rows of the book's tables, and back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from edge.core.types import Box
from models.label.words import Curve, Given, Item, Marked, Marks, Outlined, Suggestion

_ITEM = (
    "kind", "path", "digest", "at_s", "site", "camera", "source", "occurred_at", "event_id",
    "said", "width_px", "height_px", "length_s", "note",
)  # fmt: skip
_DIGITS = 5  # of fractions: a hundredth of a pixel of 1000


def add_item(db: sqlite3.Connection, item: Item) -> int:
    """Its number, new or known."""
    known = db.execute(
        "SELECT number FROM item WHERE digest = ? AND kind = ? AND ifnull(at_s, -1) = ?",
        (item.digest, item.kind, -1 if item.at_s is None else item.at_s),
    ).fetchone()
    if known is not None:
        db.execute("UPDATE item SET path = ? WHERE number = ?", (str(item.path), known[0]))
        return int(known[0])
    values = [getattr(item, name) for name in _ITEM]
    values[1] = str(item.path)
    marks = ", ".join("?" * len(_ITEM))
    made = db.execute(f"INSERT INTO item ({', '.join(_ITEM)}) VALUES ({marks})", values)  # noqa: S608  (names of ours)
    return int(made.lastrowid or 0)


def item(row: sqlite3.Row) -> Item:
    """Of the table `item`."""
    fields: dict[str, Any] = {name: row[name] for name in _ITEM}
    return Item(**(fields | {"path": Path(row["path"]), "number": int(row["number"])}))


def add_suggestion(db: sqlite3.Connection, one: Suggestion, made_at: str) -> None:
    """Puts it in, in place of the one before of this kind and model."""
    curve = {"at_s": one.curve.at_s, "collapse": one.curve.collapse, "spill": one.curve.spill}
    boxes, areas = texts(one.marks)
    db.execute(
        "INSERT OR REPLACE INTO suggestion VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            one.item, one.kind, one.model_sha256, one.answer, one.score, one.collapse, one.spill,
            one.onset_s, one.end_s, boxes, areas,
            json.dumps(curve) if one.curve.at_s else None, made_at,
        ),
    )  # fmt: skip


def suggestion(row: sqlite3.Row) -> Suggestion:
    """Of the table `suggestion`."""
    curve = json.loads(row["curve"]) if row["curve"] is not None else {}
    return Suggestion(
        int(row["item"]), row["answer"], row["score"], row["collapse"], row["spill"], row["kind"],
        row["model_sha256"], row["onset_s"], row["end_s"], marks(row["boxes"], row["areas"]),
        Curve(**{name: tuple(values) for name, values in curve.items()}),
    )  # fmt: skip


def add_answer(db: sqlite3.Connection, one: Given, at: str) -> int:
    """Its number."""
    boxes, areas = texts(one.marks)
    made = db.execute(
        "INSERT INTO answer (item, who, at, answer, onset_s, end_s, boxes, areas, took_s, presses, "
        "blind, suggested, model_sha256, mode, redoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            one.item, one.who, at, one.answer, one.onset_s, one.end_s, boxes, areas, one.took_s,
            one.presses, int(one.blind), one.suggested, one.model_sha256, one.mode, one.redoes,
        ),
    )  # fmt: skip
    return int(made.lastrowid or 0)


def answer(row: sqlite3.Row) -> Given:
    """Of the table `answer`, or the view `standing`."""
    return Given(
        int(row["item"]), row["who"], row["answer"], row["onset_s"], row["end_s"],
        marks(row["boxes"], row["areas"]), row["took_s"], row["presses"], bool(row["blind"]),
        row["suggested"], row["model_sha256"], row["mode"], row["redoes"], int(row["number"]),
        row["at"],
    )  # fmt: skip


def texts(given: Marks) -> tuple[str | None, str | None]:
    """Boxes and areas as JSON; None where nobody looked."""
    boxes = given.boxes and [[*map(_short, one.box), one.state] for one in given.boxes]
    areas = given.areas and [
        [one.kind, [[_short(x), _short(y)] for x, y in one.corners]] for one in given.areas
    ]
    return (
        None if given.boxes is None else json.dumps(boxes or []),
        None if given.areas is None else json.dumps(areas or []),
    )


def marks(boxes: str | None, areas: str | None) -> Marks:
    """Back from JSON."""
    return Marks(
        None
        if boxes is None
        else tuple(Marked(Box(*one[:4]), one[4]) for one in json.loads(boxes)),
        None
        if areas is None
        else tuple(
            Outlined(kind, tuple(map(tuple, corners))) for kind, corners in json.loads(areas)
        ),
    )


def _short(value: float) -> float:
    return round(float(value), _DIGITS)
