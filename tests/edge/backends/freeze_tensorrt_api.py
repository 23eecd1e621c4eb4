"""Writes `tests/golden/tensorrt_api.json`: what four releases of TensorRT's Python bindings offer.

By hand, on x86-64 with gcc, binutils and a network, with the Python that runs the tests:

    python -m tests.edge.backends.freeze_tensorrt_api

The wheels of the bindings alone are small, but want TensorRT's libraries to be imported. Empty ones
with the few C symbols they ask for will do: nothing is called, only looked at.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

# JetPack 6.1 and 6.2, JetPack 7.1, JetPack 7.2, and what can be installed there later.
VERSIONS = ("10.3.0", "10.13.3.9", "10.16.1.11", "11.4.0.106")
FROZEN = Path(__file__).parents[2] / "golden" / "tensorrt_api.json"
# The rooms of the module that inference and the building of engines may enter.
CLASSES = (
    "Builder", "BuilderFlag", "DataType", "Dims", "EngineCapability", "EngineInspector",
    "ErrorCode", "ErrorCodeTRT", "ExecutionContextAllocationStrategy", "HardwareCompatibilityLevel",
    "IBuilderConfig", "ICudaEngine", "IExecutionContext", "IHostMemory", "ILogger",
    "INetworkDefinition", "IOptimizationProfile", "IProgressMonitor", "ISerializationConfig",
    "ITensor", "ITimingCache", "LayerInformationFormat", "Logger", "MemoryPoolType",
    "NetworkDefinitionCreationFlag", "OnnxParser", "OnnxParserFlag", "ParserError",
    "ProfilingVerbosity", "Runtime", "SerializationFlag", "TensorFormat", "TensorIOMode",
    "TensorLocation",
)  # fmt: skip
# Of the linker's own, of Python's and of glibc's making: not TensorRT's.
_FOREIGN = re.compile(r"@|^(_?Py|_Unwind|_ITM|_ZGT|__)|^dl(open|close|sym)$")
_SEEN = "tensorrt_bindings.tensorrt."


def fetch(folder: Path) -> None:
    """The wheel of each release into a folder of its own, unpacked, with libraries to lean on."""
    for version in VERSIONS:
        room = folder / version
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", room,
             f"tensorrt-cu12-bindings=={version}"],
            check=True,
        )  # fmt: skip
        for wheel in room.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(room)
        lean(room)


def lean(room: Path) -> None:
    """Empty libraries with the names and symbols that the bindings in this folder ask for."""
    bindings = room / "tensorrt_bindings" / "tensorrt.so"
    dynamic = said(["readelf", "-d", str(bindings)])
    wanted = [line.split()[-1] for line in said(["nm", "-D", "-u", str(bindings)]).splitlines()]
    symbols = [name for name in wanted if not _FOREIGN.search(name)]
    source = room / "symbols.c"
    source.write_text("".join(f"void* {name}() {{ return 0; }}\n" for name in symbols))
    for name in re.findall(r"\[(libnv\S+)\]", dynamic):
        library = ["-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", str(room / name), str(source)]
        subprocess.run(["gcc", *library], check=True)


def said(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def surface(module: Any) -> dict[str, dict[str, str]]:
    """Of each class: its public names and what the bindings say of them."""
    found = {"": {name: type(vars(module)[name]).__name__ for name in public(module)}}
    for name in CLASSES:
        if (room := getattr(module, name, None)) is not None:
            members = getattr(room, "__members__", {})
            found[name] = {
                one: f"= {int(members[one])}" if one in members else told(one, getattr(room, one))
                for one in public(room)
            }
    return found


def public(room: Any) -> list[str]:
    return sorted(name for name in dir(room) if not name.startswith("_"))


def told(name: str, thing: object) -> str:
    """The signatures in pybind's docstring, the module's own name left out; else the type."""
    lines = re.findall(rf"(?m)^(?:\d+\. )?({name}\(.*\) -> .*)$", str(thing.__doc__))
    return " | ".join(line.replace(_SEEN, "") for line in lines) or type(thing).__name__


def look(room: Path) -> dict[str, dict[str, str]]:
    """The surface of the release in this folder, seen by a process of its own."""
    seen = subprocess.run(
        [sys.executable, "-m", __spec__.name, "--look"],
        env={"PYTHONPATH": f"{room}:{FROZEN.parents[2]}", "LD_LIBRARY_PATH": str(room)},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(seen.stdout))


def merged(surfaces: dict[str, dict[str, dict[str, str]]]) -> dict[str, Any]:
    """Class → name → what is said of it → the releases that say it."""
    classes: dict[str, dict[str, dict[str, list[str]]]] = {}
    for version, found in surfaces.items():
        for room, names in found.items():
            for name, words in names.items():
                sayings = classes.setdefault(room, {}).setdefault(name, {})
                sayings.setdefault(words, []).append(version)
    return {"versions": list(surfaces), "classes": classes}


def main() -> None:
    if sys.argv[1:] == ["--look"]:
        print(json.dumps(surface(import_module("tensorrt_bindings"))))
        return
    with tempfile.TemporaryDirectory() as folder:
        fetch(Path(folder))
        frozen = merged({version: look(Path(folder) / version) for version in VERSIONS})
    FROZEN.write_text(json.dumps(frozen, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    print(f"{FROZEN}: {FROZEN.stat().st_size} bytes")


if __name__ == "__main__":
    main()
