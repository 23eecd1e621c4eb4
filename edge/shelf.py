"""The folder of the evidence: every file appears whole or not at all, and never fills the disk.

What belongs to one incident goes together: the oldest incidents first when there are too many, too
many bytes, or too little room left on the disk for what matters more, the alerts. What is kept of
cameras that cannot see goes before any incident, and is never more than a share of all: a camera
that flaps pushes nothing out.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from alerts.event import EvidenceFile
from edge.incident_files import MARK, PART, Incident, forget_marks, found_in

_MARKED_MAX = 256
CAMERA_SHARE = 5  # one in so many bytes, and events, at most is of camera alerts
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


class Shelf:
    """One folder. Thread-safe. `refused` counts what was not written for want of room; `short` says
    that in words for as long as it is so.

    What is being written of is not deleted for its own sake. So one camera alert may cost the
    oldest incidents of a full shelf; the next takes the place of that one. Incidents have all but
    a fifth for themselves."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.refused = 0
        self.short = ""
        self._folder = folder
        self._limits = limits
        self._sweeping = Lock()
        self._kept_bytes = 0  # as of the last sweep, and what was written since
        self._alerts_bytes = 0  # of those, what is of camera alerts
        self._alerts: dict[str, None] = {}  # the latest camera alerts, by event id

    def give_way(self, event_id: str) -> None:
        """That event is a camera alert and no incident. To be said before anything is written of
        it; what is on the disk is known for what it is."""
        self._alerts.pop(event_id, None)
        self._alerts[event_id] = None
        while len(self._alerts) > _MARKED_MAX:
            self._alerts.pop(next(iter(self._alerts)), None)

    def write(self, event_id: str, name: str, data: bytes) -> EvidenceFile:
        """Writes a file of an incident, making room where that is needed. Raises NotKept."""
        path = self._folder / name
        part = path.with_suffix(path.suffix + PART)
        alert = event_id in self._alerts
        try:
            self._check_size(path, len(data), event_id)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(data), event_id)
            # Pictures of people: for this user's eyes.
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if alert:
                (self._folder / f"{event_id}{MARK}").touch(mode=0o600)
            part.replace(path)
        except OSError as error:
            with suppress(OSError):  # half a file would take what little room there is
                part.unlink(missing_ok=True)
            raise NotKept(f"evidence {path} could not be written: {error.strerror}") from error
        self._kept_bytes += len(data)
        self._alerts_bytes += len(data) if alert else 0
        if self._kept_bytes > self._limits.bytes_max or self._alerts_bytes > self._share:
            with suppress(NotKept):  # it is written; the next sweep says what is wrong
                self._sweep(event_id)
        return EvidenceFile(name, hashlib.sha256(data).hexdigest())

    def sweep(self) -> None:
        """Deletes what is too old, too many or too much. Raises NotKept."""
        self._sweep("")

    def _sweep(self, event_id: str) -> None:
        """But not what is written of."""
        try:
            with self._sweeping:
                oldest_s = time.time() - self._limits.keep_days * _DAY_S
                for incident in found_in(self._folder):
                    incident.trim(oldest_s)
                forget_marks(self._folder)
                self._thin_out(event_id)
            if self._folder.is_dir():
                self._free(0, event_id)
        except OSError as error:
            words = f"old evidence in {self._folder} cannot be deleted: {error.strerror}"
            raise NotKept(words) from error

    def _thin_out(self, event_id: str) -> None:
        """Of camera alerts what is beyond their share goes, then of all what is beyond the limits:
        what was written of last stays, the other camera alerts go before any incident."""
        limits = self._limits
        found = found_in(self._folder)[::-1]
        found.sort(key=lambda one: one.event != event_id)
        alerts = [one for one in found if one.mark is not None]
        count_max, bytes_max = max(1, limits.count_max // CAMERA_SHARE), self._share
        gone = {one.event for one in _beyond(alerts, count_max, bytes_max)}
        kept = [one for one in found if one.event not in gone]
        gone |= {one.event for one in _beyond(kept, limits.count_max, limits.bytes_max)}
        for one in found:
            if one.event in gone:
                one.delete()
        self._kept_bytes = sum(one.size for one in kept if one.event not in gone)
        self._alerts_bytes = sum(one.size for one in alerts if one.event not in gone)

    @property
    def _share(self) -> int:
        """Bytes that camera alerts may take together."""
        return self._limits.bytes_max // CAMERA_SHARE

    def _check_size(self, path: Path, size: int, event_id: str) -> None:
        """Raises NotKept where it could not stay, whatever else went."""
        if size > self._limits.bytes_max:
            raise NotKept(f"evidence {path} alone is larger than all that may be kept")
        if event_id in self._alerts:
            size += sum(one.size for one in found_in(self._folder) if one.event == event_id)
            if size > self._share:
                raise NotKept(f"evidence {path} is more than may be kept of a camera alert")

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
                for incident in found_in(self._folder):
                    if missing > 0 and incident.event != event_id:
                        incident.delete()
                        missing -= incident.size
        return self._missing_bytes(size) <= 0

    def _missing_bytes(self, size: int) -> int:
        if not self._limits.free_bytes_min:
            return 0
        status = os.statvfs(self._folder)
        return size + self._limits.free_bytes_min - status.f_bavail * status.f_frsize


def _beyond(found: Iterable[Incident], count_max: int, bytes_max: int) -> Iterator[Incident]:
    """Those that no longer fit, taken in that order."""
    kept_bytes = 0
    for number, incident in enumerate(found):
        if number >= count_max or kept_bytes + incident.size > bytes_max:
            yield incident
        else:
            kept_bytes += incident.size
