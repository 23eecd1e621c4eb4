"""The folder of the evidence: every file appears whole or not at all, and never fills the disk.

What belongs to one incident goes together: the oldest incidents first when there are too many, too
many bytes, or too little room left on the disk for what matters more, the alerts.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from alerts.event import EvidenceFile

_PART = ".part"  # until it is whole; one that stays was left by a kill
# Named after an event's id, so that no file is taken for ours that somebody else put there.
_OURS = re.compile(r"(\d{8}T\d{9}Z-[0-9a-f]{10})(?:-(\d+)(?:-plain)?)?\.(?:jpg|mp4)(?:\.part)?")
_PICTURES_MAX = 24  # of one incident, however long it lasts: the first and the latest
_ROUNDS = 3  # file systems may free what was deleted a little later
_DAY_S = 86_400


class NotKept(Exception):
    """It could not be written, or not be deleted; in one line why."""


@dataclass(frozen=True)
class Limits:
    """How much of an incident is cut; how long, of how many incidents and how much is kept; and
    what has to stay free on the disk."""

    before_s: float
    after_s: float
    keep_days: float
    bytes_max: int
    count_max: int = 1_000_000
    free_bytes_min: int = 0


@dataclass(frozen=True)
class _File:
    path: Path
    event: str
    number: int  # of a picture; −1 for a clip
    written_s: float
    size: int


@dataclass(frozen=True)
class _Incident:
    """All files of one, by time."""

    files: tuple[_File, ...]

    @property
    def latest_s(self) -> float:
        return self.files[-1].written_s

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files)

    def outdated(self, oldest_s: float) -> Iterator[_File]:
        """A clip is as old as the first picture: they go together."""
        for one in self.files:
            written_s = self.files[0].written_s if one.number < 0 else one.written_s
            if written_s < oldest_s:
                yield one

    def middle(self) -> Iterator[_File]:
        """Pictures of a long incident that are one too many, the plain ones with theirs."""
        numbers = sorted({one.number for one in self.files if one.number >= 0})
        gone = set(numbers[1 : 1 - _PICTURES_MAX])
        yield from (one for one in self.files if one.number in gone)


class Shelf:
    """One folder. Thread-safe. `refused` counts what was not written for want of room; `short` says
    that in words for as long as it is so."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.refused = 0
        self.short = ""
        self._folder = folder
        self._limits = limits
        self._sweeping = Lock()
        self._kept_bytes = 0  # as of the last sweep, and what was written since

    def write(self, event_id: str, name: str, data: bytes) -> EvidenceFile:
        """Writes a file of an incident, making room where that is needed. Raises NotKept."""
        path = self._folder / name
        part = path.with_suffix(path.suffix + _PART)
        if len(data) > self._limits.bytes_max:
            raise NotKept(f"evidence {path} alone is larger than all that may be kept")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(data), event_id)
            # Pictures of people: for this user's eyes.
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            with suppress(OSError):  # half a file would take what little room there is
                part.unlink(missing_ok=True)
            raise NotKept(f"evidence {path} could not be written: {error.strerror}") from error
        self._kept_bytes += len(data)
        if self._kept_bytes > self._limits.bytes_max:
            with suppress(NotKept):  # it is written; the next sweep says what is wrong
                self.sweep()
        return EvidenceFile(name, hashlib.sha256(data).hexdigest())

    def sweep(self) -> None:
        """Deletes what is too old, too many or too much. Raises NotKept."""
        limits = self._limits
        try:
            with self._sweeping:
                oldest_s = time.time() - limits.keep_days * _DAY_S
                for incident in self._incidents():
                    _delete(incident.outdated(oldest_s))
                    _delete(incident.middle())
                kept_bytes = 0
                for number, incident in enumerate(reversed(self._incidents())):
                    kept_bytes += incident.size
                    if number >= limits.count_max or kept_bytes > limits.bytes_max:
                        _delete(incident.files)
                        kept_bytes -= incident.size
                self._kept_bytes = kept_bytes
            if self._folder.is_dir():
                self._free(0, "")
        except OSError as error:
            words = f"old evidence in {self._folder} cannot be deleted: {error.strerror}"
            raise NotKept(words) from error

    def _make_room(self, size: int, event_id: str) -> None:
        if self._free(size, event_id):
            self.short = ""
            return
        self.refused += 1
        free_mb = self._limits.free_bytes_min / 2**20
        self.short = f"less than {free_mb:g} MB would stay free on the disk of {self._folder}"
        raise NotKept(f"evidence is not kept: {self.short}")

    def _free(self, size: int, event_id: str) -> bool:
        """The oldest incidents go, but not the one that is written of, until there is room for so
        many bytes more. False where there is none all the same."""
        for _ in range(_ROUNDS):
            missing = self._missing_bytes(size)
            if missing <= 0:
                return True
            with self._sweeping:
                for incident in self._incidents():
                    if missing > 0 and incident.files[0].event != event_id:
                        _delete(incident.files)
                        missing -= incident.size
        return self._missing_bytes(size) <= 0

    def _missing_bytes(self, size: int) -> int:
        if not self._limits.free_bytes_min:
            return 0
        status = os.statvfs(self._folder)
        return size + self._limits.free_bytes_min - status.f_bavail * status.f_frsize

    def _incidents(self) -> list[_Incident]:
        """The one that nothing was written of for longest first."""
        if not self._folder.is_dir():
            return []
        found: dict[str, list[_File]] = {}
        for path in self._folder.iterdir():
            if ours := _OURS.fullmatch(path.name):
                with suppress(FileNotFoundError):  # became whole, or was deleted by hand, just now
                    about = path.stat()
                    number = int(ours[2]) if ours[2] else -1
                    one = _File(path, ours[1], number, about.st_mtime, about.st_size)
                    found.setdefault(ours[1], []).append(one)
        incidents = [
            _Incident(tuple(sorted(files, key=lambda one: one.written_s)))
            for files in found.values()
        ]
        return sorted(incidents, key=lambda one: one.latest_s)


def _delete(files: Iterator[_File] | tuple[_File, ...]) -> None:
    for one in files:
        one.path.unlink(missing_ok=True)
