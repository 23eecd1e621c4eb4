"""How fast the device is let run: power mode, clocks, heat, fan, power supply.

Texts: `nvpmodel -q` and /etc/nvpmodel.conf as NVIDIA's Jetson Linux Developer Guide has them
(Platform Power and Performance, R36 and later), also the over-current counters of soctherm; the
rest is the kernel's cpufreq, devfreq, thermal and hwmon. `jetson_clocks --show` wants root: the
same stands in /sys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from edge.doctor.board import Board
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("power")
_CELSIUS_MAX = 85.0  # where a zone does not say itself from when on it slows down
_CELSIUS_SPARE = 10.0
_FAN_FROM_CELSIUS = 60.0
_SLOW_GOVERNORS = frozenset({"powersave", "conservative", "userspace"})
# With these the processor itself chooses its clock, and `powersave` only names a preference.
_OWN_CHOICE = frozenset({"intel_pstate", "amd-pstate-epp", "amd_pstate_epp"})


@dataclass(frozen=True)
class Zone:
    """A sensor. `slows_at` is where the kernel begins to slow down for it."""

    name: str
    celsius: float
    slows_at: float


@dataclass(frozen=True)
class Clock:
    """A clock's limits, all in one unit."""

    name: str
    governor: str
    driver: str
    least: float
    most: float

    @property
    def pinned(self) -> bool:
        """Whether it stays where it is."""
        return self.least == self.most


@dataclass(frozen=True)
class Power:
    """What there is. `mode` and `modes` are a Jetson's: (number, name). `slowed` counts how often
    processors were slowed down for heat, `over_current` by number: 1 is too low a voltage."""

    jetson: bool
    mode: tuple[int, str] | None
    modes: tuple[tuple[int, str], ...]
    clocks: tuple[Clock, ...]
    zones: tuple[Zone, ...]
    fans_rpm: tuple[float, ...]
    slowed: int | None
    over_current: tuple[int, ...]


def probe(machine: Machine, board: Board) -> Power:
    """Looks."""
    throttles = [
        count
        for path in machine.paths("/sys/devices/system/cpu/cpu*/thermal_throttle/*_throttle_count")
        if (count := machine.number(path)) is not None
    ]
    fans = machine.paths("/sys/class/hwmon/hwmon*/fan*_input", "/sys/class/hwmon/hwmon*/rpm")
    return Power(
        jetson=board.jetson,
        mode=_mode(machine),
        modes=_modes(machine),
        # One that tells no limits is none to judge.
        clocks=tuple(one for one in _clocks(machine) if one.most > 0),
        zones=tuple(_zones(machine)),
        fans_rpm=tuple(rpm for path in fans if (rpm := machine.number(path)) is not None),
        slowed=int(sum(throttles)) if throttles else None,
        over_current=_over_current(machine),
    )


def judge(seen: Power) -> Iterator[Finding]:
    """What it means."""
    yield _mode_of(seen)
    yield _clocks_of(seen)
    yield _heat(seen)
    yield _fan(seen)
    if seen.over_current:
        yield _supply(seen.over_current)


def _mode_of(seen: Power) -> Finding:
    if not seen.jetson:
        return _GROUP.none("mode", "no Jetson")
    if seen.mode is None:
        why = "the power mode says how fast GPU and decoder may run"
        return _GROUP.look("mode", "could not be read", why, "sudo nvpmodel -q")
    number, name = seen.mode
    fastest = next((mode for mode in reversed(seen.modes) if mode[1].startswith("MAXN")), None)
    if fastest is None or number == fastest[0]:
        return _GROUP.good("mode", name, mode=number)
    why = f"{fastest[1]} lets processors, GPU and decoder run faster, if cooling and supply bear it"
    return _GROUP.look("mode", name, why, f"sudo nvpmodel -m {fastest[0]}", mode=number)


def _clocks_of(seen: Power) -> Finding:
    if not seen.clocks:
        return _GROUP.none("clocks", "not shown here (a virtual machine, a container)")
    governors = ", ".join(dict.fromkeys(one.governor for one in seen.clocks if one.governor))
    if all(one.pinned for one in seen.clocks):
        return _GROUP.good("clocks", "stay at their highest")
    if seen.jetson:
        words = ", ".join(dict.fromkeys(one.name for one in seen.clocks if not one.pinned))
        why = "clocks that follow the load make single pictures slow"
        mend = "sudo jetson_clocks (for every start: a unit that runs it after nvpmodel.service)"
        return _GROUP.look("clocks", f"{words} follow the load ({governors})", why, mend)
    slow = [one for one in seen.clocks if one.governor in _SLOW_GOVERNORS]
    if any(one.driver not in _OWN_CHOICE for one in slow):
        why = "the processor stays below what it can"
        return _GROUP.look("clocks", governors, why, "sudo cpupower frequency-set -g performance")
    return _GROUP.good("clocks", governors or "follow the load")


