"""Memory, swap, and what the kernel had to do when there was none left.

Files: /proc/meminfo and /proc/vmstat, proc(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from edge.doctor.cgroup import allowance
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("memory")
_FREE_MB_LOOK, _FREE_MB_BAD = 600, 200
# What the daemon takes: itself with the network, and each camera.
_OWN_MB, _CAMERA_MB = 400, 40


@dataclass(frozen=True)
class Memory:
    """In megabytes. `allowed` is a container's or a service's limit."""

    total_mb: float
    available_mb: float
    swap_mb: float
    swap_free_mb: float
    allowed_mb: float | None
    killed: int


def probe(machine: Machine) -> Memory:
    """Looks."""
    found = dict(re.findall(r"^(\w+):\s+(\d+) kB", machine.text("/proc/meminfo") or "", re.M))
    killed = re.search(r"^oom_kill (\d+)", machine.text("/proc/vmstat") or "", re.MULTILINE)
    limit_bytes = allowance(machine).memory_bytes
    return Memory(
        total_mb=int(found.get("MemTotal", 0)) / 1024,
        available_mb=int(found.get("MemAvailable", 0)) / 1024,
        swap_mb=int(found.get("SwapTotal", 0)) / 1024,
        swap_free_mb=int(found.get("SwapFree", 0)) / 1024,
        allowed_mb=None if limit_bytes is None else limit_bytes / 2**20,
        killed=int(killed[1]) if killed else 0,
    )


def judge(seen: Memory, cameras: int) -> Iterator[Finding]:
    """What it means for a site of so many cameras."""
    yield _room(seen)
    if seen.allowed_mb is not None and seen.allowed_mb < seen.total_mb:
        yield _allowed(seen.allowed_mb, cameras)
    yield _swap(seen)
    if seen.killed:
        words = f"the kernel ended {seen.killed} programs for want of memory since the start"
        mend = "see which: `sudo dmesg | grep -i 'killed process'`; end what is not needed"
        yield _GROUP.look("killed", words, "next time it may be this one", mend, killed=seen.killed)


def _room(seen: Memory) -> Finding:
    words = f"{seen.available_mb:.0f} of {seen.total_mb:.0f} MB to be had"
    numbers = {"available_mb": round(seen.available_mb), "total_mb": round(seen.total_mb)}
    mend = "end what is not needed; on a Jetson, without a desktop: sudo systemctl set-default "
    mend += "multi-user.target"
    if seen.available_mb < _FREE_MB_BAD:
        return _GROUP.bad("free", words, "the kernel will soon end programs", mend, **numbers)
    if seen.available_mb < _FREE_MB_LOOK:
        why = "starting another program, or building an engine, may fail"
        return _GROUP.look("free", words, why, mend, **numbers)
    return _GROUP.good("free", words, **numbers)


def _allowed(allowed_mb: float, cameras: int) -> Finding:
    wanted_mb = _OWN_MB + _CAMERA_MB * cameras
    words = f"a limit of {allowed_mb:.0f} MB"
    if allowed_mb >= wanted_mb:
        return _GROUP.good("limit", words, limit_mb=round(allowed_mb))
    why = f"{cameras} cameras may take {wanted_mb} MB; beyond the limit the daemon is ended"
    mend = "give it more (`--memory`, `MemoryMax=`)"
    return _GROUP.look("limit", words, why, mend, limit_mb=round(allowed_mb))


def _swap(seen: Memory) -> Finding:
    if seen.swap_mb == 0:
        return _GROUP.none("swap", "none: nothing is slowed down by it")
    used_mb = seen.swap_mb - seen.swap_free_mb
    words = f"{used_mb:.0f} of {seen.swap_mb:.0f} MB used"
    if used_mb <= seen.swap_mb / 2:
        return _GROUP.good("swap", words, used_mb=round(used_mb))
    why = "what is swapped out comes back late, and wears out flash memory"
    mend = "end what is not needed, or add memory"
    return _GROUP.look("swap", words, why, mend, used_mb=round(used_mb))
