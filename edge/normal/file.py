"""A camera's normal pattern as bytes and back: about half a megabyte, whatever was seen.

A digest, then an archive of arrays (NumPy's own, without pickles) with one JSON header. It is made
for one network: features of another one mean something else. What cannot be read is `Damaged`; who
reads it sets it aside and learns anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.core.types import LABELS
from edge.normal import budget, drift, usual_scores
from edge.normal.budget import Record
from edge.normal.camera import BINS, MEMORY_S, CameraNormal
from edge.normal.density import Density
from edge.normal.drift import Drift
from edge.normal.forecast import LAGS, Forecast
from edge.normal.hours import HOURS
from edge.normal.picture import Usual as UsualPicture
from edge.normal.usual_scores import UsualScores

VERSION = 1
BYTES_MAX = 16 * 2**20
_PLACES_MAX, _CHANNELS_MAX = 1024, 64
_DIGEST = 32
_Arrays = Mapping[str, NDArray[Any]]
# What numpy, zipfile and json say of bytes that are not theirs.
_UNREADABLE = (zlib.error, zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError)


class Damaged(ValueError):
    """These bytes are no normal pattern, or not of this version."""


def to_bytes(normal: CameraNormal, sha256: str) -> bytes:
    """All of it; `sha256` is the network's."""
    density, forecast, scores = normal.density, normal.forecast, normal.scores
    arrays: dict[str, NDArray[Any]] = {
        "weight": density.weight, "mean": density.mean, "spread_weight": density.spread_weight,
        "spread": density.spread, "learnt_s": density.learnt_s,
        "gram": forecast.gram, "cross": forecast.cross, "error": forecast.error,
        "values": normal.drift.values, "days": normal.drift.days, "capital": normal.drift.capital,
        "latest": _column(normal.drift.latest, 1), "trace": _column(normal.drift.trace, 2),
        "peaks": _column(normal.record.peaks, 2), "watched": _column(normal.record.watched, 2),
        "told": _column(normal.record.told, 1),
        "score_counts": scores.counts, "score_watched": scores.watched, "score_days": scores.days,
        "score_last": scores.last, "heights": normal.heights, "picture": normal.picture.rgb,
    }  # fmt: skip
    header = {
        "version": VERSION, "sha256": sha256, "shape": list(normal.shape),
        "forecast_s": forecast.seconds, "since_s": normal.drift.since_s,
        "bets": normal.drift.bets, "begun_s": normal.begun_s, "learnt_s": normal.learnt_s,
        "picture_s": normal.picture.seconds,
    }  # fmt: skip
    out = io.BytesIO()
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # numpy's own flag is among its names
    return _digest(out.getvalue()) + out.getvalue()


def from_bytes(data: bytes, sha256: str) -> CameraNormal | None:
    """What `to_bytes` wrote; None where that was of another network. Raises Damaged."""
    digest, rest = data[:_DIGEST], data[_DIGEST:]
    if len(data) > BYTES_MAX or digest != _digest(rest):
        raise Damaged("cut short or changed")
    try:
        with np.load(io.BytesIO(rest), allow_pickle=False) as archive:
            header = json.loads(bytes(archive["header"]))
            if not isinstance(header, dict) or header.get("version") != VERSION:
                raise Damaged("not of this version")
            if header["sha256"] != sha256:
                return None
            shape = _shape(header["shape"])
            arrays = {name: archive[name] for name in _expected(shape)}
    except _UNREADABLE as error:
        raise Damaged(str(error)) from error
    _check(arrays, shape)
    return _made(header, arrays, shape)


