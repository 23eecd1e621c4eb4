"""Pictures and clips as files beside the ledger. Their names are digests of what they belong to:
nothing that came over the line becomes part of a path."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import time
from pathlib import Path
from typing import Literal

PictureKind = Literal["snapshot", "plain", "clip", "camera_snapshot", "view"]
OF_CAMERAS: tuple[PictureKind, ...] = ("camera_snapshot", "view")  # the last one of each
_ENDINGS: dict[PictureKind, str] = {
    "snapshot": "jpg",
    "plain": "jpg",
    "clip": "mp4",
    "camera_snapshot": "jpg",
    "view": "jpg",
}
_OURS = re.compile(r"[0-9a-f]{40}\.(jpg|mp4)(\.part-[0-9]+-[0-9]+)?")
_GIVE_WAY_MAX = 100  # files at once
_STRAY_AGE_S = 3600.0  # until then another process may be about to note it down


class Pictures:
    """The folder, made for its owner alone. Raises `OSError`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)

    @staticmethod
    def name(kind: PictureKind, site: str, key: str) -> str:
        """The file's name: the same for the same event or camera, whatever their names hold."""
        parts = "\0".join([kind, site, key]).encode("utf-8", "replace")
        return f"{hashlib.sha256(parts).hexdigest()[:40]}.{_ENDINGS[kind]}"

    def write(self, name: str, payload: bytes) -> None:
        """The file, whole or not at all, on disk when this returns. Raises `OSError`."""
        part = self.folder / f"{name}.part-{os.getpid()}-{next(self._numbers)}"
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.folder / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def remove(self, name: str) -> None:
        """Takes it away, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def give_way(self, missing: int) -> int:
        """Removes the oldest, so many bytes of them and a hundred files at most; how many went."""
        found = [one for one in self.folder.iterdir() if _OURS.fullmatch(one.name)]
        gone = 0
        for one in sorted(found, key=lambda one: one.stat().st_mtime)[:_GIVE_WAY_MAX]:
            if missing > 0:
                missing -= one.stat().st_size
                one.unlink()
                gone += 1
        return gone

    def strays(self, known: set[str]) -> list[str]:
        """Files of ours that nobody knows of: left by a process that was killed."""
        # Of the disk's own clock, as are the files' times.
        old = time.time() - _STRAY_AGE_S
        return [
            one.name
            for one in self.folder.iterdir()
            if _OURS.fullmatch(one.name) and one.name not in known and one.stat().st_mtime < old
        ]


def fault(kind: PictureKind, payload: bytes, bytes_max: int) -> str | None:
    """What is wrong with a picture or a clip, or None."""
    if len(payload) > bytes_max:
        return f"{kind} too large"
    good = payload[4:8] == b"ftyp" if kind == "clip" else payload.startswith(b"\xff\xd8\xff")
    return None if good else f"{kind} of another format"
