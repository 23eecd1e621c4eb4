"""Close-ups on disk, drawn of rendered scenes.

A folder of parts, of `PART` scenes each: `FIRST-END.npy` N×208×208×3 uint8 RGB and
`FIRST-END.json`, one row each. A part is there whole or not at all: what was cut off goes on.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from edge.core.types import Box, Rgb
from models.closer.close_ups import NOTHING, Shown
from models.labels import STATES
from models.synth.closeup_size import SIDE
from models.synth.closeups import close_ups

PART = 25


def draw(folder: Path, scenes: int) -> None:
    """Draw so many scenes into a folder, some four seconds each on one core; parts that are there
    stay."""
    folder.mkdir(parents=True, exist_ok=True)
    with tqdm(total=scenes, unit="scene", disable=None) as bar:
        for begin in range(0, scenes, PART):
            end = min(begin + PART, scenes)
            if not _index(folder, begin, end).exists():
                _draw(folder, begin, end, bar)
            else:
                bar.update(end - begin)


def _draw(folder: Path, begin: int, end: int, bar: tqdm[None]) -> None:
    pictures, rows = list[Rgb](), list[dict[str, object]]()
    for number in range(begin, end):
        for one in close_ups(number):
            kind = NOTHING if one.state is None else STATES.index(one.state)
            pictures.append(one.rgb)
            place = f"rendered/{one.kind}{number}"
            rows.append({"box": [*one.box], "kind": kind, "place": place})
        bar.update()
    index = _index(folder, begin, end)
    np.save(index.with_suffix(".npy"), np.array(pictures, np.uint8).reshape(-1, SIDE, SIDE, 3))
    part = index.with_suffix(".part")
    part.write_text(json.dumps(rows), encoding="utf-8")
    part.replace(index)
    for other in folder.glob(f"{begin:05d}-*.json"):
        if other != index:  # a shorter part, of when fewer were asked for
            other.unlink()
            other.with_suffix(".npy").unlink()


def _index(folder: Path, begin: int, end: int) -> Path:
    return folder / f"{begin:05d}-{end:05d}.json"


def drawn(folder: Path) -> list[Shown]:
    """All that lies in a folder."""
    found = list[Shown]()
    for index in sorted(folder.glob("*.json")):
        pictures = np.load(index.with_suffix(".npy"), mmap_mode="r")
        for rgb, row in zip(pictures, json.loads(index.read_text(encoding="utf-8")), strict=True):
            found.append(Shown(rgb, Box(*row["box"]), int(row["kind"]), str(row["place"])))
    return found