def _made(header: Mapping[str, Any], arrays: _Arrays, shape: tuple[int, int, int]) -> CameraNormal:
    numbers = {
        name: _number(header, name)
        for name in ("forecast_s", "since_s", "bets", "begun_s", "learnt_s", "picture_s")
    }
    one = arrays
    shift = Drift(
        one["values"], one["days"], one["capital"], numbers["since_s"],
        [float(p) for p in one["latest"][:, 0]], [(float(t), float(h)) for t, h in one["trace"]],
        int(numbers["bets"]),
    )  # fmt: skip
    record = Record(
        [(float(value), float(at_s)) for value, at_s in one["peaks"]],
        [(int(day), float(seconds)) for day, seconds in one["watched"]],
        [float(at_s) for at_s in one["told"][:, 0]],
    )
    return CameraNormal(
        shape,
        Density(
            one["weight"], one["mean"], one["spread_weight"], one["spread"], one["learnt_s"],
            MEMORY_S,
        ),
        Forecast(one["gram"], one["cross"], one["error"], numbers["forecast_s"], MEMORY_S),
        shift, record,
        UsualScores(
            one["score_counts"], one["score_watched"], one["score_days"], one["score_last"]
        ),
        one["heights"], numbers["begun_s"], numbers["learnt_s"],
        UsualPicture(one["picture"], numbers["picture_s"]),
    )  # fmt: skip


def _expected(shape: tuple[int, int, int]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Each array's type and shape; −1 is any length up to what is ever kept."""
    channels, places = shape[0], shape[1] * shape[2]
    wide = LAGS * channels + 1
    kept, ring = (HOURS, drift.KEPT), usual_scores.DAYS
    levels = (len(LABELS), usual_scores.LEVELS)
    return {
        "weight": ("f4", (HOURS, places)), "mean": ("f4", (HOURS, places, channels)),
        "spread_weight": ("f4", (places,)), "spread": ("f4", (places, channels, channels)),
        "learnt_s": ("f8", (HOURS,)), "gram": ("f8", (wide, wide)),
        "cross": ("f8", (wide, channels)), "error": ("f8", (channels,)), "values": ("f4", kept),
        "days": ("f4", kept), "capital": ("f8", (len(drift.STAKES),)), "latest": ("f8", (-1, 1)),
        "trace": ("f8", (-1, 2)), "peaks": ("f8", (-1, 2)), "watched": ("f8", (-1, 2)),
        "told": ("f8", (-1, 1)), "score_counts": ("i4", (ring, *levels)),
        "score_watched": ("f8", (ring,)), "score_days": ("i8", (ring,)),
        "score_last": ("f8", levels), "heights": ("i8", (HOURS, BINS)),
        "picture": ("f4", UsualPicture.SHAPE),
    }  # fmt: skip


_MAY_BE_ENDLESS = {"values", "score_last"}  # NaN or −inf stand for nothing


def _check(arrays: _Arrays, shape: tuple[int, int, int]) -> None:
    longest = max(budget.KEPT, drift.TRACE)
    for name, (kind, wanted) in _expected(shape).items():
        found = arrays[name]
        fits = len(wanted) == found.ndim and all(
            size == want or (want == -1 and size <= longest)
            for size, want in zip(found.shape, wanted, strict=True)
        )
        if not fits or found.dtype != np.dtype(kind):
            raise Damaged(f"{name} is {found.dtype} {found.shape}")
        if name not in _MAY_BE_ENDLESS and not np.isfinite(found).all():
            raise Damaged(f"{name} holds what is no number")


def _shape(given: object) -> tuple[int, int, int]:
    if not (isinstance(given, list) and len(given) == 3 and all(type(n) is int for n in given)):
        raise Damaged("no shape of features")
    channels, rows, columns = given
    if not (0 < channels <= _CHANNELS_MAX and rows > 0 and 0 < columns <= _PLACES_MAX // rows):
        raise Damaged(f"features of {channels}×{rows}×{columns}")
    return channels, rows, columns


def _number(header: Mapping[str, Any], name: str) -> float:
    value = header.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Damaged(f"{name} is no number")
    return float(value)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _column(values: Sequence[object], wide: int) -> NDArray[np.float64]:
    return np.array(values, np.float64).reshape(-1, wide)
