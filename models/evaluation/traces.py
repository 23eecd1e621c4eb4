"""Traces on disk: what was looked at once is not looked at again.

One file a trace, `<key>.trace`: a sha256, and the npz (without pickles) it is the digest of. What
is damaged is as good as not there. Files of another program have other keys: see
`models.evaluation.program`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.errors import UserError
from edge.core.types import LABELS
from models.evaluation.evidence_table import NAMES, EvidenceTable
from models.evaluation.trace import Gap, Trace

BYTES_MAX = 2_000_000_000
_DIGEST_BYTES = 32


class BadCache(UserError):
    """The folder of traces cannot be used."""


def path_of(folder: Path, key: str) -> Path:
    """Where the trace of a key lies."""
    return folder / f"{key}.trace"


def write(path: Path, trace: Trace) -> None:
    """Whole or not at all. Raises BadCache where the folder does not take it."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.part")
    memory = io.BytesIO()
    np.savez_compressed(memory, **_arrays(trace))  # type: ignore[arg-type]  # allow_pickle is none
    data = memory.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(hashlib.sha256(data).digest() + data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise BadCache(
            f"{path.parent}: traces cannot be kept there ({error.strerror}); say --cache DIR"
        ) from None


def read(path: Path) -> Trace | None:
    """The trace, now the last one used; None where there is none that can be read."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    with suppress(OSError):  # a folder one may only read, or another run that drops it just now
        os.utime(path)
    digest, data = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
    if hashlib.sha256(data).digest() != digest:
        return None
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return _trace(dict(arrays))


def prune(folder: Path, bytes_max: int = BYTES_MAX) -> None:
    """Drops the traces that were used the longest ago, until the rest is small enough."""
    kept = 0
    for _, size, path in sorted(_files(folder), reverse=True):
        kept += size
        if kept > bytes_max:
            with suppress(OSError):
                path.unlink()


def _files(folder: Path) -> list[tuple[int, int, Path]]:
    found = []
    for path in (*folder.glob("*.trace"), *folder.glob(".*.part")):
        with suppress(FileNotFoundError):  # another run may drop it at the same time
            known = path.stat()
            found.append((known.st_mtime_ns, known.st_size, path))
    return found


def _arrays(trace: Trace) -> dict[str, NDArray[Any]]:
    table = EvidenceTable.of(trace.evidence)
    said = {
        "aspect": trace.aspect,
        "seconds": trace.seconds,
        "gaps": [(gap.from_s, gap.to_s, gap.told, gap.reason) for gap in trace.gaps],
        "skipped": trace.skipped,
        "damage": trace.damage,
        "zones": table.zones,
    }
    arrays: dict[str, NDArray[Any]] = {
        "said": np.frombuffer(json.dumps(said).encode(), np.uint8),
        "at_ns": trace.at_ns,
        "held": trace.held,
        "count": table.counts,
        **table.columns,
    }
    arrays |= {f"glance_{label}": trace.glance[label] for label in LABELS}
    return arrays if trace.grid is None else arrays | {"grid": trace.grid}


def _trace(arrays: Mapping[str, NDArray[Any]]) -> Trace:
    said = json.loads(arrays["said"].tobytes())
    return Trace(
        at_ns=arrays["at_ns"],
        held=arrays["held"],
        glance={label: arrays[f"glance_{label}"] for label in LABELS},
        evidence=EvidenceTable.counted(
            arrays["count"], {name: arrays[name] for name in NAMES}, said["zones"]
        ),
        aspect=said["aspect"],
        seconds=said["seconds"],
        gaps=tuple(Gap(*gap) for gap in said["gaps"]),
        skipped=said["skipped"],
        damage=said["damage"],
        grid=arrays.get("grid"),
    )
