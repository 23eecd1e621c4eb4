"""The disk below the state folder: room, how fast it confirms, how worn it is, whose it is.

Files: /proc/self/mountinfo, proc(5); eMMC's life_time and pre_eol_info, as JEDEC's 84-B51 has them:
https://docs.kernel.org/driver-api/mmc/mmc-dev-attrs.html; `smartctl --json`, smartctl(8).
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.doctor.finding import AS_DAEMON, Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("disk")
_SYNCS, _SYNC_S_MAX, _SYNC_BYTES = 50, 2.0, 4096
_SYNC_MS_LOOK, _SYNC_MS_BAD = 100.0, 1000.0
_FILES_LOOKED_AT_MAX = 50_000
_SPARE_MB = 200
_WORN_PERCENT = 80
_FLEETING = frozenset({"tmpfs", "ramfs", "overlay"})
_SHARED = frozenset({"nfs", "nfs4", "cifs", "9p", "fuse.sshfs"})


@dataclass(frozen=True)
class Disk:
    """What is below `folder`, which may not be there yet: then what is said of the disk is said of
    the nearest folder that is. Sizes in megabytes; `used_mb` is what the folder holds already.
    `sync_ms` are the times of single writes with fsync, sorted; empty where none could be made."""

    folder: str
    there: bool
    ours: bool
    mode: int
    file_system: str
    device: str
    read_only: bool
    free_mb: float
    inodes_free: float
    used_mb: float
    sync_ms: tuple[float, ...]
    worn_percent: float | None
    failing: bool


def probe(machine: Machine, folder: Path, *, measured: bool) -> Disk:
    """Looks, and writes a few pages to the disk if `measured`."""
    # Unlike Path.exists, this takes a folder that we may not look into for one that is not there.
    near = next(path for path in (folder, *folder.parents) if os.path.exists(path))
    status, about = os.statvfs(near), near.stat()
    file_system, device, options = _mount(machine, near)
    worn, failing = _wear(machine, device)
    return Disk(
        folder=str(folder),
        there=near == folder,
        ours=about.st_uid == os.getuid() and os.access(near, os.W_OK),
        mode=about.st_mode & 0o777,
        file_system=file_system,
        device=device,
        read_only="ro" in options.split(",") or bool(status.f_flag & os.ST_RDONLY),
        free_mb=status.f_bavail * status.f_frsize / 2**20,
        # Some file systems (btrfs) know no such limit, and say 0 of 0.
        inodes_free=status.f_favail / status.f_files if status.f_files else 1.0,
        used_mb=_used_mb(folder),
        sync_ms=_sync_ms(near) if measured else (),
        worn_percent=worn,
        failing=failing,
    )


def judge(seen: Disk, wanted_mb: float | None) -> Iterator[Finding]:
    """What it means for a site that may keep so much; None is no site."""
    yield _system(seen)
    yield _room(seen, wanted_mb)
    yield _sync(seen)
    yield _wear_of(seen)
    if wanted_mb is not None:
        yield _whose(seen)


def _system(seen: Disk) -> Finding:
    words = f"{seen.file_system or 'unknown'} on {seen.device or 'an unknown device'}"
    if seen.read_only:
        why = "alerts then wait in memory alone, and are lost with the power"
        mend = f"name another folder under `state: path:`, or mount it for writing ({seen.folder})"
        return _GROUP.bad("file system", f"{words}, read-only", why, mend)
    if seen.file_system in _FLEETING:
        why = "what lies there is gone after a restart, alerts that wait among it"
        mend = "in a container: a volume for the state folder; else `state: path:` on a disk"
        return _GROUP.look("file system", words, why, mend)
    if seen.file_system in _SHARED:
        why = "a share that hangs holds up what is written; locks do not work on all of them"
        return _GROUP.look("file system", words, why, "name a folder on a disk of the device")
    return _GROUP.good("file system", words)


def _room(seen: Disk, wanted_mb: float | None) -> Finding:
    words = f"{seen.free_mb / 1024:.1f} GB free"
    numbers = {"free_mb": round(seen.free_mb), "inodes_free_share": round(seen.inodes_free, 3)}
    mend = "free some, or lower `evidence: size_mb_max:` and `outbox: size_mb_max:`"
    if seen.free_mb < _SPARE_MB or seen.inodes_free < 0.01:
        what = words if seen.free_mb < _SPARE_MB else "no room for further files (inodes)"
        return _GROUP.bad("room", what, "soon no alert can be put on disk", mend, **numbers)
    if wanted_mb is not None and seen.free_mb + seen.used_mb < wanted_mb + _SPARE_MB:
        words += f" and {seen.used_mb:.0f} MB in use, of {wanted_mb:.0f} MB that may be kept"
        return _GROUP.look(
            "room", words, "the disk is full before the limit holds", mend, **numbers
        )
    if seen.inodes_free < 0.05:
        words += f", but only {100 * seen.inodes_free:.0f} % of its files (inodes)"
        return _GROUP.look("room", words, "soon no file can be made", mend, **numbers)
    return _GROUP.good("room", words, **numbers)


def _sync(seen: Disk) -> Finding:
    if not seen.sync_ms:
        return _GROUP.none("fsync", "not measured (--quick, or nothing may be written there)")
    times = seen.sync_ms
    p50, p95 = times[len(times) // 2], times[min(len(times) - 1, int(0.95 * len(times)))]
    words = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms over {len(times)} writes"
    numbers = {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2)}
    mend = "see what else writes (`iotop`); cheap cards are slow: take an NVMe disk"
    if p95 > _SYNC_MS_BAD:
        return _GROUP.bad("fsync", words, "each alert waits for it", mend, **numbers)
    if p95 > _SYNC_MS_LOOK:
        return _GROUP.look("fsync", words, "each alert waits for it", mend, **numbers)
    return _GROUP.good("fsync", words, **numbers)


def _wear_of(seen: Disk) -> Finding:
    if seen.failing:
        why = "the disk says itself that it is about to fail"
        return _GROUP.bad("wear", "failing", why, "save what you need and replace it")
    if seen.worn_percent is None:
        return _GROUP.none("wear", "not told (try: sudo smartctl -a on the device)")
    words = f"{seen.worn_percent:.0f} % of its life used"
    if seen.worn_percent < _WORN_PERCENT:
        return _GROUP.good("wear", words, worn_percent=seen.worn_percent)
    why = "flash memory that is worn out turns read-only, or forgets"
    return _GROUP.look("wear", words, why, "plan to replace it", worn_percent=seen.worn_percent)


def _whose(seen: Disk) -> Finding:
    if not seen.there:
        if seen.ours:
            return _GROUP.none("state", f"{seen.folder} is not there yet; the first start makes it")
        words = f"{seen.folder} is not there, or not to be seen by this user"
        mend = f"ask as the daemon's user: {AS_DAEMON} doctor …"
        return _GROUP.look("state", words, "the daemon must be able to make it", mend)
    words = f"{seen.folder}, mode {seen.mode:04o}"
    if not seen.ours:
        why = "the daemon must be its owner"
        mend = f"ask as its user: {AS_DAEMON} doctor …; if that says the same: "
        mend += f"sudo chown -R floorwatch {seen.folder}"
        return _GROUP.look("state", f"{words}, not ours", why, mend)
    if seen.mode & 0o077:
        why = "other users of the device can see evidence: pictures of people"
        return _GROUP.look("state", words, why, f"chmod 700 {seen.folder}")
    return _GROUP.good("state", words)


def _mount(machine: Machine, near: Path) -> tuple[str, str, str]:
    """File system, device and options of the mount that holds a folder."""
    found, longest, path = ("", "", ""), -1, str(near.resolve())
    for line in (machine.text("/proc/self/mountinfo") or "").splitlines():
        before, _, after = line.partition(" - ")
        where, options = before.split()[4:6]
        inside = path == where or path.startswith(where.rstrip("/") + "/")
        if inside and len(where) >= longest and len(after.split()) >= 3:
            kind, device, more = after.split()[:3]
            found, longest = (kind, device, f"{options},{more}"), len(where)
    return found


def _used_mb(folder: Path) -> float:
    total = 0
    for number, path in enumerate(folder.rglob("*")):
        if number > _FILES_LOOKED_AT_MAX:
            break
        try:
            total += path.lstat().st_size
        except OSError:
            continue  # deleted while we looked
    return total / 2**20


def _sync_ms(near: Path) -> tuple[float, ...]:
    times: list[float] = []
    try:
        with tempfile.TemporaryFile(dir=near) as file:
            until_s = time.monotonic() + _SYNC_S_MAX
            while len(times) < _SYNCS and time.monotonic() < until_s:
                began_s = time.monotonic()
                file.write(bytes(_SYNC_BYTES))
                file.flush()
                os.fsync(file.fileno())
                times.append((time.monotonic() - began_s) * 1000)
    except OSError:
        return ()
    return tuple(sorted(times))


def _wear(machine: Machine, device: str) -> tuple[float | None, bool]:
    """How much of its life is used, in percent, and whether it says that it fails."""
    name = device.removeprefix("/dev/")
    if found := re.match(r"(mmcblk\d+|nvme\d+n\d+|[a-z]+(?=\d+$))", name):  # a part → the whole
        name = found[1]
    about = f"/sys/block/{name}/device"
    if lives := machine.text(f"{about}/life_time"):  # `0x02 0x01`: tenths, of either kind of cell
        worn = 10.0 * max(int(life, 16) for life in lives.split())
        return worn, machine.text(f"{about}/pre_eol_info") == "0x03"
    answer = machine.run("smartctl", "--json", "-H", "-A", f"/dev/{name}") if name else None
    try:
        said = json.loads(answer.out) if answer else {}
    except ValueError:
        said = {}
    worn = said.get("nvme_smart_health_information_log", {}).get("percentage_used")
    return worn, said.get("smart_status", {}).get("passed") is False
