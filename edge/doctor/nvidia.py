"""NVIDIA's part: the GPU and its driver, who may use it, CUDA and TensorRT.

Texts: /proc/driver/nvidia/version and `nvidia-smi --query-gpu` as NVIDIA's driver README and
nvidia-smi(1) have them; throttle reasons are the bits of NVML's nvmlClocksEventReasons.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from edge.doctor.board import Board
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("nvidia")
_TENSORRT_MIN = (10, 3)
# The packages that bring a module, by the module: NVIDIA's names also say which CUDA they are for.
_PACKAGES = {
    "tensorrt": ("tensorrt", "tensorrt-cu13", "tensorrt-cu12"),
    "tensorrt_rtx": ("tensorrt_rtx", "tensorrt_rtx_cu13", "tensorrt_rtx_cu12"),
}
_UNKNOWN = "of unknown version"
_UVM = "/dev/nvidia-uvm"
_NODES = (
    "/dev/nvidia[0-9]*", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvmap", "/dev/nvhost-ctrl-gpu",
    "/dev/nvgpu/igpu*/ctrl",
)  # fmt: skip
_QUERY = "name,memory.total,memory.used,temperature.gpu"
# The same by its newer name (R535) and its older one.
_REASONS = ("clocks_event_reasons.active", "clocks_throttle_reasons.active")
_SLOWED = 0x8 | 0x20 | 0x40 | 0x80  # hardware, software heat, hardware heat, power brake
_GPU_CELSIUS_MAX = 85
_VENDOR = "0x10de"
_DISPLAY = "0x03"


@dataclass(frozen=True)
class Gpu:
    """A line of nvidia-smi; None is what the device does not tell."""

    name: str
    memory_mb: float | None
    used_mb: float | None
    celsius: float | None
    reasons: int


@dataclass(frozen=True)
class Nvidia:
    """What there is. `locked` are device nodes that this user may not use; `tensorrt_python` and
    `tensorrt_rtx` the versions of the modules that this Python imports, if any."""

    jetson: bool
    cards: int
    driver: str
    gpus: tuple[Gpu, ...]
    nodes: tuple[str, ...]
    locked: tuple[str, ...]
    cuda: str
    tensorrt_python: str
    tensorrt_system: str
    tensorrt_beside: str
    tensorrt_rtx: str = ""

    @property
    def any(self) -> bool:
        """Whether there is a GPU of theirs at all."""
        return bool(self.jetson or self.cards or self.driver or self.gpus or self.nodes)


def probe(machine: Machine, board: Board) -> Nvidia:
    """Looks."""
    nodes = tuple(machine.paths(*_NODES))
    version = machine.text("/proc/driver/nvidia/version") or ""
    driver = re.search(r"Kernel Module\s+(?:for \S+\s+)?(\d[\d.]+)", version)
    packages = machine.packages("libnvinfer10", "libnvinfer11", "python3-libnvinfer")
    beside = machine.paths("/usr/lib/python3*/dist-packages/tensorrt")
    return Nvidia(
        jetson=board.jetson,
        cards=_cards(machine),
        driver=driver[1] if driver else "",
        gpus=_gpus(machine),
        nodes=nodes,
        locked=tuple(node for node in nodes if not machine.may_use(node)),
        cuda=_cuda(machine),
        tensorrt_python=_importable("tensorrt") if machine.real else "",
        tensorrt_rtx=_importable("tensorrt_rtx") if machine.real else "",
        tensorrt_system=packages.get("libnvinfer11") or packages.get("libnvinfer10") or "",
        tensorrt_beside=beside[0] if beside else "",
    )


def judge(seen: Nvidia) -> Iterator[Finding]:
    """What it means."""
    if not seen.any:
        yield _GROUP.none("gpu", "no NVIDIA GPU: the network runs on the CPU")
        return
    yield _driver(seen)
    for gpu in seen.gpus:
        yield _gpu(gpu)
    yield _rights(seen)
    yield _cuda_of(seen)
    yield _tensorrt(seen)


def _driver(seen: Nvidia) -> Finding:
    if seen.driver:
        return _GROUP.good("driver", seen.driver)
    if seen.jetson or seen.nodes:
        return _GROUP.none("driver", "part of the Jetson's release, or of the container's host")
    why = "there is a card that nobody drives: everything falls to the CPU"
    return _GROUP.bad("driver", "none", why, "sudo ubuntu-drivers install, then start anew")


def _gpu(gpu: Gpu) -> Finding:
    words, numbers = gpu.name, {}
    if gpu.memory_mb is not None and gpu.used_mb is not None:
        words += f", {gpu.used_mb:.0f} of {gpu.memory_mb:.0f} MB used"
        numbers = {"memory_mb": gpu.memory_mb, "used_mb": gpu.used_mb}
    if gpu.celsius is not None:
        words += f", {gpu.celsius:.0f} °C"
        numbers["celsius"] = gpu.celsius
    if gpu.reasons & _SLOWED:
        why = "heat or power make it run slower than it can"
        mend = "see `nvidia-smi -q -d PERFORMANCE,TEMPERATURE`; give it air, or a better supply"
        return _GROUP.bad("gpu", f"{words}, slowed down", why, mend, **numbers)
    if (gpu.celsius or 0) >= _GPU_CELSIUS_MAX:
        return _GROUP.look("gpu", words, "it slows down soon", "give it air", **numbers)
    return _GROUP.good("gpu", words, **numbers)


def _rights(seen: Nvidia) -> Finding:
    if not seen.nodes:
        why = "without its device files no program reaches the GPU"
        mend = "in a container: `--runtime nvidia --gpus all`; else see `sudo dmesg | grep -i nvid`"
        return _GROUP.bad("rights", "no device files of a GPU below /dev", why, mend)
    if not seen.jetson and "/dev/nvidiactl" in seen.nodes and _UVM not in seen.nodes:
        why = "CUDA needs it, and whom the service's hardening holds cannot have it made"
        mend = "sudo nvidia-modprobe -u -c=0, and a unit that does so at each start"
        return _GROUP.look("rights", f"{_UVM} is not there (yet)", why, mend)
    if not seen.locked:
        return _GROUP.good("rights", f"this user may use {', '.join(seen.nodes[:3])}")
    why = "decoder and TensorRT are out of reach for this user"
    mend = "sudo usermod -aG video,render $USER (for the service: floorwatch), then log in anew"
    return _GROUP.bad("rights", f"this user may not use {', '.join(seen.locked[:3])}", why, mend)


def _cuda_of(seen: Nvidia) -> Finding:
    if seen.cuda:
        return _GROUP.good("cuda", f"runtime {seen.cuda}")
    why = "TensorRT needs its runtime"
    mend = "sudo apt install nvidia-jetpack" if seen.jetson else "install NVIDIA's CUDA runtime"
    return _GROUP.look("cuda", "no runtime found", why, mend)


def _tensorrt(seen: Nvidia) -> Finding:
    python, system = seen.tensorrt_python, seen.tensorrt_system
    apt = "sudo apt install tensorrt-libs python3-libnvinfer" if seen.jetson else ""
    apt = apt or "pip install tensorrt"
    if not python and seen.tensorrt_rtx:
        return _GROUP.good("tensorrt", f"TensorRT for RTX, Python module {seen.tensorrt_rtx}")
    if not python and seen.tensorrt_beside:
        why = "this environment does not see the system's packages"
        mend = "make it anew: python3 -m venv --system-site-packages …"
        found = f"{system or 'installed'}, but not for this Python ({seen.tensorrt_beside})"
        return _GROUP.bad("tensorrt", found, why, mend)
    if not python:
        words = f"libraries {system}, no Python module" if system else "not installed"
        why = "the network runs on the CPU instead of the GPU"
        return _GROUP.look("tensorrt", words, why, apt)
    words = f"Python module {python}" + (f", libraries {system}" if system else "")
    return _version_of(words, python, system, apt)


def _version_of(words: str, python: str, system: str, apt: str) -> Finding:
    """Whether the module is one that can be used, and fits the libraries."""
    if python == _UNKNOWN:
        why = "floorwatch needs TensorRT 10.3 or later, and no package says which this is"
        return _GROUP.look("tensorrt", words, why, "see whether `floorwatch engine build` takes it")
    if _numbers(python) < _TENSORRT_MIN:
        why = "floorwatch needs TensorRT 10.3 or later"
        return _GROUP.bad("tensorrt", words, why, "flash JetPack 6.1 or later, or upgrade it")
    if system and _numbers(python)[:3] != _numbers(system)[: len(_numbers(python)[:3])]:
        why = "module and libraries must be of one version"
        return _GROUP.bad("tensorrt", words, why, apt)
    return _GROUP.good("tensorrt", words)


def _numbers(version: str) -> tuple[int, ...]:
    """10.3.0.30-1+cuda12.5 → (10, 3, 0, 30)."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _cards(machine: Machine) -> int:
    found = 0
    for folder in machine.paths("/sys/bus/pci/devices/*"):
        kind = machine.text(f"{folder}/class") or ""
        found += machine.text(f"{folder}/vendor") == _VENDOR and kind.startswith(_DISPLAY)
    return found


