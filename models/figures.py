"""Cut-out people, kept: made once from the prepared pictures, each with the picture it is from and
who that is, so that a recipe that holds a place out holds its people out as well, and nobody stays
whose picture was dropped or is read differently now.

The file is an npz without pickles: `index` is JSON (the digest of the labels people were cut out
by, and source, name and label of each), `0`, `1`, … are the cut-outs, H×W×4 uint8.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from tqdm import tqdm

from models.cutout import LOW, UPRIGHT, Rgba, Scissors
from models.labels import Labelled
from models.stores import Sample, Store

FIGURES_MAX = 700
TALL_PX_MIN = 110
STEP = 3  # every third picture: neighbours in a clip look alike
_INDEX = "index"
_RULES = (1, FIGURES_MAX, TALL_PX_MIN, STEP)  # the first is the form of the file


@dataclass(frozen=True)
class Figure:
    """A cut-out, the picture it is from, and the person's label there."""

    source: str
    name: str
    person: Labelled
    rgba: Rgba


def cut(store: Store, blazepose: Path, file: Path) -> None:
    """Cut standing and sitting people out of the store's pictures: a minute or so. What is in the
    file stays until all are."""
    write(_cut(store, Scissors(blazepose)), store, file)


def _cut(store: Store, scissors: Scissors) -> Iterator[Figure]:
    made = 0
    for number in tqdm(store.usable(()), desc="cutting people out", unit="pictures", disable=None):
        sample = store.samples[number]
        if number % STEP or made >= FIGURES_MAX:
            continue
        for person in sample.people:
            if person.state not in (UPRIGHT, LOW) or not _whole(person, sample):
                continue
            rgba = scissors.cut(store.picture(number), person)
            if rgba is not None:
                made += 1
                yield Figure(sample.source, sample.name, person, rgba)


def _whole(person: Labelled, sample: Sample) -> bool:
    """Whether the person is large enough, and not cut by the picture's edge."""
    inside = person.cy - person.h / 2 > 0.01 and person.cy + person.h / 2 < 0.99
    return inside and person.h * sample.height >= TALL_PX_MIN


def write(figures: Iterable[Figure], store: Store, file: Path) -> None:
    """Keep the cut-outs of a store's people, whole or not at all."""
    kept = list(figures)
    rows = [(one.source, one.name, astuple(one.person)) for one in kept]
    said = json.dumps({"labels": _digest(store), "figures": rows})
    arrays = {str(number): one.rgba for number, one in enumerate(kept)}
    arrays[_INDEX] = np.frombuffer(said.encode(), np.uint8)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as opened:
            np.savez(opened, allow_pickle=False, **arrays)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def are_of(store: Store, file: Path) -> bool:
    """Whether the file's cut-outs are those that would be made of the store as it is labelled now.
    A damaged file and one of an older form are of none."""
    index = _index(file)
    return index is not None and index["labels"] == _digest(store)


def load(file: Path, store: Store, held_out: tuple[str, ...]) -> list[tuple[Rgba, int]]:
    """Cut-outs with their states: of pictures that are neither held out nor dropped, and of people
    who are still labelled as they were. None of a file that is damaged or of an older form."""
    index = _index(file)
    if index is None:
        return []
    samples = [store.samples[number] for number in store.usable(held_out)]
    people = {(one.source, one.name): one.people for one in samples}
    with np.load(file) as made:
        return [
            (np.asarray(made[str(number)]), person.state)
            for number, (source, name, label) in enumerate(index["figures"])
            if (person := Labelled(*label)) in people.get((source, name), ())
        ]


def _index(file: Path) -> dict[str, Any] | None:
    try:
        with file.open("rb") as opened, np.load(opened) as made:
            return dict(json.loads(made[_INDEX].tobytes()))
    except (OSError, ValueError, KeyError, BadZipFile):
        return None


def _digest(store: Store) -> str:
    """sha256 over who is where in the pictures to learn from, and the rules people are cut by."""
    whole = hashlib.sha256(json.dumps(_RULES).encode())
    for number in store.usable(()):
        sample = store.samples[number]
        row = (sample.source, sample.name, [astuple(person) for person in sample.people])
        whole.update(json.dumps(row).encode())
    return whole.hexdigest()
