"""What a webhook subscriber must not forget: who it is on the broker, what it was posting, and what
nobody took."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from alerts.errors import DiskRefused, UserError

_DEAD_BYTES_MAX = 50 * 2**20
_ID_LENGTH = 12

_log = logging.getLogger(__name__)


class State:
    """A folder for one subscriber alone. A context manager, which makes it.

    client-id    a random word, so that the broker knows it again
    under-way    the id of the message being posted: after a crash it may have been taken
    dead.jsonl   what was given up, a line each; with dead.1.jsonl at most 100 MiB

    Raises `UserError` if the folder cannot be used, or if another process uses it.
    """

    def __init__(self, folder: Path) -> None:
        self.client_id = ""
        self.before = ""  # what an earlier process was posting when it ended
        self._folder = folder
        self._lock: int | None = None

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.client_id = self._known("client-id") or secrets.token_hex(_ID_LENGTH // 2)
            self._write("client-id", self.client_id)
            self.before = self._known("under-way")
        except BlockingIOError:
            self._let_go()
            raise UserError(
                f"--state: another floorwatch webhook uses {self._folder}: give each its own folder"
            ) from None
        except OSError as error:
            self._let_go()
            raise UserError(
                f"--state: {self._folder} cannot be used ({error.strerror}): check its owner and "
                "rights, or name another folder"
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._let_go()

    def under_way(self, ident: str) -> None:
        """This one is posted now; on disk when it returns. A disk that refuses is told: then a
        repeat after a crash would not be marked, but still have the same id."""
        try:
            self._write("under-way", ident)
        except OSError as error:
            _log.error("%s: cannot be written (%s)", self._folder, error.strerror)

    def bury(self, told: Mapping[str, Any]) -> None:
        """One line more of what was given up; on disk when it returns. Raises `DiskRefused`."""
        path = self._folder / "dead.jsonl"
        line = json.dumps(told, ensure_ascii=True).encode() + b"\n"
        try:
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_size + len(line) > _DEAD_BYTES_MAX:
                    path.replace(self._folder / "dead.1.jsonl")
            mine = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(mine, "ab", buffering=0) as file:
                file.write(line)
                os.fsync(file.fileno())
        except OSError as error:
            raise DiskRefused(f"{path}: {error.strerror}") from error

    def _known(self, name: str) -> str:
        try:
            return (self._folder / name).read_text("utf-8", "replace").strip()
        except FileNotFoundError:
            return ""

    def _write(self, name: str, text: str) -> None:
        part = self._folder / f"{name}.part"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
