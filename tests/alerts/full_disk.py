"""A disk that takes no more: the system's own limit on how large a file may grow."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def full_disk(outbox: Path) -> Iterator[None]:
    """Inside, this process can make no file larger than the outbox's write-ahead log is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = outbox.with_name(outbox.name + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
