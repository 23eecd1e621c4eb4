"""Files that appear whole or not at all, for this user's eyes: pictures of people."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

_HEAD_BYTES = 16


def written(path: Path, data: bytes) -> None:
    """`data` at `path`, fsynced; the file that was there until then goes. Raises OSError."""
    with _arriving(path) as file:
        file.write(data)


def placed(source: Path, path: Path, fits: Callable[[bytes], bool]) -> bool:
    """A copy of `source` at `path`, if its first bytes fit; False if they do not or it is gone.
    Raises OSError."""
    try:
        with source.open("rb") as found:
            if not fits(found.read(_HEAD_BYTES)):
                return False
            found.seek(0)
            with _arriving(path) as file:
                shutil.copyfileobj(found, file)
    except FileNotFoundError:
        return False
    return True


def digest_of(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def _arriving(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # With a full stop in front: those who read the folder leave it out.
    part = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # half a file would take what little room there is
            part.unlink(missing_ok=True)
        raise
