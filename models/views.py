"""Fixed cameras among the sources, with liquids on their floors behind the people there.

Photographed rooms are sharp, wide and empty. These are what cameras send: wards, a workshop, a
shop's aisle. A view without anybody is the median of its pictures; its floor was drawn by hand.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from edge.core.types import Rgb
from models.labels import Labelled
from models.stores import Sample, Store
from models.synth import spill, staged, staged_site, staged_view
from models.synth.staged_site import Site
from models.synth.staged_view import Mask

FLOORS = Path(__file__).parent / "annotations" / "view_floors.csv"
LOOKS_MAX = 31
HIDDEN_MAX = 0.4  # more of the picture changed: it is turned, or the camera was moved
SPOTS_MAX = 3
PICTURES_MAX = 120  # of one view; more are the same floor again
View = tuple[str, str]  # the source, and its clip or clip group
SEEN_MIN = 0.25  # of somebody's box differs from the clean view, or they are part of it


def sites(store: Store) -> dict[View, tuple[Site, list[int]]]:
    """The views whose floor is known, by source and view, and the numbers of their pictures."""
    members: dict[View, list[int]] = defaultdict(list)
    for number, sample in enumerate(store.samples):
        members[sample.source, _view(sample)].append(number)
    found = {}
    with FLOORS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["source"], row["view"]
            if numbers := _of_one_size(store, members.get(key, [])):
                spread = numbers[:: 1 + len(numbers) // PICTURES_MAX]
                found[key] = site(store, numbers, row["floor"]), spread
    return found


def site(store: Store, numbers: list[int], floor: str) -> Site:
    """One view by its pictures and its floor's polygon."""
    step = max(1, len(numbers) // LOOKS_MAX)
    looks = np.stack([store.picture(number) for number in numbers[::step]])
    clean = np.median(looks, axis=0).astype(np.uint8)
    apart = float(np.median(np.abs(looks.astype(np.int16) - clean)))
    noise = max(apart * 1.48 / 255.0, staged_view.NOISE_MIN)
    return staged_site.site_of(staged_view.View(Path(), clean, noise, 0.0, 1.0), [floor])


def painted(
    store: Store, known: Mapping[View, tuple[Site, list[int]]], seed: int
) -> Iterator[tuple[Sample, Rgb, Mask]]:
    """Every picture of these views with spots on its floor, and where liquid shows. Its people
    stay as they are labelled."""
    rng = np.random.default_rng(seed)
    for place, numbers in known.values():
        clean = place.view.clean.astype(np.float32) / 255.0
        for number in numbers:
            sample, rgb = store.samples[number], store.picture(number)
            front = staged_view.in_front(rgb.astype(np.float32) / 255.0, clean, place.view.noise)
            if front.mean() < HIDDEN_MAX:
                free = place.floor & ~(front | _still(sample.people, front))
                yield sample, *_spots(rgb, free, place, rng)


def _spots(rgb: Rgb, free: Mask, place: Site, rng: np.random.Generator) -> tuple[Rgb, Mask]:
    wet = np.zeros_like(free)
    for _ in range(int(rng.integers(1, SPOTS_MAX + 1))):
        kinds = spill.SPILLS if rng.random() < 0.5 else spill.OTHERS
        try:
            spot = staged.draw_spot(kinds[int(rng.integers(len(kinds)))], place, rng)
        except staged.NoRoom:
            continue
        rgb, covered = spill.paint(rgb, free, spot, float(rng.uniform(0.5, 1.0)))
        wet = wet | covered if spot.kind in spill.SPILLS else wet & ~covered
    return rgb, wet


def _still(people: tuple[Labelled, ...], front: Mask) -> Mask:
    """Where people are who stood so still that they are in the clean view."""
    height, width = front.shape
    out = np.zeros(front.shape, np.uint8)
    for person in people:
        left, right = ((person.cx + s * person.w / 2) * width for s in (-1, 1))
        top, bottom = ((person.cy + s * person.h / 2) * height for s in (-1, 1))
        box = front[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
        if box.size and box.mean() < SEEN_MIN:
            middle = int((left + right) / 2), int((top + bottom) / 2)
            half = int((right - left) / 2), int((bottom - top) / 2)
            cv2.ellipse(out, middle, half, 0, 0, 360, 1, -1)
    return np.asarray(out > 0, np.bool_)


def _view(sample: Sample) -> str:
    """A ward's clip group; else the clip."""
    if sample.source == "hospital_bed":
        return sample.name.split("_", maxsplit=1)[0]
    return str(PurePosixPath(sample.name.split("@", maxsplit=1)[0]).with_suffix(""))


def _of_one_size(store: Store, numbers: list[int]) -> list[int]:
    """Those of the size most have: a median needs one."""
    by_size: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number in numbers:
        by_size[store.samples[number].width, store.samples[number].height].append(number)
    return max(by_size.values(), key=len, default=[])
