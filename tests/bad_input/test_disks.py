"""Disks that take nothing, really mounted (only root may; a visible skip for others)."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.sources.pattern import Script
from tests.bad_input.saying import complaint, findings, pattern, site
from tests.peers.conftest import FALL
from tests.support.clips import write_pattern
from tests.support.mosquitto import Mosquitto
from tests.support.site import DaemonProcess, Listener, site_file
from tests.support.until import until

BALLAST = "ballast"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a disk of our own cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Leaves no room at all, until the ballast is removed."""
    with (disk / BALLAST).open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def test_replay_onto_a_full_disk(
    tmp_path: Path, disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_pattern(tmp_path / "fall.mp4", Script(FALL, 12, 10, (320, 180)))
    fill(disk)
    for where in (disk, disk / "new"):
        args = ["replay", str(clip), "--config", site(tmp_path), "--out", str(where)]
        words = complaint(capsys, args)
        assert "cannot be written (No space left on device): make room" in words


def test_replay_onto_a_read_only_disk(
    tmp_path: Path, disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_pattern(tmp_path / "fall.mp4", Script(FALL, 12, 10, (320, 180)))
    make_read_only(disk)
    args = ["replay", str(clip), "--config", site(tmp_path), "--out", str(disk)]
    assert "cannot be written (Read-only file system)" in complaint(capsys, args)


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_check_tells_it(
    tmp_path: Path, disk: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        path = site_file(tmp_path, [pattern()], broker.port, state={"path": str(disk)})
        assert findings(capsys, path) == {}
        if how == "full":
            fill(disk)
        else:
            make_read_only(disk)
        bad = findings(capsys, path)
    assert list(bad) == ["state"]
    reason = "No space left on device" if how == "full" else "Read-only file system"
    assert f"{disk} cannot be written ({reason}); mend it, or name another folder" in bad["state"]


@pytest.mark.parametrize("when", ["from the start", "later"])
def test_the_daemon_goes_on_watching_says_so_and_recovers(
    tmp_path: Path, disk: Path, when: str
) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        camera = {"name": "hall", "url": "pattern:collapse"}
        path = site_file(tmp_path, [camera], broker.port, state={"path": str(disk)})
        if when == "from the start":
            fill(disk)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(path) as daemon:
            until(lambda: listener.camera("hall").get("frames_read", 0) >= 1, "it watches", 60)
            if when == "later":
                fill(disk)
            until(lambda: [e for e in listener.events if not e.durable], "told from memory", 60)
            told = len(listener.events)
            assert "disk" in daemon.log
            (disk / BALLAST).unlink()
            until(lambda: any(e.durable for e in listener.events[told:]), "the disk again", 60)
            assert listener.opened() == [("hall", "collapse")]
            assert daemon.stop() == 0
        assert "Traceback" not in daemon.log
