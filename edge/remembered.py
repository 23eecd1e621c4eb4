"""What is learnt of each camera and outlives the process: one small file a camera, whole or not at
all, in a folder of the state folder.

It can be learnt again: a file that is missing or damaged counts as nothing known, and a disk that
refuses is told of once and changes nothing else.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

_BYTES_MAX = 16 * 2**20
_FIRST_S, _GROWN, _LATEST_S = 60.0, 0.25, 3600.0
_Stamp = tuple[int, int]
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_log = logging.getLogger(__name__)


class Remembered:
    """The files of one kind. Used by one thread. `suffix` begins with a full stop."""

    def __init__(self, folder: Path, suffix: str = ".bin") -> None:
        self._folder = folder
        self._suffix = suffix
        self._told = False
        self._left: dict[str, _Stamp | None] = {}  # each file as we last read or wrote it

    def path(self, camera: str) -> Path:
        """Where it lies. A name that not every file system takes as it is becomes a digest."""
        digest = hashlib.sha256(camera.encode()).hexdigest()[:16]
        name = camera if _PLAIN.fullmatch(camera) else f"={digest}"
        return self._folder / f"{name}{self._suffix}"

    def read(self, camera: str) -> bytes | None:
        """What was written last; None where nothing was, or nothing that can be read."""
        path = self.path(camera)
        self._left[camera] = _stamp(path)
        try:
            with path.open("rb") as file:
                data = file.read(_BYTES_MAX + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s cannot be read, %s begins anew: %s", path, camera, error.strerror)
            return None
        if len(data) > _BYTES_MAX:
            self.set_aside(camera, "is too large")
            return None
        return data

    def set_aside(self, camera: str, why: str) -> None:
        """It cannot be used: kept beside for whoever wonders, and not read again."""
        path = self.path(camera)
        aside = _aside(path)
        with suppress(OSError):
            path.replace(aside)
        self._left[camera] = _stamp(path)
        _log.warning("%s %s: kept as %s, %s begins anew", path, why, aside.name, camera)

    def write(self, camera: str, data: bytes) -> None:
        """These in place of what was there; on disk when it returns, if the disk takes them."""
        path = self.path(camera)
        part = path.with_name(f"{path.name}.part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            self._left[camera] = _stamp(path)
            self._told = False
        except OSError as error:
            with suppress(OSError):  # half of it only takes room that alerts may need
                part.unlink(missing_ok=True)
            if not self._told:
                _log.error("%s cannot be written: %s", path, error.strerror)
                self._told = True

    def forget(self, camera: str) -> None:
        """The file goes, and what was set aside of it."""
        path = self.path(camera)
        for one in (path, _aside(path)):
            with suppress(OSError):
                one.unlink(missing_ok=True)
        self._left[camera] = _stamp(path)

    def changed(self, camera: str) -> bool:
        """Whether somebody else wrote or deleted the file since it was read or written here."""
        return _stamp(self.path(camera)) != self._left.get(camera)

    def forget_others(self, cameras: Collection[str]) -> None:
        """Those of cameras that are no longer there."""
        known = {self.path(camera).name for camera in cameras}
        known |= {_aside(self._folder / name).name for name in known}
        for path in self._folder.glob(f"*{self._suffix}*"):
            if path.name not in known:
                with suppress(OSError):
                    path.unlink(missing_ok=True)


# Written whole every five minutes, the patterns of sixteen cameras are two gigabytes a day, which
# wears out a memory card. An hour of a pattern of days may be lost.
def worth_writing(learnt_s: float, written_s: float) -> bool:
    """Whether so many seconds are known, and so few written, that it is time: first after a minute,
    then whenever there is a quarter more, and every hour at the latest."""
    return learnt_s - written_s >= min(max(_FIRST_S, _GROWN * written_s), _LATEST_S)


def _stamp(path: Path) -> _Stamp | None:
    """What tells whether the file is another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")
