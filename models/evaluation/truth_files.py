"""One truth file, whatever its format, made into the recordings it names."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path, PurePosixPath

from edge.errors import BadClip
from models.evaluation import (
    truth_activitynet,
    truth_coco,
    truth_csv,
    truth_cvat,
    truth_label_studio,
)
from models.evaluation.contents import kind_of, size_of
from models.evaluation.truth_checks import Meaning, Words, among_rows
from models.evaluation.truth_rows import Clips, Faults, Row, Sheet, Where

_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .ods and other ZIP files; .xls


@dataclass(frozen=True)
class Named:
    """A recording before anybody looked at it. `where` it is named, `columns` of its first row."""

    where: Where
    name: str
    path: Path
    source: str
    rows: tuple[tuple[Row, Meaning], ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    folder_fps: float = 0.0
    mask: Path | None = None


@dataclass(frozen=True)
class TruthFile:
    """A truth file, the `number`th of all. `clips` is the folder of its clips, `source` what they
    come from where no column says it (empty: the folder they are in)."""

    path: Path
    number: int
    clips: Path
    source: str
    folder_fps: float

    def named(self, words: Words, faults: Faults) -> Iterator[Named]:
        """The recordings it names, in its order; what is wrong is noted."""
        whole = Where(self.number, 0, str(self.path))
        text = _text(self.path, whole, faults)
        if text is None:
            return
        if not self.clips.is_dir():
            faults.add(whole, f"its clips should be below {self.clips}, which is no folder")
            return
        sheet = Sheet(str(self.path), self.number, text, Clips(self.clips), faults)
        by_clip: dict[str, list[Row]] = {}
        for row in _rows(sheet):
            by_clip.setdefault(row.clip, []).append(row)
        for name, rows in by_clip.items():
            found = self._clip(sheet, name, rows, words)
            if found is not None:
                yield found

    def _clip(self, sheet: Sheet, name: str, rows: list[Row], words: Words) -> Named | None:
        """One clip with its rows; None where it is not there."""
        faults, first, path = sheet.faults, rows[0], self.clips / name
        given = [(row, words.meaning(row, faults)) for row in rows]
        meant = [(row, label) for row, label in given if label is not None]
        kept = among_rows(meant, words, faults)
        if not os.path.exists(path):  # False where a name is none at all, too long say
            missing = f"{name}: no such clip below {self.clips}{sheet.clips.nearest(name)}"
            for row in rows:
                faults.add(row.where, missing)
            return None
        return Named(
            where=first.where,
            name=name,
            path=path,
            source=first.columns.get("source") or self.source or _folder(path, name),
            rows=kept,
            columns=first.columns,
            folder_fps=self._fps(first, faults) if path.is_dir() else 0.0,
            mask=self._mask(first, path, faults),
        )

    def _fps(self, row: Row, faults: Faults) -> float:
        text = row.columns.get("fps", "")
        try:
            fps = float(text or self.folder_fps)
        except ValueError:
            fps = 0.0
        if not (isfinite(fps) and fps > 0):
            faults.add(row.where, f"fps {text!r}: how many pictures a second? A number above 0")
            return 1.0
        return fps

    def _mask(self, row: Row, path: Path, faults: Faults) -> Path | None:
        name = row.columns.get("mask")
        if not name:
            return None
        mask = self.clips / name
        if not os.path.isfile(mask):
            faults.add(row.where, f"{name}: no such mask below {self.clips}")
        elif kind_of(path) != "picture":
            faults.add(row.where, f"{name}: only a single picture has a mask")
        else:
            _same_size(row, path, mask, faults)
        return mask


def _same_size(row: Row, path: Path, mask: Path, faults: Faults) -> None:
    try:
        own, other = size_of(path), size_of(mask)
    except BadClip as error:
        faults.add(row.where, str(error))
        return
    if own != other:
        sizes = f"is {other[0]}×{other[1]}, its picture {own[0]}×{own[1]}"
        faults.add(row.where, f"{mask.name} {sizes}; a mask has its picture's size")


def _folder(path: Path, name: str) -> str:
    """The first folder of a clip's name, else the folder it is in."""
    parts = PurePosixPath(name).parts
    inside = len(parts) > 1 and parts[0] not in ("/", "..")
    return parts[0] if inside else path.resolve().parent.name


def _text(file: Path, where: Where, faults: Faults) -> str | None:
    """What it says; None and a fault where it cannot be read."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        faults.add(where, (error.strerror or "cannot be read").lower())
        return None
    if raw.startswith(_PACKED):
        way = "save it as CSV, or unpack it and name the file inside"
        faults.add(where, f"a spreadsheet or ZIP file: {way}")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        place = Where(where.file, line, f"{file}:{line}")
        faults.add(place, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8")
        return None
    if not text.strip():
        faults.add(where, "is empty")
        return None
    return text


def _rows(sheet: Sheet) -> list[Row]:
    """Its rows, by whatever format it is."""
    begin = sheet.text.lstrip()[:1]
    if begin == "<":
        return truth_cvat.read(sheet)
    if begin in ("{", "["):
        return _of_json(sheet)
    if truth_csv.is_table(sheet.text):
        return truth_csv.read(sheet)
    header = ",".join(truth_csv.WANTED)
    sheet.faults.add(sheet.line(1), f"no truth that is known; a table begins with {header}")
    return []


def _of_json(sheet: Sheet) -> list[Row]:
    try:
        whole = json.loads(sheet.text)
    except (ValueError, RecursionError) as error:
        sheet.faults.add(sheet.whole(), f"not JSON: {error}")
        return []
    first = whole[0] if isinstance(whole, list) and whole else whole
    keys = {*first} if isinstance(first, dict) else set()
    if isinstance(whole, list) and "data" in keys:
        return truth_label_studio.read(sheet)
    if isinstance(whole, dict) and "database" in keys:
        return truth_activitynet.read(sheet)
    if isinstance(whole, dict) and {"images", "annotations"} <= keys:
        return truth_coco.read(sheet)
    known = "ActivityNet (database), Label Studio (a list of tasks) nor COCO (images, annotations)"
    sheet.faults.add(sheet.whole(), f"JSON, but neither {known}")
    return []
