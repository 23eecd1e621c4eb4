"""Pictures and clips as they are given to a page: from the device's own folder, or the ledger.

A name comes from an event, and so from whoever may write to the broker. It is taken for a file of
the folder only if it is a plain name, of a plain file, whose content has the digest that the event
says.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Literal

from starlette.responses import FileResponse

from alerts.event import EvidenceFile
from alerts.web.refusal import Refused

Kind = Literal["image/jpeg", "video/mp4"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_KNOWN_MAX = 2000
_CHUNK_BYTES = 1 << 20
# What a picture of a stranger's making could try is forbidden to it, should it be no picture.
_HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "inline",
}

_Mark = tuple[str, int, int, int]


class EvidenceFolder:
    """The folder where a device on the same machine keeps its evidence."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._digests: OrderedDict[_Mark, str] = OrderedDict()

    def path(self, file: EvidenceFile | None) -> Path | None:
        """Where the file is, if it is there and is the one that is meant."""
        if file is None or not _NAME.fullmatch(file.name):
            return None
        path = self._folder / file.name
        try:
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):  # a link may lead anywhere
                return None
            digest = self._digest(path, found)
        except OSError:
            return None
        return path if digest == file.sha256.lower() else None

    def has(self, file: EvidenceFile | None) -> bool:
        """Whether there is a file of that name; what is in it is looked at when it is asked for."""
        if file is None or not _NAME.fullmatch(file.name):
            return False
        try:
            return stat.S_ISREG((self._folder / file.name).lstat().st_mode)
        except OSError:
            return False

    def _digest(self, path: Path, found: os.stat_result) -> str:
        """Of the content; remembered until the file changes, as a clip is asked for in pieces."""
        mark = (path.name, found.st_mtime_ns, found.st_ino, found.st_size)
        with self._lock:
            known = self._digests.get(mark)
        if known is not None:
            return known
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
        with self._lock:
            self._digests[mark] = digest.hexdigest()
            if len(self._digests) > _KNOWN_MAX:
                self._digests.popitem(last=False)
        return digest.hexdigest()


def given(path: Path | None, kind: Kind) -> FileResponse:
    """The file as an answer, in pieces too if the page asks for them (`Range`). Raises `Refused`
    where there is none."""
    try:
        if path is None:
            raise FileNotFoundError
        found = path.stat()
    except OSError:
        raise Refused(404, "missing", "this is not kept, or no longer") from None
    return FileResponse(path, media_type=kind, headers=_HEADERS, stat_result=found)
