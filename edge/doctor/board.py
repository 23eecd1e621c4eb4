"""Which device this is: model, release, system, processor, and how much of it is ours."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass

from edge.doctor.cgroup import allowance
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("device")
_PYTHONS = ((3, 10), (3, 11), (3, 12))  # as pyproject.toml says
_ARCHES = ("x86_64", "aarch64")
_JETPACK_MIN = 6
_LOAD_MAX = 1.5  # of each core
# https://developer.nvidia.com/embedded/jetpack-archive
_JETPACKS = {
    "36.3.0": "6.0",
    "36.4.0": "6.1",
    "36.4.3": "6.2",
    "36.4.4": "6.2.1",
    "36.5.0": "6.2.2",
    "38.2.0": "7.0",
    "38.2.1": "7.0",
    "38.4.0": "7.1",
    "39.2.0": "7.2",
    "39.2.1": "7.2.1",
}
_MAJORS = {32: 4, 34: 5, 35: 5, 36: 6, 38: 7, 39: 7}
# What makes small networks fast, by the names that /proc/cpuinfo has for them.
_FEATURES = {
    "avx2": "AVX2", "avx512f": "AVX-512", "avx_vnni": "VNNI", "avx512_vnni": "VNNI",
    "asimd": "NEON", "asimddp": "dot product", "i8mm": "I8MM",
}  # fmt: skip


@dataclass(frozen=True)
class Board:
    """The device. `l4t` is NVIDIA's release on a Jetson, such as 36.4.3, and empty elsewhere."""

    model: str
    l4t: str
    system: str
    kernel: str
    arch: str
    python: tuple[int, int]
    cpu_flags: frozenset[str]
    cores: int
    cpus_allowed: float | None
    load_1: float | None

    @property
    def jetson(self) -> bool:
        """Whether it is one of NVIDIA's."""
        return bool(self.l4t) or "jetson" in self.model.lower()

    @property
    def cores_ours(self) -> float:
        """How many cores' worth we may use."""
        return min(self.cores, self.cpus_allowed or self.cores)

    @property
    def busy(self) -> bool:
        """Whether more wants to run than there are cores."""
        return (self.load_1 or 0.0) > _LOAD_MAX * self.cores_ours

    @property
    def jetpack_major(self) -> int:
        """Of the JetPack; 0 where the release is none we know."""
        return _MAJORS.get(int(self.l4t.partition(".")[0] or 0), 0)


def probe(machine: Machine) -> Board:
    """Looks."""
    cpuinfo = machine.text("/proc/cpuinfo") or ""
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    load = (machine.text("/proc/loadavg") or "").split()
    return Board(
        model=_model(machine),
        l4t=_l4t(machine),
        system=_system(machine),
        kernel=machine.text("/proc/sys/kernel/osrelease") or "",
        arch=machine.arch,
        python=(int(platform.python_version_tuple()[0]), int(platform.python_version_tuple()[1])),
        cpu_flags=frozenset(flags[1].split() if flags else ()),
        cores=_cores(machine, cpuinfo),
        cpus_allowed=allowance(machine).cpus,
        load_1=float(load[0]) if load else None,
    )


def judge(board: Board) -> Iterator[Finding]:
    """What it means."""
    yield _GROUP.good("model", board.model or "says no name of its own")
    yield _release(board)
    system = f"{board.system or 'unknown system'}, Linux {board.kernel}, {board.arch}"
    if board.arch in _ARCHES:
        yield _GROUP.good("system", system)
    else:
        why = "the runtimes of the network have no packages for this processor"
        yield _GROUP.bad("system", system, why, "take a device with x86_64 or aarch64")
    yield _python(board)
    yield _processor(board)
    yield _cores_of(board)
    if board.load_1 is not None:
        yield _load(board, board.load_1)


def _release(board: Board) -> Finding:
    if not board.jetson:
        return _GROUP.none("release", "no Jetson")
    jetpack = _JETPACKS.get(board.l4t) or f"{board.jetpack_major or '?'}.x"
    words = f"JetPack {jetpack} (L4T {board.l4t or 'unknown'})"
    if board.jetpack_major >= _JETPACK_MIN:
        return _GROUP.good("release", words)
    if not board.jetpack_major:
        why = "we know nothing of it: TensorRT may be of another kind"
        return _GROUP.look("release", words, why, "see what `floorwatch check` says")
    why = "it has no TensorRT 10 and no Python 3.10"
    return _GROUP.bad("release", words, why, "flash JetPack 6.2 or 7 with NVIDIA's SDK Manager")


def _python(board: Board) -> Finding:
    words = ".".join(str(part) for part in board.python)
    if board.python in _PYTHONS:
        return _GROUP.good("python", words)
    why = "floorwatch is tested with 3.10, 3.11 and 3.12"
    return _GROUP.bad("python", words, why, "make its environment with `python3.12 -m venv`")


def _processor(board: Board) -> Finding:
    known = list(dict.fromkeys(v for k, v in _FEATURES.items() if k in board.cpu_flags))
    words = ", ".join(known) or "none of the extensions that help a network"
    if {"avx2", "asimd"} & board.cpu_flags:
        return _GROUP.good("cpu", words)
    why = "without AVX2 or NEON the network takes several times as long"
    return _GROUP.look("cpu", words, why, "in a virtual machine, pass the host's CPU model on")


def _cores_of(board: Board) -> Finding:
    words = f"{board.cores} cores"
    if board.cores_ours < board.cores:
        words += f", a limit of {board.cores_ours:g}"
    if board.cores_ours >= 2:
        return _GROUP.good("cores", words, cores=board.cores, cores_ours=board.cores_ours)
    why = "decoding and the network share what there is"
    mend = "give the container or the service more (`--cpus`, `CPUQuota=`)"
    return _GROUP.look("cores", words, why, mend, cores=board.cores, cores_ours=board.cores_ours)


def _load(board: Board, load_1: float) -> Finding:
    words = f"{load_1:.1f} over the last minute on {board.cores} cores"
    if not board.busy:
        return _GROUP.good("load", words, load_1=load_1)
    why = "more wants to run than there are cores; what is measured below is less for it"
    return _GROUP.look("load", words, why, "see what runs: `top -o %CPU`", load_1=load_1)


def _model(machine: Machine) -> str:
    tree = machine.text("/proc/device-tree/model")
    dmi = [machine.text(f"/sys/class/dmi/id/{name}") for name in ("sys_vendor", "product_name")]
    return tree or " ".join(part for part in dmi if part)


def _l4t(machine: Machine) -> str:
    """`# R36 (release), REVISION: 4.3, GCID: …` is the first line of a Jetson's release file."""
    text = machine.text("/etc/nv_tegra_release") or ""
    if found := re.search(r"R(\d+) \(release\), REVISION: ([\d.]+)", text):
        return f"{found[1]}.{found[2]}"
    return machine.packages("nvidia-l4t-core").get("nvidia-l4t-core", "").partition("-")[0]


def _system(machine: Machine) -> str:
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', machine.text("/etc/os-release") or "", re.M)
    return found[1] if found else ""


def _cores(machine: Machine, cpuinfo: str) -> int:
    status = machine.text("/proc/self/status") or ""
    if found := re.search(r"^Cpus_allowed_list:\s*(\S+)", status, re.MULTILINE):
        ends = [one.split("-") for one in found[1].split(",")]
        return sum(int(end[-1]) - int(end[0]) + 1 for end in ends)
    return max(1, len(re.findall(r"^processor\s*:", cpuinfo, re.MULTILINE)))
