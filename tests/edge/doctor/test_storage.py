"""Memory and disk, from texts as such systems have them, and from a real folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge.doctor import disk, memory
from tests.edge.doctor.devices import by_check, device, install

# --- memory ---

MEMINFO = """\
MemTotal:        7802880 kB
MemFree:          200000 kB
MemAvailable:    {available} kB
SwapTotal:       3901440 kB
SwapFree:        {swap_free} kB
"""


@pytest.mark.parametrize(
    ("available", "swap_free", "free", "swap"),
    [
        (5_000_000, 3_901_440, "good", "good"),
        (500_000, 3_901_440, "look", "good"),
        (100_000, 900_000, "bad", "look"),
    ],
)
def test_memory(tmp_path: Path, available: int, swap_free: int, free: str, swap: str) -> None:
    text = MEMINFO.format(available=available, swap_free=swap_free)
    machine = device(tmp_path, {"/proc/meminfo": text, "/proc/vmstat": "nr_x 1\noom_kill 0\n"})
    found = by_check(memory.judge(memory.probe(machine), 4))
    assert {check: one.verdict for check, one in found.items()} == {"free": free, "swap": swap}


def test_a_container_too_small_and_programs_that_were_ended(tmp_path: Path) -> None:
    files = {
        "/proc/meminfo": MEMINFO.format(available=5_000_000, swap_free=3_901_440),
        "/proc/vmstat": "oom_kill 2\n",
        "/sys/fs/cgroup/memory.max": str(512 * 2**20),
    }
    machine = device(tmp_path, files)
    assert by_check(memory.judge(memory.probe(machine), 1))["limit"].verdict == "good"
    found = by_check(memory.judge(memory.probe(machine), 8))
    assert found["limit"].verdict == "look"
    assert found["killed"].numbers == {"killed": 2}


# --- disk ---

DISK = disk.Disk(
    "/var/lib/floorwatch/hall", True, True, 0o700, "ext4", "/dev/nvme0n1p1", False,
    free_mb=50_000, inodes_free=0.9, used_mb=100, sync_ms=(1.0, 2.0, 30.0), worn_percent=3,
    failing=False,
)  # fmt: skip


def test_a_folder_is_looked_at_and_measured_without_leaving_anything(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "clip.mp4").write_bytes(bytes(2**20))
    seen = disk.probe(device(tmp_path, {}), state, measured=True)
    assert (seen.there, seen.ours, seen.mode, seen.read_only) == (True, True, 0o700, False)
    assert seen.used_mb == pytest.approx(1.0)
    assert seen.free_mb > 0
    assert seen.sync_ms == tuple(sorted(seen.sync_ms))
    assert len(seen.sync_ms) > 0
    assert [path.name for path in state.iterdir()] == ["clip.mp4"]


def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    seen = disk.probe(device(tmp_path, {}), tmp_path / "a" / "b", measured=False)
    assert not seen.there
    assert list(tmp_path.iterdir()) == []
    found = by_check(disk.judge(seen, 1200))
    assert (found["state"].verdict, found["fsync"].verdict) == ("not_applicable",) * 2


@pytest.mark.parametrize(
    ("change", "check", "verdict"),
    [
        ({}, "room", "good"),
        ({"read_only": True}, "file system", "bad"),
        ({"file_system": "tmpfs"}, "file system", "look"),
        ({"file_system": "nfs4"}, "file system", "look"),
        ({"free_mb": 1100}, "room", "look"),
        ({"free_mb": 1350}, "room", "good"),  # with the 100 MB there already, all of 1200 and more
        ({"free_mb": 100}, "room", "bad"),
        ({"inodes_free": 0.001}, "room", "bad"),
        ({"inodes_free": 0.03}, "room", "look"),
        ({"sync_ms": (5.0,) * 18 + (300.0, 300.0)}, "fsync", "look"),
        ({"sync_ms": (2000.0,)}, "fsync", "bad"),
        ({"worn_percent": 90}, "wear", "look"),
        ({"failing": True}, "wear", "bad"),
        ({"worn_percent": None}, "wear", "not_applicable"),
        ({"mode": 0o755}, "state", "look"),
        ({"ours": False}, "state", "look"),
        ({"there": False, "ours": False}, "state", "look"),
    ],
)
def test_what_a_disk_means(change: dict[str, object], check: str, verdict: str) -> None:
    found = by_check(disk.judge(replace(DISK, **change), 1200))  # type: ignore[arg-type]
    assert found[check].verdict == verdict
    others = {one.verdict for name, one in found.items() if name != check}
    assert others == {"good"}


def test_wear_of_soldered_flash(tmp_path: Path) -> None:
    about = "/sys/block/mmcblk0/device"
    line = f"36 35 179:1 / {tmp_path} ro,noatime shared:1 - ext4 /dev/mmcblk0p1 rw\n"
    files = {
        "/proc/self/mountinfo": f"1 0 8:1 / / rw - tmpfs tmpfs rw\n{line}",
        f"{about}/life_time": "0x02 0x09\n",
        f"{about}/pre_eol_info": "0x03\n",
    }
    seen = disk.probe(device(tmp_path, files), tmp_path, measured=False)
    assert (seen.file_system, seen.device, seen.read_only) == ("ext4", "/dev/mmcblk0p1", True)
    assert (seen.worn_percent, seen.failing) == (90, True)


def test_wear_of_an_nvme_disk(tmp_path: Path) -> None:
    said = {
        "smart_status": {"passed": True, "nvme": {"value": 0}},
        "nvme_smart_health_information_log": {"percentage_used": 7, "available_spare": 100},
    }
    files = {"/proc/self/mountinfo": "36 35 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n"}
    machine = device(tmp_path, files)
    install(tmp_path, "smartctl", f"test $4 = /dev/nvme0n1 && echo '{json.dumps(said)}'")
    seen = disk.probe(machine, tmp_path, measured=False)
    assert (seen.worn_percent, seen.failing) == (7, False)
