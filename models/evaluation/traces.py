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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from alerts.errors import UserError
from edge.core.evidence import Evidence
from edge.core.types import LABELS, Box, Way
from models.evaluation.trace import Gap, Trace

BYTES_MAX = 2_000_000_000
_WAYS: tuple[Way, ...] = get_args(Way)
_NO_ZONE = -1
_DIGEST_BYTES = 32
_T = TypeVar("_T")


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
    seen = [one for picture in trace.evidence for one in picture]
    zones = sorted({one.zone for one in seen if one.zone is not None})
    said = {
        "aspect": trace.aspect,
        "seconds": trace.seconds,
        "gaps": [(gap.from_s, gap.to_s, gap.told) for gap in trace.gaps],
        "skipped": trace.skipped,
        "damage": trace.damage,
        "zones": zones,
    }
    arrays: dict[str, NDArray[Any]] = {
        "said": np.frombuffer(json.dumps(said).encode(), np.uint8),
        "at_ns": trace.at_ns,
        "held": trace.held,
        "count": np.array([len(picture) for picture in trace.evidence], np.int64),
        "label": _column(seen, lambda one: LABELS.index(one.label), np.int8),
        "zone": _column(seen, lambda one: _zone(one.zone, zones), np.int32),
        "box": np.array([one.box for one in seen], np.float64).reshape(-1, 4),
        "score": _column(seen, lambda one: one.score, np.float64),
        "holding": _column(seen, lambda one: one.holding, np.float64),
        "since_ns": _column(seen, lambda one: one.since_ns, np.int64),
        "way": _column(seen, lambda one: _WAYS.index(one.path), np.int8),
    }
    arrays |= {f"glance_{label}": trace.glance[label] for label in LABELS}
    return arrays if trace.grid is None else arrays | {"grid": trace.grid}


def _column(
    seen: Sequence[Evidence], take: Callable[[Evidence], float], kind: type[np.generic]
) -> NDArray[Any]:
    return np.array([take(one) for one in seen], kind)


def _zone(zone: str | None, zones: Sequence[str]) -> int:
    return _NO_ZONE if zone is None else zones.index(zone)


def _trace(arrays: Mapping[str, NDArray[Any]]) -> Trace:
    said = json.loads(arrays["said"].tobytes())
    return Trace(
        at_ns=arrays["at_ns"],
        held=arrays["held"],
        glance={label: arrays[f"glance_{label}"] for label in LABELS},
        evidence=_split(_evidence(arrays, said["zones"]), arrays["count"].tolist()),
        aspect=said["aspect"],
        seconds=said["seconds"],
        gaps=tuple(Gap(from_s, to_s, told) for from_s, to_s, told in said["gaps"]),
        skipped=said["skipped"],
        damage=said["damage"],
        grid=arrays.get("grid"),
    )


def _evidence(arrays: Mapping[str, NDArray[Any]], zones: list[str]) -> list[Evidence]:
    names = ("label", "zone", "box", "score", "holding", "since_ns", "way")
    rows = zip(*(arrays[name].tolist() for name in names), strict=True)
    return [
        Evidence(
            label=LABELS[label],
            zone=None if zone == _NO_ZONE else zones[zone],
            box=Box(*box),
            score=score,
            holding=holding,
            since_ns=since_ns,
            path=_WAYS[way],
        )
        for label, zone, box, score, holding, since_ns, way in rows
    ]


def _split(seen: Sequence[_T], counts: Sequence[int]) -> tuple[tuple[_T, ...], ...]:
    parts, begin = [], 0
    for count in counts:
        parts.append(tuple(seen[begin : begin + count]))
        begin += count
    return tuple(parts)