def _gpus(machine: Machine) -> tuple[Gpu, ...]:
    form = "--format=csv,noheader,nounits"
    rows: list[str] = []
    for reasons in _REASONS:
        answer = machine.run("nvidia-smi", f"--query-gpu={_QUERY},{reasons}", form, seconds=10)
        rows = answer.out.splitlines() if answer and answer.code == 0 else []
        if rows or answer is None:
            break
    cells = [[cell.strip() for cell in row.split(",")] for row in rows]
    return tuple(
        Gpu(one[0], _maybe(one[1]), _maybe(one[2]), _maybe(one[3]), _bits(one[4]))
        for one in cells
        if len(one) == 5
    )


def _maybe(cell: str) -> float | None:
    """A number, or what stands where there is none: `[N/A]`, `[Not Supported]`."""
    return float(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else None


def _bits(cell: str) -> int:
    return int(cell, 16) if re.fullmatch(r"0x[0-9a-fA-F]+", cell) else 0


def _cuda(machine: Machine) -> str:
    """Of the system's own, else of the packages from an index."""
    text = machine.text("/usr/local/cuda/version.json") or ""
    if found := re.search(r'"cuda"\s*:\s*\{[^}]*"version"\s*:\s*"([\d.]+)"', text):
        return found[1]
    libraries = machine.paths(
        "/usr/local/cuda*/targets/*/lib/libcudart.so.*", "/usr/lib/*/libcudart.so.*"
    )
    if libraries:
        return libraries[-1].partition(".so.")[2]
    names = ("nvidia-cuda-runtime", "nvidia-cuda-runtime-cu13", "nvidia-cuda-runtime-cu12")
    return next((known for name in names if machine.real and (known := _version(name))), "")


def _importable(module: str) -> str:
    """The version of a module that can be imported; not imported here: that may take long."""
    if importlib.util.find_spec(module) is None:
        return ""
    return next((known for name in _PACKAGES[module] if (known := _version(name))), _UNKNOWN)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
