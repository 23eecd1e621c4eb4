"""What a run's numbers rest on: program, network, thresholds, rules, truth, libraries, machine.
Nothing that differs between two runs on one machine."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from edge.core.types import LABELS
from models.evaluation import program, thresholds_file
from models.evaluation.inputs import Inputs

# Beside those that see: what counts and draws.
_COUNTING = ("scipy", "scikit-learn", "matplotlib")
_CPUINFO = Path("/proc/cpuinfo")


def about(inputs: Inputs, truth: Iterable[Path]) -> dict[str, Any]:
    """JSON-able. `truth` are the files the recordings' truth is from."""
    card = inputs.model.card
    return {
        "floorwatch": metadata.version("floorwatch"),
        "program": program.digest(),
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "thresholds": {
            camera: {label: vars(used) for label, used in labels.items()}
            for camera, labels in inputs.thresholds().items()
        },
        "incidents_tuned_on": _tuned_on(inputs),
        "settings": _settings(inputs),
        "truth": [
            {"file": _named(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in truth
        ],
        "libraries": program.versions() | {name: metadata.version(name) for name in _COUNTING},
        "machine": {
            "system": f"{platform.system()} {platform.release()}",
            "architecture": platform.machine(),
            "processor": _processor(),
            "python": platform.python_version(),
        },
    }


def _tuned_on(inputs: Inputs) -> int:
    """How many of the incidents the thresholds file was made of: of it they prove nothing."""
    if inputs.promised is None:
        return 0
    _, listed = thresholds_file.read(inputs.promised.path)
    known = {(one.label, word) for one in listed for word in (one.incident, *one.clips)}
    return len(
        {
            (span.label, span.incident)
            for recording in inputs.recordings
            for span in recording.spans
            for word in (span.incident, thresholds_file.beginning(recording.sha256))
            if (span.label, word) in known
        }
    )


def _settings(inputs: Inputs) -> dict[str, Any]:
    cameras = {camera.name: camera for camera in map(inputs.camera_of, inputs.recordings)}
    used = [camera for _, camera in sorted(cameras.items())]
    rules = inputs.config.alarms
    return {
        "hold_last_s": _held_s(inputs),
        "analyse_fps": sorted({camera.analyse_fps for camera in used}),
        "gate": inputs.config.gate.model_dump(),
        "backend": inputs.config.model.repeatable,
        "alarms": {"collapse": rules.collapse.model_dump(), "spill": rules.spill.model_dump()},
        "zones": any(camera.zones for camera in used),
        "masks": any(camera.masks for camera in used),
        "switched_off": [
            f"{camera.name}/{label}"
            for camera in used
            for label in LABELS
            if not camera.labels.of(label).enabled
        ],
        "by": list(inputs.by),
    }


def _named(path: Path) -> str:
    """A file with its folder: several are called truth.csv. No more of where it lies is told."""
    whole = path.absolute()
    return f"{whole.parent.name}/{whole.name}" if whole.parent.name else whole.name


def _held_s(inputs: Inputs) -> float:
    """The longest that any recording's last picture was held."""
    return max((inputs.camera_of(one).file.hold_last_s for one in inputs.recordings), default=0.0)


def _processor() -> str:
    """Its trade name, where the system tells it."""
    if _CPUINFO.is_file():
        found = re.search(r"^model name\s*: (.+)$", _CPUINFO.read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or platform.machine()
