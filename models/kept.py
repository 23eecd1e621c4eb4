"""A checkpoint read back, or one line that says why it is none."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from alerts.errors import UserError

MEAN = "mean"
ONNX = ".onnx"
_NAME = "name the last.pt in a run's folder"


class NoCheckpoint(UserError):
    """The file is not there, or is none of ours."""


def read(file: Path, *parts: str) -> dict[str, Any]:
    """What a run kept in a file: `mean`, its weights by name, and whatever else it wrote. Raises
    NoCheckpoint, also where one of `parts` is missing."""
    if file.is_dir():
        raise NoCheckpoint(f"{file}: is a folder; {_NAME}")
    if not file.is_file():
        raise NoCheckpoint(f"{file}: there is no such checkpoint; {_NAME}")
    if file.suffix == ONNX:
        raise NoCheckpoint(f"{file}: is an exported model, not a checkpoint; {_NAME}")
    kept = _loaded(file)
    missing = [part for part in (MEAN, *parts) if part not in kept]
    if missing or not isinstance(kept[MEAN], dict):
        missing = missing or [MEAN]
        raise NoCheckpoint(f"{file}: is no checkpoint of ours: it holds no {missing[0]!r}; {_NAME}")
    return kept


def _loaded(file: Path) -> dict[str, Any]:
    """The file's values by name: those of a dictionary, no others."""
    # Torch's checkpoints are ZIP files; of what is none it says a new thing each time.
    if not zipfile.is_zipfile(file):
        raise NoCheckpoint(f"{file}: is no checkpoint, or only part of one; {_NAME}")
    try:
        found = torch.load(file, weights_only=True, map_location="cpu")
    except (RuntimeError, pickle.UnpicklingError):
        raise NoCheckpoint(f"{file}: cannot be read as a checkpoint; {_NAME}") from None
    return found if isinstance(found, dict) else {}


def weights(file: Path) -> dict[str, torch.Tensor]:
    """The weights that ship, by name. Raises NoCheckpoint, also for weights that are no numbers:
    a run that went astray is not to be built on."""
    mean: dict[str, torch.Tensor] = read(file)[MEAN]
    for name, values in mean.items():
        if not torch.isfinite(values).all():
            raise NoCheckpoint(
                f"{file}: {name} holds what is no number: the run went astray; train again with "
                "lower rates"
            )
    return mean
