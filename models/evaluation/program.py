"""What made a number: the program, its libraries and its settings, as digests."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from edge.core.policy import Area, Life, Policy
from models.evaluation.recording import Recording
from models.evaluation.tracing import Setup

# What decodes, scales and runs the network: another version may see otherwise.
LIBRARIES = ("av", "numpy", "onnxruntime", "opencv-python-headless")
_LOOKING = (
    "evidence_table.py",
    "repeats.py",
    "trace.py",
    "traces.py",
    "tracing.py",
    "unfit.py",
    "workers.py",
)
_NO_LIFE = Life(0, 0, 0)


@cache
def versions() -> dict[str, str]:
    """Of the libraries that see, by name."""
    return {name: metadata.version(name) for name in LIBRARIES}


@cache
def digest() -> str:
    """sha256 over the program that looks at recordings: all of `edge`, and what drives it here."""
    whole = hashlib.sha256()
    for name, path in _sources():
        whole.update(f"{name}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    edge = Path(str(files("edge")))
    here = Path(__file__).parent
    for path in sorted(edge.rglob("*.py")):
        yield path.relative_to(edge).as_posix(), path
    for name in _LOOKING:
        yield name, here / name


def key(recording: Recording, setup: Setup, network: str) -> str:
    """sha256 over all that a trace depends on: one with the same key need not be made again.
    `network` is what tells one network from another (`Network.identity`)."""
    said = {
        "program": digest(),
        "versions": versions(),
        "machine": platform.machine(),
        "network": network,
        "content": recording.sha256,
        "kind": recording.kind,
        "folder_fps": recording.folder_fps,
        "seconds": recording.seconds,
        "hold_last_s": setup.camera.file.hold_last_s,
        "analyse_fps": setup.camera.analyse_fps,
        "read_timeout_s": setup.camera.read_timeout_s,
        "alert_after_s": setup.alert_after_s,
        "rules": _rules(setup.policy),
        "refresh_s": setup.gate.refresh_s if setup.gate is not None else None,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _rules(policy: Policy) -> dict[str, object]:
    """The rules without what comes after `observe`: thresholds and the life of events."""
    bare = replace(
        policy,
        collapse=replace(policy.collapse, threshold=0.0, life=_NO_LIFE),
        spill=replace(policy.spill, threshold=0.0, life=_NO_LIFE),
        zones=(),
        masks=(),
    )
    areas = {"zones": _areas(policy.zones), "masks": _areas(policy.masks)}
    return asdict(bare) | areas


def _areas(areas: tuple[Area, ...]) -> list[tuple[str, list[tuple[float, float]], list[str]]]:
    return [(area.name, list(area.polygon), sorted(area.labels)) for area in areas]
