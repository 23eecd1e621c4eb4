"""A few values that outlive the process, in one small JSON file: whole or not at all.

For what is good to know again and can be done without: a file that is missing or damaged counts as
empty, and a disk that refuses is told of and changes nothing else.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

_BYTES_MAX = 2**20
_log = logging.getLogger(__name__)


class Noted:
    """The file at `path`, for this user's eyes alone; made when something is first noted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told = False

    def read(self) -> dict[str, Any]:
        """What was noted last; empty where nothing was, or nothing that can be read."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_BYTES_MAX))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            _log.warning("%s cannot be read and counts as empty: %s", self._path, error)
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, values: dict[str, Any]) -> None:
        """Notes these in place of what was noted; on disk when it returns, if the disk takes it."""
        part = self._path.with_name(self._path.name + ".part")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(json.dumps(values).encode())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            self._told = False
        except OSError as error:
            if not self._told:
                _log.error("%s cannot be written: %s", self._path, error.strerror)
                self._told = True
