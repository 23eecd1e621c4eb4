"""What the service manager is told, at a real socket of its kind."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from edge.notify import Notifier


@pytest.mark.parametrize("abstract", [False, True])
def test_what_is_said_arrives(tmp_path: Path, abstract: bool) -> None:
    name = f"@floorwatch-test-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name[1:] if abstract else name)
        manager.settimeout(20)
        notifier = Notifier({"NOTIFY_SOCKET": name})
        notifier.ready("watching 3 cameras")
        assert manager.recv(4096) == b"READY=1\nSTATUS=watching 3 cameras"
        notifier.alive()
        assert manager.recv(4096) == b"WATCHDOG=1"
        notifier.reloading()
        first, second = manager.recv(4096).split(b"\n")
        assert first == b"RELOADING=1"
        assert second.startswith(b"MONOTONIC_USEC=")
        notifier.stopping()
        assert manager.recv(4096) == b"STOPPING=1"
        notifier.close()


def test_without_a_manager_or_with_a_deaf_one_nothing_happens(tmp_path: Path) -> None:
    silent = Notifier({})
    deaf = Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    for notifier in (silent, deaf):
        notifier.ready("watching")
        notifier.alive()
        notifier.close()
