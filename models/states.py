"""How well the four states are told apart, picture by picture, on pictures no training saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alerts.errors import UserError
from edge.core.types import Person, Scores
from models import dropped, prepare, seen, sources
from models.eye import Eye
from models.labels import STATES, Labelled
from models.teacher import overlap


class NothingUnseen(UserError):
    """A model has nothing left that it was not trained on."""


class NoBoxes(UserError):
    """The data lack the pictures to look at, or what people do in them."""


SAME = 0.4  # overlap from which a box found is the person marked


@dataclass(frozen=True)
class Confusion:
    """`counts` states×(states + 1): rows are what people do, columns what is said, the last column
    people who were not found."""

    counts: NDArray[np.int64]

    def lines(self) -> list[str]:
        """The table, a line each."""
        head = f"{'is, said':10}" + "".join(f"{name:>9}" for name in (*STATES, "missed"))
        rows = [
            f"{name:10}" + "".join(f"{count:9d}" for count in row)
            for name, row in zip(STATES, self.counts, strict=True)
        ]
        return [head, *rows]


def told(person: Person) -> int:
    """The likeliest state of a person found."""
    return int(np.argmax([person.upright, person.low, person.down, person.bed]))


def confusion(seen: Iterable[tuple[tuple[Labelled, ...], Scores]]) -> Confusion:
    """People marked in pictures against people found in them."""
    counts = np.zeros((len(STATES), len(STATES) + 1), np.int64)
    for marked, scores in seen:
        boxes = np.array([p.box for p in scores.people], np.float32).reshape(-1, 4)
        for one in marked:
            if one.state < 0:
                continue
            box = np.array([one.cx - one.w / 2, one.cy - one.h / 2, one.w, one.h], np.float32)
            shared = overlap(box, boxes)
            found = bool(len(shared)) and float(shared.max()) >= SAME
            said = told(scores.people[int(np.argmax(shared))]) if found else len(STATES)
            counts[one.state, said] += 1
    return Confusion(counts)


def hospital(eye: Eye, data: Path, folder: Path) -> list[tuple[tuple[Labelled, ...], Scores]]:
    """The people marked in each picture of `falls/hospital_bed` that the model in a folder was not
    trained on, and what it sees there; pictures with wrong labels are left out. Raises NoBoxes, and
    NothingUnseen where there are none."""
    marked = data / sources.HOSPITAL_BED.folder / "boxes.csv"
    if not marked.is_file():
        raise NoBoxes(f"{marked}: not there; --data names the folder that holds falls/")
    known = seen.read(folder)
    where = (data / sources.HOSPITAL_BED.folder).rglob("*.jpg")
    unseen = {path.name for path in where if seen.digest(path) not in known}
    found = [
        (sample.people, eye.see(rgb))
        for sample, rgb in prepare.hospital(data)
        if sample.name in unseen and not dropped.is_dropped(sample.source, sample.name)
    ]
    if not found:
        raise NothingUnseen(
            f"{folder}: was trained on every picture of {sources.HOSPITAL_BED.folder}; "
            "train the recipe `unseen`, which leaves a room out, and look at that"
        )
    return found
