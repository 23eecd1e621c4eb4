"""Cut-out people, kept: made once from the prepared pictures, each with the place it is from, so
that a recipe that holds a place out holds its people out as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models import splits
from models.cutout import LOW, UPRIGHT, Rgba, Scissors
from models.labels import Labelled
from models.stores import Sample, Store

FIGURES_MAX = 700
TALL_PX_MIN = 110
STEP = 3  # every third picture: neighbours in a clip look alike


def cut(store: Store, blazepose: Path, file: Path) -> None:
    """Cut standing and sitting people out of the store's pictures."""
    scissors = Scissors(blazepose)
    made: dict[str, Rgba] = {}
    for number in store.usable(()):
        sample = store.samples[number]
        if number % STEP or len(made) >= FIGURES_MAX:
            continue
        for person in sample.people:
            if person.state not in (UPRIGHT, LOW) or not _whole(person, sample):
                continue
            figure = scissors.cut(store.picture(number), person)
            if figure is not None:
                made[f"{len(made)}_{person.state}_{sample.place}"] = figure
    np.savez(file, allow_pickle=False, **made)


def _whole(person: Labelled, sample: Sample) -> bool:
    """Whether the person is large enough, and not cut by the picture's edge."""
    inside = person.cy - person.h / 2 > 0.01 and person.cy + person.h / 2 < 0.99
    return inside and person.h * sample.height >= TALL_PX_MIN


def load(file: Path, held_out: tuple[str, ...]) -> list[tuple[Rgba, int]]:
    """Cut-outs with their states, without those from places held out."""
    with np.load(file) as made:
        named = [(name, *name.split("_", 2)[1:]) for name in made.files]
        return [
            (np.asarray(made[name]), int(state))
            for name, state, *place in named
            if not splits.held("".join(place), held_out)
        ]
