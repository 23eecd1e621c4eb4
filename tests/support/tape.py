"""The access units a test server plays, written one after the other.

No imports but the standard library's: the server process runs without our environment.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_HEAD = struct.Struct("<qqqI")


@dataclass(frozen=True)
class Unit:
    """One access unit, Annex B or JPEG; times count from the start of the tape."""

    pts_ns: int
    dts_ns: int
    duration_ns: int
    data: bytes


def write_tape(path: Path, units: Iterable[Unit]) -> None:
    """Writes all units."""
    with path.open("wb") as out:
        for unit in units:
            out.write(_HEAD.pack(unit.pts_ns, unit.dts_ns, unit.duration_ns, len(unit.data)))
            out.write(unit.data)


def read_tape(path: Path) -> list[Unit]:
    """Reads all units."""
    raw, at, units = path.read_bytes(), 0, []
    while at < len(raw):
        pts_ns, dts_ns, duration_ns, size = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        units.append(Unit(pts_ns, dts_ns, duration_ns, raw[at : at + size]))
        at += size
    return units
