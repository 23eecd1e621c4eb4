"""Disks that hang: an outbox that does so when told, and for root real file systems, to freeze,
fill and make read-only."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alerts.kept import Kept, Kind
from alerts.outbox import Outbox
from alerts.ports import Message


@dataclass
class Disk:
    """Opens outboxes at `path` whose writes take as long as `hung` is set; with `blind` reads hang
    too, `slow_s` is what each write takes."""

    path: Path
    hung: threading.Event = field(default_factory=threading.Event)
    blind: bool = False
    slow_s: float = 0.0

    def open(self) -> Outbox:
        """Opens the outbox there."""
        return _Hanging(self)

    def wait(self) -> None:
        """What a write does before it is one."""
        time.sleep(self.slow_s)
        while self.hung.is_set():
            time.sleep(0.01)


class _Hanging(Outbox):
    def __init__(self, disk: Disk) -> None:
        super().__init__(disk.path)
        self._disk = disk

    def put(self, message: Message, event_id: str, seq: int, phase: Kind) -> int:
        self._disk.wait()
        return super().put(message, event_id, seq, phase)

    def delivered(self, kept_id: int) -> None:
        self._disk.wait()
        super().delivered(kept_id)

    def probe(self) -> None:
        self._disk.wait()
        super().probe()

    def next(
        self, limit: int, *, skip: Collection[int] = (), resting: Collection[str] = ()
    ) -> list[Kept]:
        if self._disk.blind:
            self._disk.wait()
        return super().next(limit, skip=skip, resting=resting)


def _root(*command: str) -> None:
    """Runs what only root may; a visible skip where it is refused."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        pytest.skip(f"{' '.join(command)}: {done.stderr.decode()[:200]}")


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of one megabyte in memory."""
    folder.mkdir()
    _root("mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=60)


def read_only(folder: Path, yes: bool) -> None:
    """Mounts it anew, read-only or not. Nothing on it may be open for writing."""
    _root("mount", "-o", f"remount,{'ro' if yes else 'rw'}", str(folder))


@contextlib.contextmanager
def freezable_disk(folder: Path) -> Iterator[Path]:
    """A real file system, in a file, that can be frozen: whoever writes hangs, in the kernel."""
    folder.mkdir()
    image = folder.with_suffix(".image")
    with image.open("wb") as file:
        file.truncate(16 * 2**20)
    _root("mkfs.ext4", "-q", str(image))
    _root("mount", "-o", "loop", str(image), str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["fsfreeze", "-u", str(folder)], check=False, capture_output=True)
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=60)


@contextlib.contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """Inside, nothing can be written there, and nobody is told so."""
    _root("fsfreeze", "-f", str(folder))
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "-u", str(folder)], check=True, timeout=60)
