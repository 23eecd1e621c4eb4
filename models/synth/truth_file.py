"""The truth of staged clips as a table; whole or as it was before."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any


def write_rows(path: Path, row_kind: Any, rows: Sequence[Any]) -> None:
    """Frozen rows of one dataclass, `row_kind`, a line each, under the fields' names."""
    new = path.with_suffix(".part")
    with new.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [one.name for one in fields(row_kind)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(row) for row in rows)
    new.replace(path)
