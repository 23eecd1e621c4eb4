"""The files of the evidence as they lie in their folder, by incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PART = ".part"  # until it is whole; one that stays was left by a kill
MARK = ".camera"  # an empty file beside those of a camera alert, which says so after a restart
# Named after an event's id, so that no file is taken for ours that somebody else put there.
_OURS = re.compile(
    r"(?P<event>\d{8}T\d{9}Z-[0-9a-f]{10})"
    r"(?:(?:-(?P<number>\d+)(?:-plain)?)?\.(?:jpg|mp4)(?:\.part)?|(?P<mark>\.camera))"
)
_PICTURES_MAX = 24  # of one incident, however long it lasts: the first and the latest


@dataclass(frozen=True)
class _File:
    path: Path
    event: str
    number: int  # of a picture; −1 for a clip
    written_s: float
    size: int


@dataclass(frozen=True)
class Incident:
    """All files of one event, by time; `mark` is there where it is a camera alert."""

    files: tuple[_File, ...]
    mark: Path | None

    @property
    def event(self) -> str:
        """Its id."""
        return self.files[0].event

    @property
    def latest_s(self) -> float:
        """When something was written of it last, in UTC seconds."""
        return self.files[-1].written_s

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(one.size for one in self.files)

    def delete(self) -> None:
        """All of it, the mark last: what a kill leaves behind is still known for what it is."""
        _delete(self.files)
        if self.mark is not None:
            self.mark.unlink(missing_ok=True)

    def trim(self, oldest_s: float) -> None:
        """Deletes what is too old, and pictures that are too many."""
        gone = {*self._outdated(oldest_s), *self._middle()}
        if len(gone) == len(self.files):
            self.delete()
        else:
            _delete(gone)

    def _outdated(self, oldest_s: float) -> Iterator[_File]:
        """A clip is as old as the first picture: they go together."""
        for one in self.files:
            written_s = self.files[0].written_s if one.number < 0 else one.written_s
            if written_s < oldest_s:
                yield one

    def _middle(self) -> Iterator[_File]:
        """Pictures of a long incident that are one too many, the plain ones with theirs."""
        numbers = sorted({one.number for one in self.files if one.number >= 0})
        gone = set(numbers[1 : 1 - _PICTURES_MAX])
        yield from (one for one in self.files if one.number in gone)


def found_in(folder: Path) -> list[Incident]:
    """In the order in which they go: camera alerts, then the one that nothing was written of for
    longest."""
    if not folder.is_dir():
        return []
    found: dict[str, list[_File]] = {}
    marks: dict[str, Path] = {}
    for path in folder.iterdir():
        if ours := _OURS.fullmatch(path.name):
            if ours["mark"]:
                marks[ours["event"]] = path
                continue
            with suppress(FileNotFoundError):  # became whole, or was deleted by hand, just now
                about = path.stat()
                number = int(ours["number"]) if ours["number"] else -1
                one = _File(path, ours["event"], number, about.st_mtime, about.st_size)
                found.setdefault(one.event, []).append(one)
    incidents = [
        Incident(tuple(sorted(files, key=lambda one: one.written_s)), marks.get(event))
        for event, files in found.items()
    ]
    return sorted(incidents, key=lambda one: (one.mark is None, one.latest_s))


def forget_marks(folder: Path) -> None:
    """Takes away marks that stand alone: somebody deleted the files by hand, or a kill came before
    they were whole."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    events = {
        ours["event"] for name in names if (ours := _OURS.fullmatch(name)) and not ours["mark"]
    }
    for name in names:
        if (ours := _OURS.fullmatch(name)) and ours["mark"] and ours["event"] not in events:
            (folder / name).unlink(missing_ok=True)


def _delete(files: Iterable[_File]) -> None:
    for one in files:
        one.path.unlink(missing_ok=True)
