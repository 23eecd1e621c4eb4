"""Truth as a table: `clip,label,onset_s,end_s[,incident]` and any further columns.

UTF-8, with or without a byte order mark; cells divided by `,`, by `;` or by tabs (a number may have
its decimals behind a comma where commas divide nothing). Empty lines are left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches

from models.evaluation.truth_rows import Row, Sheet, Where

WANTED = ("clip", "label", "onset_s", "end_s")
# All columns that mean something, here or to whoever reads the file.
_FURTHER = "incident camera light distance source fps mask kind duration_s note"
_KNOWN = (*WANTED, *_FURTHER.split())
# From here on (difflib's ratio) two names are one that was mistyped: onset and onset_s are at 0.83.
_ALIKE = 0.75
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d*)?)")

Line = tuple[int, list[str]]  # the line it begins in, and its cells


def is_table(text: str) -> bool:
    """Whether the first line names a column of ours."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    named = {cell.strip().strip('"').lower() for cell in re.split("[,;\t]", first)}
    return len(named & {*WANTED}) >= 2 or "clip" in named


def read(sheet: Sheet) -> list[Row]:
    """All rows; faults are noted in the sheet. Times that are no numbers are faults."""
    first = next((line for line in sheet.text.splitlines() if line.strip()), "")
    divider = max(",;\t", key=first.count)
    lines = _lines(sheet, divider)
    header = next(lines, None)
    if header is None or not _fit(sheet, header):
        return []
    names = header[1]
    rows, number = [], 0
    for number, cells in lines:
        where = sheet.line(number)
        extra = cells[len(names) :]
        if len(cells) < len(names) or any(extra):
            counted = f"{len(cells)} cells, but the header names {len(names)}"
            sheet.faults.add(where, f"{counted}; put quotes round a cell with {divider!r} in it")
            continue
        row = _row(sheet, where, dict(zip(names, cells, strict=False)), divider)
        if row is not None:
            rows.append(row)
    if not number:
        sheet.faults.add(sheet.whole(), "no rows below the header")
    return rows


def _lines(sheet: Sheet, divider: str) -> Iterator[Line]:
    """The lines that hold anything."""
    reader = csv.reader(io.StringIO(sheet.text, newline=""), delimiter=divider, strict=True)
    begun = 1
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            sheet.faults.add(sheet.line(begun), f"not a table from here on: {error}")
            return
        if any(cells):
            yield begun, cells
        begun = reader.line_num + 1


def _fit(sheet: Sheet, header: Line) -> bool:
    """Whether it has all columns, each once, and none that was mistyped: it would be left
    unread in silence."""
    where, names = sheet.line(header[0]), header[1]
    mistyped = {name: meant for name in names if (meant := _meant(name, names))}
    missing = [name for name in WANTED if name not in (*names, *mistyped.values())]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if missing:
        sheet.faults.add(
            where, f"missing column {', '.join(missing)}; the first line names the columns"
        )
    if twice:
        sheet.faults.add(where, f"column {', '.join(twice)} is there twice; rename one")
    for name, meant in mistyped.items():
        sheet.faults.add(where, f"column {name}: did you mean {meant}? Call it so, or less like it")
    return not missing and not twice and not mistyped


def _meant(name: str, names: Collection[str]) -> str:
    """The column that is not there and that this one, which means nothing, is nearly called; empty
    if there is none."""
    absent = [known for known in _KNOWN if known not in names]
    near = [] if name in _KNOWN else get_close_matches(name.lower(), absent, 1, _ALIKE)
    return near[0] if near else ""


def _row(sheet: Sheet, where: Where, cells: dict[str, str], divider: str) -> Row | None:
    clip = cells["clip"]
    if not clip:
        sheet.faults.add(where, "no clip named")
        return None
    span = tuple(_seconds(sheet, where, name, cells[name], divider) for name in WANTED[2:])
    rest = {name: cell for name, cell in cells.items() if name and name not in WANTED}
    return Row(where, clip, cells["label"], (span[0], span[1]), rest)


def _seconds(sheet: Sheet, where: Where, name: str, cell: str, divider: str) -> float | None:
    """A time; None for an empty cell, not-a-number (and a fault) for what is no time."""
    if not cell:
        return None
    text = cell.replace(",", ".") if divider != "," else cell
    if _NUMBER.fullmatch(text):
        return float(text)
    clock = _CLOCK.fullmatch(text)
    meant = "seconds, like 12.5"
    if clock is not None:
        hours, minutes, seconds = clock.groups()
        meant = f"{int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds):g} (seconds)"
    sheet.faults.add(where, f"{name} {cell!r} is not a number; write {meant}")
    return float("nan")
