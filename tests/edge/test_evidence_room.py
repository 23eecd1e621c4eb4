"""Evidence is bounded by incidents, and never takes the room on the disk that alerts need."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.outbox import Outbox
from alerts.ports import Message
from edge.shelf import Limits, NotKept, Shelf

DAY_S = 86_400
MB = 2**20


def event_id(number: int) -> str:
    return f"20261120T12{number:02d}00000Z-0123456789"


def limits(
    *, bytes_max: int = 10**9, count_max: int = 1000, free_bytes_min: int = 0, keep_days: float = 7
) -> Limits:
    return Limits(10, 10, keep_days, bytes_max, count_max, free_bytes_min)


def aged(folder: Path, name: str, age_s: float, size: int = 1000) -> Path:
    path = folder / name
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB. Only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a disk of our own cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_all_of_an_incident_goes_at_once(tmp_path: Path) -> None:
    for number in range(4):
        aged(tmp_path, f"{event_id(number)}-0.jpg", 1000 - number * 100)
        aged(tmp_path, f"{event_id(number)}.mp4", 980 - number * 100)
    aged(tmp_path, f"{event_id(0)}-1.jpg", 1)  # the first one goes on
    Shelf(tmp_path, limits(bytes_max=6500)).sweep()
    first = {f"{event_id(0)}{end}" for end in ("-0.jpg", ".mp4", "-1.jpg")}
    assert names(tmp_path) == first | {f"{event_id(3)}{end}" for end in ("-0.jpg", ".mp4")}


def test_the_number_of_incidents_is_bounded_however_small_they_are(tmp_path: Path) -> None:
    for number in range(20):
        aged(tmp_path, f"{event_id(number)}-0.jpg", 1000 - number, size=1)
    Shelf(tmp_path, limits(count_max=5)).sweep()
    assert names(tmp_path) == {f"{event_id(number)}-0.jpg" for number in range(15, 20)}


def test_a_clip_is_as_old_as_the_first_picture_of_its_incident(tmp_path: Path) -> None:
    aged(tmp_path, f"{event_id(0)}-0.jpg", 7 * DAY_S + 5)
    aged(tmp_path, f"{event_id(0)}.mp4", 7 * DAY_S - 5)
    aged(tmp_path, f"{event_id(0)}-9.jpg", 3 * DAY_S)
    Shelf(tmp_path, limits()).sweep()
    assert names(tmp_path) == {f"{event_id(0)}-9.jpg"}


def test_an_incident_that_lasts_for_days_keeps_its_first_picture_and_the_latest(
    tmp_path: Path,
) -> None:
    for number in range(100):
        aged(tmp_path, f"{event_id(0)}-{number}.jpg", 1000 - number)
    aged(tmp_path, f"{event_id(0)}.mp4", 980)
    Shelf(tmp_path, limits()).sweep()
    numbers = {0, *range(77, 100)}
    expected = {f"{event_id(0)}-{number}.jpg" for number in numbers} | {f"{event_id(0)}.mp4"}
    assert names(tmp_path) == expected


def test_what_is_written_counts_at_once_and_not_at_the_next_sweep(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, limits(bytes_max=3500))
    with pytest.raises(NotKept, match="larger than all"):
        shelf.write(event_id(0), f"{event_id(0)}.mp4", bytes(3501))
    for number in range(10):
        aged(tmp_path, f"{event_id(number)}-0.jpg", 1000 - number)
    for number in range(10, 15):
        shelf.write(event_id(number), f"{event_id(number)}-0.jpg", bytes(1000))
    assert names(tmp_path) == {f"{event_id(number)}-0.jpg" for number in range(12, 15)}


def test_the_oldest_evidence_goes_where_room_is_short_and_alerts_go_on(disk: Path) -> None:
    shelf = Shelf(disk / "evidence", limits(free_bytes_min=2 * MB))
    with Outbox(disk / "outbox.sqlite3") as outbox:
        for number in range(40):
            shelf.write(event_id(number), f"{event_id(number)}.mp4", bytes(MB // 2))
            outbox.put(Message("t", b"x" * 1000), event_id(number), 0, "opened")
            status = os.statvfs(disk)
            assert status.f_bavail * status.f_frsize >= 2 * MB - 200_000  # the outbox's own share
        kept = sorted(names(disk / "evidence"))
        assert kept[-1] == f"{event_id(39)}.mp4"
        assert kept == [f"{event_id(number)}.mp4" for number in range(40 - len(kept), 40)]
        assert len(kept) >= 5
        assert shelf.refused == 0
        assert outbox.depth() == 40


def test_what_another_program_fills_costs_the_evidence_and_then_no_more_is_kept(disk: Path) -> None:
    shelf = Shelf(disk / "evidence", limits(free_bytes_min=2 * MB))
    shelf.write(event_id(0), f"{event_id(0)}-0.jpg", bytes(MB))
    (disk / "a log that grows").write_bytes(bytes(6 * MB))
    with Outbox(disk / "outbox.sqlite3") as outbox:
        for number in (1, 2):
            with pytest.raises(NotKept, match="less than 2 MB would stay free"):
                shelf.write(event_id(number), f"{event_id(number)}-0.jpg", bytes(MB))
            outbox.put(Message("t", b"x" * 1000), event_id(number), 0, "opened")
        assert outbox.depth() == 2
    assert names(disk / "evidence") == set()
    assert shelf.refused == 2
    assert "2 MB" in shelf.short
    (disk / "a log that grows").unlink()
    shelf.write(event_id(3), f"{event_id(3)}-0.jpg", bytes(MB))
    assert shelf.short == ""


def test_the_incident_that_is_written_of_is_not_deleted_for_its_own_sake(disk: Path) -> None:
    shelf = Shelf(disk / "evidence", limits(free_bytes_min=2 * MB))
    shelf.write(event_id(0), f"{event_id(0)}-0.jpg", bytes(4 * MB))
    with pytest.raises(NotKept):
        shelf.write(event_id(0), f"{event_id(0)}.mp4", bytes(3 * MB))
    assert names(disk / "evidence") == {f"{event_id(0)}-0.jpg"}


def test_a_sweep_frees_what_others_need_too(disk: Path) -> None:
    shelf = Shelf(disk / "evidence", limits(free_bytes_min=2 * MB))
    for number in range(4):
        shelf.write(event_id(number), f"{event_id(number)}.mp4", bytes(MB))
    (disk / "a log that grows").write_bytes(bytes(3 * MB))
    shelf.sweep()
    assert names(disk / "evidence") == {f"{event_id(number)}.mp4" for number in range(1, 4)}
