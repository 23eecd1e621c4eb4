"""What the system keeps from the daemon: open files, threads, files of others, policies.

Files: getrlimit(2), https://docs.kernel.org/admin-guide/cgroup-v2.html (pids.max),
/sys/fs/selinux/enforce, /proc/self/attr/current.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.doctor.cgroup import allowance
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("limits")
_FILES_OWN, _FILES_CAMERA = 100, 12
_TASKS_OWN, _TASKS_CAMERA = 60, 6


@dataclass(frozen=True)
class Restraints:
    """None is no limit, or not known. `label` is what SELinux or AppArmor calls us, if they hold
    us to anything."""

    files: float | None
    tasks: float | None
    label: str


def probe(machine: Machine) -> Restraints:
    """Looks."""
    limits = machine.text("/proc/self/limits") or ""
    found = re.search(r"^Max open files\s+(\d+|unlimited)", limits, re.MULTILINE)
    return Restraints(
        files=float(found[1]) if found and found[1].isdigit() else None,
        tasks=allowance(machine).tasks,
        label=_label(machine),
    )


def judge(seen: Restraints, cameras: int, refused: Sequence[str]) -> Iterator[Finding]:
    """What it means for so many cameras; `refused` is what could not be read for want of rights."""
    mend = "raise it: `LimitNOFILE=` in the unit, `--ulimit nofile=` for a container, `ulimit -n`"
    yield _enough("open files", seen.files, _FILES_OWN + _FILES_CAMERA * cameras, mend)
    mend = "raise it: `TasksMax=` in the unit, `--pids-limit` for a container"
    yield _enough("threads", seen.tasks, _TASKS_OWN + _TASKS_CAMERA * cameras, mend)
    if seen.label:
        why = "it may keep the daemon from devices, its state folder or the network"
        mend = "look for refusals: `sudo ausearch -m avc -ts boot`, or `sudo dmesg | grep DENIED`"
        yield _GROUP.look("policy", f"held to {seen.label}", why, mend)
    else:
        yield _GROUP.good("policy", "no SELinux or AppArmor profile holds this program")
    if refused:
        more = f" and {len(refused) - 4} more" if len(refused) > 4 else ""
        words = f"not readable for this user: {', '.join(refused[:4])}{more}"
        why = "what stands there was left out above"
        yield _GROUP.look("rights", words, why, "run it once with sudo to see all")
    else:
        yield _GROUP.good("rights", "everything that was looked for could be read")


def _enough(check: str, limit: float | None, wanted: int, mend: str) -> Finding:
    if limit is None:
        return _GROUP.good(check, "no limit")
    if limit >= wanted:
        return _GROUP.good(check, f"{limit:.0f} allowed", limit=limit)
    why = f"the daemon may need {wanted}"
    return _GROUP.bad(check, f"{limit:.0f} allowed", why, mend, limit=limit)


def _label(machine: Machine) -> str:
    said = machine.text("/proc/self/attr/current") or ""
    enforced = machine.text("/sys/fs/selinux/enforce") == "1"
    apparmor = said.endswith("(enforce)")
    if apparmor or (enforced and said and "unconfined" not in said):
        return said
    return ""
