"""Who stands in a camera's own pictures: where, how tall, and cut out of them.

The camera does not move, so what is there for good is the median of its pictures, and somebody is
what differs from it. Nobody else wears these clothes in this light through this lens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box, Person, Rgb, Scores
from models.cutout import Rgba, Stood
from models.site_places import place
from models.stores import Store

SURE_MIN = 0.5  # score and state of who stands
EDGE = 0.01
LOOKS_MAX = 2000  # pictures in which people who stand are looked for
EMPTY_LOOKS = 25  # pictures whose median shows nobody
LIGHTS = 6  # parts of a place's pictures, each with a median of its own: light changes
FIGURES_MAX = 60  # of a place
SCARCE = 10  # times that somebody stood in a place, or fewer
TALL_PX_MIN = 24
OTHER_MIN = 0.15  # score of somebody who may be in the same box
ROUND = (0.1, 0.05)  # of the box's sides, round whoever is cut out
UNLIKE = 22.0  # how far a pixel's colour lies from the median's, at least
WHOLE = 0.8  # of the box's height
FILLED = (0.25, 0.9)  # of the box


@dataclass(frozen=True)
class Figure:
    """Somebody cut out (H×W×4), who stood so tall (pixels)."""

    rgba: Rgba
    tall: float


@dataclass(frozen=True)
class Standing:
    """By place that was looked at: where somebody stood, and who could be cut out."""

    stood: Mapping[str, Sequence[Stood]]
    figures: Mapping[str, Sequence[Figure]]

    def doubts(self) -> list[str]:
        """Where so few stand that hardly anybody can be put, in words."""
        return [
            f"normal: {at}: people are seen standing in {len(spots)} pictures only, so few are "
            "shown lying there, and falls before this camera may score less: judge it by your own "
            "before you use it"
            for at, spots in sorted(self.stood.items())
            if len(spots) <= SCARCE
        ]


def look(source: str, own: Store, see: Callable[[Rgb], Scores]) -> Standing:
    """Who stands in the pictures of `source`, as `see` tells."""
    stood: dict[str, list[Stood]] = defaultdict(list)
    figures: dict[str, list[Figure]] = defaultdict(list)
    numbers = [number for number, one in enumerate(own.samples) if one.source == source]
    chosen = numbers[:: -(-len(numbers) // LOOKS_MAX) or 1]
    for at, part in _lights(own, chosen):
        spots = stood[at]
        empty = _median([own.picture(number) for number in part[:: -(-len(part) // EMPTY_LOOKS)]])
        for number in part:
            rgb = own.picture(number)
            scores = see(rgb)
            for person in _sure(scores, rgb.shape[1], rgb.shape[0]):
                where = _where(person.box, rgb.shape[1], rgb.shape[0])
                spots.append(where)
                alone = where.tall >= TALL_PX_MIN and _alone(person, scores)
                if alone and empty is not None and len(figures[at]) < FIGURES_MAX:
                    rgba = cut(rgb, empty, person.box)
                    figures[at] += [] if rgba is None else [Figure(rgba, where.tall)]
    return Standing(stood, figures)


def standing(scores: Scores, width: int, height: int) -> list[Stood]:
    """Who surely stands in a picture (width×height pixels), and is whole."""
    return [_where(one.box, width, height) for one in _sure(scores, width, height)]


def cut(rgb: Rgb, empty: NDArray[np.float32], box: Box) -> Rgba | None:
    """Whoever stands in a box, by what differs from the view without anybody (H×W×3), as a tight
    cut-out; None where that is not one whole figure."""
    height, width = rgb.shape[:2]
    x0 = int(max(box.x - ROUND[0] * box.w, 0) * width)
    x1 = int(min(box.x + (1 + ROUND[0]) * box.w, 1) * width)
    y0 = int(max(box.y - ROUND[1] * box.h, 0) * height)
    y1 = int(min(box.y + (1 + ROUND[1]) * box.h, 1) * height)
    crop = rgb[y0:y1, x0:x1]
    apart = np.abs(crop.astype(np.float32) - empty[y0:y1, x0:x1]).max(2)
    unlike = (cv2.GaussianBlur(apart, (0, 0), 1.0) > UNLIKE).astype(np.uint8)
    closed = cv2.morphologyEx(unlike, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    parts, mask, stats, _ = cv2.connectedComponentsWithStats(closed)
    if parts < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y, w, h, area = (int(value) for value in stats[largest])
    share = area / (box.w * width * box.h * height)
    if h < WHOLE * box.h * height or not FILLED[0] < share < FILLED[1]:
        return None
    alpha = cv2.GaussianBlur((mask == largest).astype(np.float32), (0, 0), 0.7)
    whole = np.dstack([crop, (alpha * 255).astype(np.uint8)])
    return np.ascontiguousarray(whole[y : y + h, x : x + w])


def _lights(own: Store, numbers: Sequence[int]) -> Iterator[tuple[str, Sequence[int]]]:
    """The pictures of each place, in parts of about one light."""
    by_place: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        by_place[place(own.samples[number].name)].append(number)
    for at, some in by_place.items():
        size = -(-len(some) // LIGHTS)
        for begin in range(0, len(some), size):
            yield at, some[begin : begin + size]


def _median(pictures: Sequence[Rgb]) -> NDArray[np.float32] | None:
    """What is there for good; None of pictures of several shapes, and of too few."""
    if len(pictures) < 3 or len({one.shape for one in pictures}) > 1:
        return None
    return np.asarray(np.median(np.stack(pictures), axis=0), np.float32)


def _sure(scores: Scores, width: int, height: int) -> list[Person]:
    found = []
    for person in scores.people:
        x, y, w, h = person.box
        sure = min(person.score, person.upright) >= SURE_MIN
        whole = min(x, y, 1 - x - w, 1 - y - h) > EDGE
        if sure and whole and h * height > w * width:
            found.append(person)
    return found


def _where(box: Box, width: int, height: int) -> Stood:
    return Stood((box.x + box.w / 2) * width, (box.y + box.h) * height, box.h * height)


def _alone(person: Person, scores: Scores) -> bool:
    """Whether nobody else may be in somebody's box."""
    others = [one for one in scores.people if one is not person and one.score > OTHER_MIN]
    return all(_apart(person.box, one.box) for one in others)


def _apart(a: Box, b: Box) -> bool:
    across = abs(a.x + a.w / 2 - b.x - b.w / 2) > (a.w + b.w) / 2
    return across or abs(a.y + a.h / 2 - b.y - b.h / 2) > (a.h + b.h) / 2
