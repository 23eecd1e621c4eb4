"""The proof that a desk lives: a file that its process keeps locked, beside the book.

The kernel lets go of the lock when the process ends, however it ends, so that nobody has to wait
for one that is no more. One that hangs in the middle of writing keeps book or ledger locked for
everybody for as long as it lives: who takes over from one that hangs ends it.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
import select
import signal
from pathlib import Path

_END_S = 2.0  # for a process that was ended to be gone

_log = logging.getLogger(__name__)


class Proof:
    """Of this process; `close` ends it."""

    def __init__(self, beside: Path) -> None:
        self._path = beside.with_name(f"{beside.name}.holder-{secrets.token_hex(8)}")
        self._file = self._path.open("w", encoding="utf-8")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.write(f"{os.getpid()} {_started(os.getpid())}\n")
        self._file.flush()

    @property
    def name(self) -> str:
        """By which others find it beside the book, wherever that is mounted for them."""
        return self._path.name

    def close(self) -> None:
        """No longer."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        self._file.close()


def has_ended(path: Path) -> bool:
    """Whether the process of the proof at `path` is no more; the proof goes with it. False also
    where nothing can be seen of it from here."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            return True
    except OSError:
        return False


def end(path: Path) -> bool:
    """Ends the process of that proof, as `kill -9` does; True once it is gone. False where it
    cannot be seen from here, as in another container, or belongs to somebody else."""
    try:
        pid, started = (int(word) for word in path.read_text("utf-8").split())
        process = os.pidfd_open(pid)
    except (OSError, ValueError):
        return False
    try:
        if _started(pid) != started:
            return False  # another process has that number by now
        signal.pidfd_send_signal(process, signal.SIGKILL)
        gone, _, _ = select.select([process], [], [], _END_S)
        return bool(gone)
    except OSError as error:
        _log.error("process %d cannot be ended: %s", pid, error.strerror)
        return False
    finally:
        os.close(process)


def _started(pid: int) -> int:
    """When that process was started, in ticks since the machine was (proc(5), stat, field 22)."""
    text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    return int(text.rpartition(")")[2].split()[19])
