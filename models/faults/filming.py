"""Faults written as H.264 clips, with a table of what is in them and a sheet to look at."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from edge.core.types import Rgb
from models.faults.catalogue import Fault
from models.faults.inject import Injection, injected
from models.faults.playing import played
from models.synth.video import Coding, write_video

FPS = 5
BEFORE_S, AFTER_S = 75, 90  # a camera has to be watched for a minute before it is known
_TILE, _COLUMNS = (256, 144), 6
_CODING = Coding(25, "veryfast", 1500)
Tick = Callable[[], object]


def injections(faults: Sequence[Fault], ramp_s: float, seed: int) -> tuple[Injection, ...]:
    """Each fault in each strength; those that cannot grow come at once."""
    return tuple(
        Injection(fault, strength, float(BEFORE_S), ramp_s if fault.grows else 0.0, seed)
        for fault in faults
        for strength in fault.strengths
    )


def film(clip: Path, asked: Sequence[Injection], out: Path, tick: Tick) -> list[dict[str, object]]:
    """Each of them in that clip, as a clip of its own; gives the rows of the table. Raises
    BadClip."""
    rows: list[dict[str, object]] = []
    for one in asked:
        seconds = BEFORE_S + int(one.ramp_s) + AFTER_S
        name = f"{clip.stem}-{one.fault.name}-{one.strength:g}.mp4"
        pictures = (_even(rgb) for _, rgb in injected(played(clip, seconds, FPS), one))
        first = next(pictures)
        size = (first.shape[1], first.shape[0])
        write_video(out / name, chain([first], pictures), size, FPS, _CODING)
        rows.append({
            "clip": name, "source": clip.name, "fault": one.fault.name,
            "reason": one.fault.reasons[0], "strength": one.strength, "onset_s": one.onset_s,
            "whole_s": one.whole_s, "duration_s": seconds, "seed": one.seed,
        })  # fmt: skip
        tick()
    return rows


def write_table(rows: Sequence[dict[str, object]], path: Path) -> None:
    """What is in which clip, from when on; times are seconds from the first picture."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def sheet(clip: Path, asked: Sequence[Injection], path: Path) -> None:
    """One picture of each, whole, on one sheet. Raises BadClip."""
    at_s, rgb = list(played(clip, 2))[-1]
    tiles = [_tile(one.fault.draw(rgb, at_s, one.strength, one.seed), one) for one in asked]
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[at : at + _COLUMNS]) for at in range(0, len(tiles), _COLUMNS)]
    _, code = cv2.imencode(path.suffix, cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    path.write_bytes(code.tobytes())


def _tile(rgb: Rgb, one: Injection) -> Rgb:
    width, height = _TILE
    scale = min(width / rgb.shape[1], height / rgb.shape[0])
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((height + 22, width, 3), 250, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small[:height, :width]
    words = f"{one.fault.name} {one.strength:g}"
    cv2.putText(tile, words, (5, height + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (25, 25, 25), 1)
    return tile


def _even(rgb: Rgb) -> Rgb:
    """Without the last row and column where their number is odd, which H.264 needs."""
    return np.ascontiguousarray(rgb[: rgb.shape[0] // 2 * 2, : rgb.shape[1] // 2 * 2])
