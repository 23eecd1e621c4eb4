"""The truth of staged clips as a table; whole or as it was before."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from alerts.errors import UserError


class OtherTruth(UserError):
    """The folder holds something else."""


def write_rows(path: Path, row_kind: Any, rows: Sequence[Any]) -> None:
    """Frozen rows of one dataclass, `row_kind`, a line each, under the fields' names."""
    new = path.with_suffix(".part")
    with new.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [one.name for one in fields(row_kind)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(row) for row in rows)
    new.replace(path)


def read_rows(path: Path, row_kind: Any, what: str) -> dict[str, Any]:
    """The rows of clips that are there, by the clip's name; none where there is no table. Raises
    OtherTruth for a table that is not of `what` this row is of."""
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    table = csv.DictReader(text.splitlines())
    if table.fieldnames != [one.name for one in fields(row_kind)]:
        raise OtherTruth(f"{path}: not of {what}; name another folder")
    whole = (row for row in table if None not in row and None not in row.values())
    rows = [row_kind(**row) for row in whole]
    return {row.clip: row for row in rows if (path.parent / row.clip).exists()}