def _heat(seen: Power) -> Finding:
    if not seen.zones:
        return _slowed(seen) or _GROUP.none("heat", "no sensors shown here")
    hottest = min(seen.zones, key=lambda zone: zone.slows_at - zone.celsius)
    words = f"{hottest.name} {hottest.celsius:.0f} °C, slows down at {hottest.slows_at:.0f} °C"
    numbers = {"celsius": hottest.celsius, "slows_at_celsius": hottest.slows_at}
    mend = "free the vents, check the fan, take it out of the sun or the closed cabinet"
    if hottest.celsius >= hottest.slows_at:
        return _GROUP.bad("heat", words, "it runs slower than it can", mend, **numbers)
    if hottest.celsius > hottest.slows_at - _CELSIUS_SPARE:
        return _GROUP.look("heat", words, "a warm day and it slows down", mend, **numbers)
    return _slowed(seen) or _GROUP.good("heat", words, **numbers)


def _slowed(seen: Power) -> Finding | None:
    if not seen.slowed:
        return None
    words = f"processors were slowed down {seen.slowed} times since the start"
    mend = "free the vents, check the fan"
    return _GROUP.look("heat", words, "it gets too hot at times", mend, slowed=seen.slowed)


def _fan(seen: Power) -> Finding:
    if not seen.fans_rpm:
        return _GROUP.none("fan", "none shown here")
    fastest = max(seen.fans_rpm)
    hot = any(zone.celsius >= _FAN_FROM_CELSIUS for zone in seen.zones)
    if hot and fastest == 0:
        why = "it is warm and the fan stands still"
        return _GROUP.bad("fan", "0 rpm", why, "check its plug; `systemctl status nvfancontrol`")
    return _GROUP.good("fan", f"{fastest:.0f} rpm", rpm=fastest)


def _supply(counts: tuple[int, ...]) -> Finding:
    low, high = counts[0], sum(counts[1:])
    words = f"{low} times too low a voltage, {high} times too much current since the start"
    mend = "take a stronger supply and a shorter cable, or a lower power mode"
    if low:
        return _GROUP.bad("supply", words, "it may switch itself off", mend)
    if high:
        return _GROUP.look("supply", words, "each time it slowed itself down", mend)
    return _GROUP.good("supply", "never too low a voltage, never too much current")


def _mode(machine: Machine) -> tuple[int, str] | None:
    """`NV Power Mode: MAXN_SUPER` and the number on the next line; else what it left on disk."""
    answer = machine.run("nvpmodel", "-q")
    if answer and (found := re.search(r"NV Power Mode:\s*(\S+)\s+(\d+)", answer.out)):
        return int(found[2]), found[1]
    kept = re.search(r"pmode:0*(\d+)", machine.text("/var/lib/nvpmodel/status") or "")
    names = dict(_modes(machine))
    return (int(kept[1]), names.get(int(kept[1]), kept[1])) if kept else None


def _modes(machine: Machine) -> tuple[tuple[int, str], ...]:
    text = machine.text("/etc/nvpmodel.conf") or ""
    found = re.findall(r"^<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+)", text, re.MULTILINE)
    return tuple((int(number), name) for number, name in found)


def _clocks(machine: Machine) -> Iterator[Clock]:
    for folder in machine.paths("/sys/devices/system/cpu/cpufreq/policy*"):
        yield _clock(machine, folder, "processors", "scaling_")
    # A Jetson's GPU; other devices there (memory, bus) are not ours to judge.
    for folder in machine.paths("/sys/class/devfreq/*gpu*", "/sys/class/devfreq/*ga10b*"):
        yield _clock(machine, folder, "GPU", "")


def _clock(machine: Machine, folder: str, name: str, prefix: str) -> Clock:
    return Clock(
        name,
        machine.text(f"{folder}/{prefix}governor") or "",
        machine.text(f"{folder}/{prefix}driver") or "",
        machine.number(f"{folder}/{prefix}min_freq") or 0.0,
        machine.number(f"{folder}/{prefix}max_freq") or 0.0,
    )


def _zones(machine: Machine) -> Iterator[Zone]:
    for folder in machine.paths("/sys/class/thermal/thermal_zone*"):
        milli = machine.number(f"{folder}/temp")
        if milli is None or milli <= 0:  # a sensor that is switched off
            continue
        limits = [
            limit / 1000
            for path in machine.paths(f"{folder}/trip_point_*_type")
            if machine.text(path) == "passive"
            and (limit := machine.number(path.removesuffix("_type") + "_temp"))
        ]
        slows_at = min(limits, default=_CELSIUS_MAX)
        yield Zone(machine.text(f"{folder}/type") or folder, milli / 1000, slows_at)


def _over_current(machine: Machine) -> tuple[int, ...]:
    for folder in machine.paths("/sys/class/hwmon/hwmon*"):
        if machine.text(f"{folder}/name") == "soctherm_oc":
            paths = machine.paths(f"{folder}/oc*_event_cnt")
            return tuple(int(machine.number(path) or 0) for path in paths)
    return ()
