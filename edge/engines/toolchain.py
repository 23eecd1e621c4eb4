"""What this machine builds and runs engines with, or in one line why it does not."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from edge.backends import cuda
from edge.backends.tensorrt import TensorRtBackend
from edge.engines.faults import NoEngine
from edge.engines.keys import System
from edge.engines.ports import EngineBuilder
from edge.engines.tensorrt_builder import TensorRtBuilder
from edge.ports import Backend
from edge.zoo import Model

_MODULES = {"tensorrt": "TensorRT", "tensorrt_rtx": "TensorRT for RTX"}
_OLDEST = {"tensorrt": (10, 3), "tensorrt_rtx": (1, 0)}
_L4T = Path("/etc/nv_tegra_release")
_DRIVER = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True)
class Toolchain:
    """`runs` gives a backend for a model's plan, with the largest batch there will be."""

    system: System
    builder: EngineBuilder
    runs: Callable[[Model, bytes, int], Backend]


def find(timing: Path | None = None) -> Toolchain:
    """This machine's. `timing` is where the builder keeps what it measured. Raises NoEngine."""
    found = cuda.available()
    if found.cuda is None or found.device is None:
        raise NoEngine(f"TensorRT needs an NVIDIA GPU: {found.why_not}")
    name, module = _module()
    gpu = f"{found.device.name} (SM {found.device.sm})"
    carried = carrier(_L4T, _DRIVER) or f"CUDA {found.device.driver_cuda}"
    system = System(f"{_MODULES[name]} {module.__version__}", gpu, carried)
    # TensorRT for RTX measures when an engine is loaded, not when it is built.
    builder = TensorRtBuilder(module, timing if name == "tensorrt" else None)
    return Toolchain(system, builder, partial(_runs, module, found.cuda))


def carrier(l4t: Path, driver: Path) -> str:
    """The L4T release of a Jetson or else the driver's version, from the files that tell them;
    empty where there are none."""
    jetson = re.search(r"R(\d+) \(release\), REVISION: ([\d.]+)", _text(l4t))
    if jetson:
        return f"L4T R{jetson[1]}.{jetson[2]}"
    kernel = re.search(r"Kernel Module\s+(?:for \S+\s+)?(\d+\.[\d.]+)", _text(driver))
    return f"driver {kernel[1]}" if kernel else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _runs(module: Any, found: cuda.Cudart, model: Model, plan: bytes, batch_max: int) -> Backend:
    return TensorRtBackend(model, plan, module, found, batch_max)


def _module() -> tuple[str, Any]:
    """The first that can be loaded and is new enough."""
    faults = []
    for name in _MODULES:
        if find_spec(name) is None:
            continue
        try:
            module = import_module(name)
        except (ImportError, OSError) as error:
            faults.append(f"{name} cannot be loaded ({' '.join(str(error).split())[:200]})")
            continue
        if version(module.__version__) >= _OLDEST[name]:
            return name, module
        faults.append(f"{name} is {module.__version__}, 10.3 is the oldest that can be used")
    advice = "install JetPack's, `apt-get install python3-libnvinfer`, and let this Python see it"
    if platform.machine() != "aarch64":
        advice = "`pip install tensorrt`"
    raise NoEngine(f"{'; '.join(faults) or 'TensorRT is not installed for this Python'}; {advice}")


def version(text: str) -> tuple[int, ...]:
    """`10.3.0.post1` as (10, 3, 0)."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split(".post", maxsplit=1)[0])[:4])
