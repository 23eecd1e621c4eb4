"""Whether the device knows what time it is: events carry it, and schedules go by it.

Files and calls: adjtimex(2), chronyc(1) (`tracking` with -c), timedatectl(1), /sys/class/rtc.
"""

from __future__ import annotations

import ctypes
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("clock")
_KERNEL = "the kernel"
_UNSYNCHRONISED = 0x40  # STA_UNSYNC
_TIMEX_BYTES = 256  # longer than any architecture's struct
_OFFSET_S_LOOK, _OFFSET_S_BAD = 0.5, 5.0
_YEAR_MIN = 2025
_SERVICES = ("chronyd", "systemd-timesyncd", "ntpd", "ntpsec")


@dataclass(frozen=True)
class Timekeeping:
    """What is known. None is: cannot be told. `told_by` says who knows whether it is
    synchronised; `zone` is the device's, the IANA name if it has one."""

    synchronised: bool | None
    told_by: str
    offset_s: float | None
    year: int
    rtc_year: int | None
    zone: str
    service: str


def probe(machine: Machine) -> Timekeeping:
    """Looks."""
    told = _chrony(machine) or _timedatectl(machine) or _kernel(machine)
    synchronised, told_by, offset_s = told or (None, "", None)
    seconds = machine.number("/sys/class/rtc/rtc0/since_epoch")
    return Timekeeping(
        synchronised=synchronised,
        told_by=told_by,
        offset_s=offset_s,
        year=datetime.now(timezone.utc).year,
        rtc_year=None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc).year,
        zone=_zone(machine),
        service=_service(machine),
    )


def judge(seen: Timekeeping, site_zone: str | None) -> Iterator[Finding]:
    """What it means; `site_zone` is the time zone of the site file, if there is one."""
    yield _now(seen)
    yield _battery(seen)
    yield _zone_of(seen, site_zone)


def _now(seen: Timekeeping) -> Finding:
    mend = "sudo timedatectl set-ntp true, or sudo apt install chrony; in a closed network name "
    mend += "its own time server in /etc/chrony/chrony.conf"
    why = "alerts carry the wrong time, and certificates may seem to be no longer valid"
    if seen.year < _YEAR_MIN:
        return _GROUP.bad("synchronised", f"it says it is {seen.year}", why, mend)
    by = f"{seen.service or 'a time service'}, says {seen.told_by}"
    if seen.synchronised is None:
        why = "nobody here says whether the time is right"
        return _GROUP.look("synchronised", "cannot be told", why, mend)
    if not seen.synchronised:
        # The kernel is not told by all who set the time, such as a virtual machine's host.
        say = _GROUP.look if seen.told_by == _KERNEL else _GROUP.bad
        return say("synchronised", f"no, says {seen.told_by}", why, mend)
    if seen.offset_s is None:
        return _GROUP.good("synchronised", f"by {by}")
    words = f"by {by}; {seen.offset_s * 1000:+.1f} ms off"
    if abs(seen.offset_s) < _OFFSET_S_LOOK:
        return _GROUP.good("synchronised", words, offset_s=seen.offset_s)
    say = _GROUP.bad if abs(seen.offset_s) >= _OFFSET_S_BAD else _GROUP.look
    return say("synchronised", words, why, mend, offset_s=seen.offset_s)


def _battery(seen: Timekeeping) -> Finding:
    if seen.rtc_year is None:
        return _GROUP.none("battery", "no clock of its own shown here")
    if seen.rtc_year >= _YEAR_MIN:
        return _GROUP.good("battery", f"the clock that runs without power says {seen.rtc_year}")
    why = "after a power cut the time is wrong until the network gives it"
    words = f"the clock that runs without power says {seen.rtc_year}"
    return _GROUP.look("battery", words, why, "put a battery in, then: sudo hwclock --systohc")


def _zone_of(seen: Timekeeping, site_zone: str | None) -> Finding:
    if site_zone is None or not seen.zone:
        return _GROUP.none("time zone", f"the device's is {seen.zone or 'not told'}")
    if _offset_s(seen.zone) == _offset_s(site_zone):
        return _GROUP.good("time zone", f"{seen.zone}, like the site's {site_zone}")
    why = "schedules go by the site's, the system's log by the device's: easy to mistake"
    words = f"the device's is {seen.zone}, the site file says {site_zone}"
    return _GROUP.look("time zone", words, why, f"sudo timedatectl set-timezone {site_zone}")


def _offset_s(zone: str) -> float | None:
    # Names for the same zone are many (Etc/UTC, UTC, Zulu): what they say now is what counts.
    try:
        moved = datetime.now(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return None if moved is None else moved.total_seconds()


def _chrony(machine: Machine) -> tuple[bool, str, float | None] | None:
    """`A29FC87B,ntp.example,3,1700000000.1,0.000012,…,Normal`: the fifth is how far it is off."""
    answer = machine.run("chronyc", "-c", "tracking")
    cells = answer.out.split(",") if answer and answer.code == 0 else []
    if len(cells) < 14:
        return None
    offset = re.fullmatch(r"-?[\d.]+", cells[4])
    return cells[13] == "Normal", "chrony", float(cells[4]) if offset else None


def _timedatectl(machine: Machine) -> tuple[bool, str, float | None] | None:
    answer = machine.run("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if answer is None or answer.out not in {"yes", "no"}:
        return None
    return answer.out == "yes", "timedatectl", None


def _kernel(machine: Machine) -> tuple[bool, str, float | None] | None:
    """Asked with no mode it changes nothing, and needs no rights."""
    if not machine.real:
        return None
    timex = (ctypes.c_long * (_TIMEX_BYTES // ctypes.sizeof(ctypes.c_long)))()
    try:
        code = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except AttributeError:  # no Linux
        return None
    # modes, offset, freq, maxerror, esterror, status: each begins at a multiple of a long.
    return None if code < 0 else (not timex[5] & _UNSYNCHRONISED, _KERNEL, None)


def _zone(machine: Machine) -> str:
    target = machine.link("/etc/localtime") or ""
    if "zoneinfo/" in target:
        return target.partition("zoneinfo/")[2]
    return machine.text("/etc/timezone") or (time.tzname[0] if machine.real else "")


def _service(machine: Machine) -> str:
    for path in machine.paths("/proc/[0-9]*/comm"):
        name = machine.text(path) or ""
        if name in _SERVICES or name == "systemd-timesyn":  # the kernel keeps 15 letters
            return "systemd-timesyncd" if name == "systemd-timesyn" else name
    return ""
