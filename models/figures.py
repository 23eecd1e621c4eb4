"""Cut-out people, kept: made once from the training half of the prepared pictures alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.cutout import LOW, UPRIGHT, Rgba, Scissors
from models.labels import Labelled
from models.stores import Sample, Store

FIGURES_MAX = 700
TALL_PX_MIN = 110
STEP = 3  # every third picture: neighbours in a clip look alike


def cut(store: Store, blazepose: Path, file: Path) -> None:
    """Cut standing and sitting people out of the store's training pictures."""
    scissors = Scissors(blazepose)
    made: dict[str, Rgba] = {}
    for number, sample in enumerate(store.samples):
        if sample.split != "train" or number % STEP or len(made) >= FIGURES_MAX:
            continue
        for person in sample.people:
            if person.state not in (UPRIGHT, LOW) or not _whole(person, sample):
                continue
            figure = scissors.cut(store.picture(number), person)
            if figure is not None:
                made[f"{len(made)}_{person.state}"] = figure
    np.savez(file, allow_pickle=False, **made)


def _whole(person: Labelled, sample: Sample) -> bool:
    """Whether the person is large enough, and not cut by the picture's edge."""
    inside = person.cy - person.h / 2 > 0.01 and person.cy + person.h / 2 < 0.99
    return inside and person.h * sample.height >= TALL_PX_MIN


def load(file: Path) -> list[tuple[Rgba, int]]:
    """Cut-outs with their states."""
    with np.load(file) as made:
        return [(np.asarray(made[name]), int(name.split("_")[1])) for name in made.files]
