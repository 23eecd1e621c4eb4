"""Average precision of *person down*: how well the boxes of a network tell who lies on the floor
from all else, at every threshold at once.

As in Pascal VOC (Everingham et al., IJCV 2010): a box is right if it overlaps somebody down, who is
not found already, by half; precision is made to fall only, and its area over recall is the number.
A box on somebody of whom nobody knows what they do counts neither way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Scores
from models.labels import STATES, UNKNOWN, Labelled
from models.teacher import overlap

DOWN = STATES.index("down")
SAME = 0.5  # intersection over union


@dataclass(frozen=True)
class Precision:
    """Boxes in falling order of score × down with whether each was right, and how many people were
    down in how many pictures."""

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    down: int
    pictures: int

    @property
    def average(self) -> float | None:
        """The area under precision over recall; None where nobody was down."""
        if not self.down:
            return None
        precision, recall = self._curve()
        falling = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(np.diff(recall, prepend=0.0) * falling))

    def at(self, threshold: float) -> tuple[int, int]:
        """How many people down are found, and how many boxes are wrong, from a score on."""
        there = self.scores >= threshold
        return int((there & self.right).sum()), int((there & ~self.right).sum())

    def line(self, threshold: float) -> str:
        """In words."""
        if self.average is None:
            return f"nobody is down in {self.pictures} pictures"
        found, wrong = self.at(threshold)
        return (
            f"down: average precision {self.average:.2f}; at {threshold:g} {found} of {self.down} "
            f"found, {wrong} false in {self.pictures} pictures"
        )

    def _curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        hits = np.cumsum(self.right)
        return hits / np.arange(1, len(hits) + 1), hits / self.down


def of(seen: Iterable[tuple[tuple[Labelled, ...], Scores]]) -> Precision:
    """People marked in pictures against the boxes found in them."""
    boxes: list[tuple[float, bool]] = []
    down = pictures = 0
    for marked, scores in seen:
        pictures += 1
        down += sum(one.state == DOWN for one in marked)
        boxes.extend(_judged(marked, scores))
    boxes.sort(key=lambda pair: -pair[0])
    return Precision(
        np.array([score for score, _ in boxes], np.float64),
        np.array([right for _, right in boxes], np.bool_),
        down,
        pictures,
    )


def _judged(marked: tuple[Labelled, ...], scores: Scores) -> Iterable[tuple[float, bool]]:
    """Each box's score × down and whether it is right; the surest one takes whom it finds."""
    waiting = [one for one in marked if one.state in (DOWN, UNKNOWN)]
    for person in sorted(scores.people, key=lambda p: -p.down_score):
        shares = overlap(np.array(person.box, np.float32), _boxes(waiting))
        best = int(np.argmax(shares)) if len(shares) else 0
        if not len(shares) or shares[best] < SAME:
            yield person.down_score, False
        elif waiting[best].state == DOWN:
            del waiting[best]
            yield person.down_score, True


def _boxes(people: list[Labelled]) -> NDArray[np.float32]:
    corners = [(p.cx - p.w / 2, p.cy - p.h / 2, p.w, p.h) for p in people]
    return np.array(corners, np.float32).reshape(-1, 4)
