"""The journal: events in a file, one line of JSON each, in the order they came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from typing_extensions import Self

from alerts.errors import UserError
from alerts.event import Event
from alerts.schema import NotByContract


class Journal:
    """Appends events to `path`, or begins with an empty file if it is to be `fresh`.

    Each event is handed to the system before `write` returns. A context manager. Raises
    `UserError` if the file cannot be written.
    """

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self._path = path
        self._fresh = fresh
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("wb" if self._fresh else "ab")
        except OSError as error:
            raise self._not_written(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError as fault:  # of what `write` could not hand over: told already
                if kind is None:
                    raise self._not_written(fault) from fault

    def write(self, event: Event) -> None:
        """One line more. It is written in one piece, so that a reader sees whole lines."""
        if self._file is None:
            raise RuntimeError("a journal is written inside `with`")
        try:
            self._file.write(event.to_json().encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> UserError:
        return UserError(
            f"journal {self._path} cannot be written ({error.strerror}): make room or mend the "
            "folder's rights, or name another file"
        )


def read(path: Path) -> Iterator[Event]:
    """The events of a journal. A last line without its end (a writer cut off) is left out.

    Raises `UserError` naming the line that is no event, or the file that cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UserError(f"journal {path} cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines[:-1], start=1):
        try:
            yield Event.from_json(line)
        except NotByContract as error:
            raise UserError(f"journal {path}, line {number}: {error}") from error
