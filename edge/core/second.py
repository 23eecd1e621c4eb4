"""A second look at who is small and may be down: the same network, once more, on the place itself.

In a camera's whole view many a person is a few dozen pixels long, and somebody on all fours differs
from somebody who fell by a few of them. So the place is cut out of the full picture, enlarged until
whoever is there is seen well, mirrored, and looked at again: one's errors are seldom the other's.
What the two looks say of somebody being down is averaged, geometrically: both have to say it. Who
is large is seen well at once, and a second look would only make the sure less sure.

A look is good for a second, so the cost is at most one or two more pictures a second for a camera
in which somebody small may be down, and nothing anywhere else. Pure, as all of `edge.core`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from edge.core.geometry import iou
from edge.core.policy import SECOND_NS
from edge.core.types import Box, Person, Rgb, Scores

FLOOR = 0.1  # of score × down: below it nobody is looked at again, and nothing is changed
PLACES_MAX = 2  # the surest
SMALL_PX = 75  # the longest side of a box in the network's input: larger ones are seen well enough
EVERY_NS = SECOND_NS
SLACK_NS = SECOND_NS // 20  # frames jitter
KEPT_NS = SECOND_NS * 3 // 2
TALL_PX = 90  # as large the longest side becomes, if that is not too much
ENLARGED_MAX = 4.0
_SAME = 0.25  # IoU of a box and what the second look finds there
_STILL = 0.3  # IoU of a box and one that was looked at again within `KEPT_NS`
_ONE = 0.4  # IoU of two boxes that one look is enough for


@dataclass(frozen=True)
class Looked:
    """When a camera was last looked at again, and how strongly somebody was found down (score ×
    down) in each of these boxes."""

    at_ns: int
    places: tuple[tuple[Box, float], ...]


def wanted(people: Iterable[Person], size: tuple[int, int]) -> tuple[Box, ...]:
    """Where to look again, surest first. `size` is the view's (width, height) in the network's
    input."""
    chosen: list[Box] = []
    doubtful = [person for person in people if _doubtful(person, size)]
    for person in sorted(doubtful, key=lambda one: one.down_score, reverse=True):
        if len(chosen) < PLACES_MAX and all(iou(person.box, other) < _ONE for other in chosen):
            chosen.append(person.box)
    return tuple(chosen)


def due(at_ns: int, last: Looked | None) -> bool:
    """Whether the last look is no longer good."""
    return last is None or at_ns >= last.at_ns + EVERY_NS - SLACK_NS


def window(box: Box, size: tuple[int, int]) -> Box:
    """The part of the view to be enlarged, of its shape and inside it, with the box in its middle
    as far as that goes; `size` is the whole view's (width, height) in the network's input."""
    longest_px = max(box.w * size[0], box.h * size[1], 1.0)
    side = 1.0 / min(max(TALL_PX / longest_px, 1.0), ENLARGED_MAX)
    x, y = (min(max(middle - side / 2, 0.0), 1.0 - side) for middle in box.centre)
    return Box(x, y, side, side)


def enlarged(full: Rgb, part: Box, size: tuple[int, int]) -> Rgb:
    """That part of a picture in full resolution (H×W×3), mirrored, of `size` (width, height)."""
    rows = _pixels(part.y, part.h, full.shape[0])
    cut = full[rows, _pixels(part.x, part.w, full.shape[1])]
    way = cv2.INTER_AREA if cut.shape[1] > size[0] else cv2.INTER_CUBIC
    return np.ascontiguousarray(np.asarray(cv2.resize(cut, size, interpolation=way))[:, ::-1])


def found(people: Sequence[Person], box: Box, part: Box) -> float:
    """How strongly somebody is down in a box of the view, by what was seen in a part of it,
    enlarged and mirrored; 0 where nobody was found there."""
    there = [one.down_score for one in people if iou(_back(one.box, part), box) > _SAME]
    return max(there, default=0.0)


def judged(scores: Scores, last: Looked | None, size: tuple[int, int]) -> Scores:
    """The scores, with what the second look says of who is small and may be down. Their other
    states stay what they are, so the four no longer sum to 1."""
    if last is None or scores.at_ns > last.at_ns + KEPT_NS:
        return scores
    people = (_judged(p, last) if _doubtful(p, size) else p for p in scores.people)
    return replace(scores, people=tuple(people))


def _doubtful(person: Person, size: tuple[int, int]) -> bool:
    small = max(person.box.w * size[0], person.box.h * size[1]) < SMALL_PX
    return small and person.down_score >= FLOOR


def _judged(person: Person, last: Looked) -> Person:
    first = person.down_score
    near = [(iou(person.box, box), second) for box, second in last.places]
    share, second = max(near, default=(0.0, 0.0))
    if share <= _STILL:
        return person
    return replace(person, down=min(1.0, (first * second) ** 0.5 / person.score))


def _back(box: Box, part: Box) -> Box:
    """A box of the mirrored part in the whole view."""
    x = part.x + (1.0 - box.x - box.w) * part.w
    return Box(x, part.y + box.y * part.h, box.w * part.w, box.h * part.h)


def _pixels(begin: float, length: float, side: int) -> slice:
    first = round(begin * side)
    return slice(first, max(first + 1, round((begin + length) * side)))
