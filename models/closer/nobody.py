"""Places of the sources' pictures in which nobody is: real floors, furniture and clutter.

Those come first that the shipped network comes nearest to calling somebody who is down; others are
anywhere, of any size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from edge.core.geometry import iou
from edge.core.types import Box
from models import sources
from models.closer.close_ups import NOTHING, Shown, about
from models.labels import STATES, Labelled
from models.network import Network
from models.stores import Sample, Store

# In whose pictures everybody is marked: photographed rooms are empty, and one person acts.
EVERYBODY_MARKED = ("rooms", sources.GMDCSA24.key)
RENDERED = "rendered"  # there as well
EVERY = {sources.GMDCSA24.key: 3}  # its pictures are a fifth of a second apart
LIKE_DOWN = 0.03  # of score × down
TAKEN, ANYWHERE = 3, 2  # of a picture at most
SIDE_PX, SHAPE = (24.0, 200.0), (0.35, 2.8)  # of those anywhere: longest side, width by height
LOWER = 0.3  # of the picture: above it is no floor
APART = 0.02  # IoU with anybody, or with one another
AT_ONCE = 8
DOWN = STATES.index("down")


def found(store: Store, network: Network, held_out: tuple[str, ...] = ()) -> Iterator[Shown]:
    """Close-ups of nobody out of the sources' store, but for places that are held out."""
    yield from of(
        store, network, [n for n in store.usable(held_out) if _usable(store.samples[n], n)]
    )


def of(store: Store, network: Network, numbers: Sequence[int]) -> Iterator[Shown]:
    """Close-ups of nobody out of these pictures, in which everybody is marked; one takes a tenth
    of a second of one core."""
    rng = np.random.default_rng(len(numbers))
    with tqdm(total=len(numbers), desc="nobody", unit="picture", disable=None) as bar:
        for begin in range(0, len(numbers), AT_ONCE):
            some = numbers[begin : begin + AT_ONCE]
            for number, people in zip(some, _look(network, store, some), strict=True):
                sample = store.samples[number]
                for box in _apart(sample, [*_alike(people, sample), *_anywhere(sample, rng)]):
                    yield about(store.picture(number), box, NOTHING, sample.place)
                bar.update()


def _usable(sample: Sample, number: int) -> bool:
    return sample.source in EVERYBODY_MARKED and number % EVERY.get(sample.source, 1) == 0


@torch.no_grad()
def _look(network: Network, store: Store, numbers: Sequence[int]) -> NDArray[np.float32]:
    pictures = np.stack([store.pictures[number] for number in numbers])
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    people: NDArray[np.float32] = network(images)[0].numpy()
    return people


def _alike(people: NDArray[np.float32], sample: Sample) -> list[Box]:
    """The boxes (fractions) most like somebody who is down, surest first."""
    alarm = people[:, 4] * people[:, 5 + DOWN]
    best = [number for number in np.argsort(-alarm)[:50] if alarm[number] >= LIKE_DOWN]
    chosen = list[Box]()
    for cx, cy, w, h in people[best, :4] / np.array([sample.width, sample.height] * 2):
        box = Box(float(cx - w / 2), float(cy - h / 2), float(w), float(h))
        if len(chosen) < TAKEN and all(iou(box, other) <= APART for other in chosen):
            chosen.append(box)
    return chosen


def _anywhere(sample: Sample, rng: np.random.Generator) -> Iterator[Box]:
    for _ in range(ANYWHERE):
        longest = float(np.exp(rng.uniform(*np.log(SIDE_PX))))
        shape = float(np.exp(rng.uniform(*np.log(SHAPE))))
        w = longest * min(1.0, shape) / sample.width
        h = longest * min(1.0, 1 / shape) / sample.height
        cx, cy = float(rng.uniform(0, 1)), float(rng.uniform(LOWER, 1))
        x0, y0 = max(cx - w / 2, 0.0), max(cy - h / 2, 0.0)
        yield Box(x0, y0, min(cx + w / 2, 1.0) - x0, min(cy + h / 2, 1.0) - y0)


def _apart(sample: Sample, boxes: Sequence[Box]) -> Iterator[Box]:
    people = [_box(person) for person in sample.people]
    for box in boxes:
        tall_px = max(box.w * sample.width, box.h * sample.height)
        if tall_px >= SIDE_PX[0] / 2 and all(iou(box, other) <= APART for other in people):
            yield box


def _box(person: Labelled) -> Box:
    return Box(person.cx - person.w / 2, person.cy - person.h / 2, person.w, person.h)
