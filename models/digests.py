"""By which data a run was made: how much of each source, and a digest that changes with it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from models.cutout import Rgba
from models.stores import Store

LAID = "laid"  # people cut out, as the recipe calls them
_ROW_STEP = 16  # rows of a picture that are looked at: all of four gigabytes would take minutes
_DIGITS = 16


@dataclass(frozen=True)
class Digest:
    """Of a source: how many pictures are learnt from, how many are held out or dropped, and the
    beginning of the sha256 over the first (labels, and every 16th row of the pictures)."""

    pictures: int
    held_out: int
    sha256: str


def of(
    opened: Iterable[Store], figures: Iterable[tuple[Rgba, int]], held_out: tuple[str, ...]
) -> dict[str, Digest]:
    """Of every source in the stores, and of the cut-outs, which lack those held out already."""
    hashes: dict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
    taken: dict[str, int] = defaultdict(int)
    left: dict[str, int] = defaultdict(int)
    for store in opened:
        usable = set(store.usable(held_out))
        for number, sample in enumerate(store.samples):
            if number not in usable:
                left[sample.source] += 1
                continue
            taken[sample.source] += 1
            hashes[sample.source].update(json.dumps(asdict(sample)).encode())
            hashes[sample.source].update(store.picture(number)[::_ROW_STEP].tobytes())
    for figure, state in figures:
        taken[LAID] += 1
        hashes[LAID].update(bytes([state]) + figure.tobytes())
    names = sorted({*taken, *left})
    return {n: Digest(taken[n], left[n], hashes[n].hexdigest()[:_DIGITS]) for n in names}
