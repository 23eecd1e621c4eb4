"""What a container or a service may take of the machine: control groups, version 2 and 1.

Files: https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max, memory.max, pids.max) and
https://docs.kernel.org/admin-guide/cgroup-v1/ (cpu.cfs_quota_us, memory.limit_in_bytes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edge.doctor.machine import Machine

_TOP = "/sys/fs/cgroup"
_UNLIMITED_BYTES = 2**60  # version 1 writes a number near 2^63


@dataclass(frozen=True)
class Allowance:
    """None is no limit."""

    cpus: float | None = None
    memory_bytes: float | None = None
    tasks: float | None = None


def allowance(machine: Machine) -> Allowance:
    """The tightest limits on the way from the top to where we are."""
    folders = {name: list(_folders(machine, name)) for name in ("", "cpu", "memory", "pids")}
    return Allowance(
        _least(
            [_quota(machine, f"{one}/cpu.max") for one in folders[""]]
            + [_old_quota(machine, one) for one in folders["cpu"]]
        ),
        _least(
            [machine.number(f"{one}/memory.max") for one in folders[""]]
            + [machine.number(f"{one}/memory.limit_in_bytes") for one in folders["memory"]]
        ),
        _least([machine.number(f"{one}/pids.max") for one in (*folders[""], *folders["pids"])]),
    )


def _folders(machine: Machine, controller: str) -> Iterator[str]:
    """Our folder of that controller and all above; the top alone where ours cannot be seen."""
    top = f"{_TOP}/{controller}" if controller else _TOP
    path = ""
    for line in (machine.text("/proc/self/cgroup") or "").splitlines():
        _, controllers, where = line.split(":", 2)
        if controller in controllers.split(","):
            path = where.rstrip("/")
    while path:
        yield f"{top}{path}"
        path = path.rpartition("/")[0]
    yield top


def _quota(machine: Machine, path: str) -> float | None:
    """`max 100000` or `150000 100000`: microseconds of each so many."""
    quota, _, per = (machine.text(path) or "").partition(" ")
    return float(quota) / float(per) if quota.isdigit() and per.isdigit() else None


def _old_quota(machine: Machine, folder: str) -> float | None:
    quota = machine.number(f"{folder}/cpu.cfs_quota_us")
    per = machine.number(f"{folder}/cpu.cfs_period_us")
    return quota / per if quota and per and quota > 0 else None


def _least(limits: Iterable[float | None]) -> float | None:
    return min((one for one in limits if one is not None and one < _UNLIMITED_BYTES), default=None)
