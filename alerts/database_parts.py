"""A SQLite database is three files: made for its owner alone, and set aside as one."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path


def keep_to_its_owner(path: Path) -> None:
    """Makes the file if it is not there, readable to its owner alone. Before SQLite opens it: its
    -wal and -shm, which hold the same, get the file's rights. Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for part in _parts(path):
        if part.exists():
            part.chmod(0o600)


def set_aside(path: Path) -> Path:
    """Renames a damaged one, whole; gives its new name. Raises OSError."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for part, aside_part in zip(_parts(path), _parts(aside), strict=True):
        if part.exists():
            part.rename(aside_part)
    return aside


def _parts(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
