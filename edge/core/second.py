"""A second look at who is small and may be down: the same network, once more, on the place itself.

In a camera's whole view many a person is a few dozen pixels long, and somebody on all fours differs
from somebody who fell by a few of them. So the place is cut out of the full picture, enlarged until
whoever is there is seen well, mirrored, and looked at again: one's errors are seldom the other's.
What the two looks say of somebody being down is averaged, geometrically: both have to say it. Who
is large is seen well at once, and a second look would only make the sure less sure.

A look is good for a second, and for five where three in a row found nobody down: heaps and carts
lie still. So the cost is at most two more pictures a second for a camera in which somebody small
may be down, and nothing anywhere else; and what lies there for good does not keep others from being
looked at. Pure, as all of `edge.core`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from edge.core.geometry import iou
from edge.core.policy import SECOND_NS, SecondLook
from edge.core.types import Box, Person, Rgb, Scores, Small

FLOOR = 0.15  # of score × down: below it nobody is looked at again, and nothing is changed
PLACES_MAX = 2  # the surest
SMALL_PX = 75  # the longest side of a box in the network's input: larger ones are seen well enough
EVERY_NS = SECOND_NS
NOBODY = 0.15  # of score × down: a second look that finds less found nobody down
NOBODY_NS = 5 * SECOND_NS
NOBODY_LOOKS = 3  # in a row that find nobody: the last is good for `NOBODY_NS`. One may err
MORE = 0.1  # of score × down: who is so much surer to be down by now is looked at anew
SLACK_NS = SECOND_NS // 20  # frames jitter
KEPT_NS = SECOND_NS // 2  # what a look said still counts for so long when another is due
TALL_PX = 90  # as large the longest side becomes, if that is not too much
ENLARGED_MAX = 4.0
LARGER = 2.0  # times as wide as the small picture: a full one that shows more
_SAME = 0.25  # IoU of a box and what the second look finds there
_ABOUT = 0.3  # IoU of a box and one just looked at again, for what was found to count
_SAME_STILL = 0.5  # IoU of a box and one looked at longer ago
_ONE = 0.4  # IoU of two boxes that one look is enough for


@dataclass(frozen=True)
class Place:
    """Who was looked at again, when, how strongly they were found down there, enlarged (score ×
    down), and how many looks in a row, this one included, found nobody down about there."""

    seen: Person
    at_ns: int
    found: float
    nobody: int = 0

    @property
    def box(self) -> Box:
        """Where."""
        return self.seen.box

    @property
    def good_ns(self) -> int:
        """Until when no other look at it is due."""
        lasting_ns = NOBODY_NS if self.nobody >= NOBODY_LOOKS else EVERY_NS
        return self.at_ns + lasting_ns - SLACK_NS

    def settles(self, person: Person, at_ns: int) -> bool:
        """Whether somebody seen now need not be looked at: the same box, no more down than then."""
        return at_ns < self.good_ns and self._same(person)

    def counts(self, person: Person, at_ns: int) -> bool:
        """Whether what was found is held against somebody seen now: at first of whoever is about
        there, later of the same box alone, no more down than then."""
        if at_ns <= self.at_ns + EVERY_NS - SLACK_NS + KEPT_NS:
            return iou(person.box, self.box) > _ABOUT
        return at_ns <= self.good_ns + KEPT_NS and self._same(person)

    def _same(self, person: Person) -> bool:
        still = iou(person.box, self.box) > _SAME_STILL
        return still and person.down_score < self.seen.down_score + MORE


def worth(mode: SecondLook, small: Small) -> bool:
    """Whether the full picture shows enough more than the small one to be looked at again."""
    return mode == "always" or (mode == "large" and small.shrunk >= LARGER)


def wanted(
    people: Iterable[Person], size: tuple[int, int], at_ns: int, known: Sequence[Place]
) -> tuple[Person, ...]:
    """Whom to look at again now, surest first; nobody within a second of the last look. `size` is
    the view's (width, height) in the network's input."""
    chosen: list[Person] = []
    if any(at_ns < place.at_ns + EVERY_NS - SLACK_NS for place in known):
        return ()
    doubtful = [person for person in people if _doubtful(person, size)]
    for person in sorted(doubtful, key=lambda one: one.down_score, reverse=True):
        told = any(place.settles(person, at_ns) for place in known)
        apart = all(iou(person.box, other.box) < _ONE for other in chosen)
        if not told and apart and len(chosen) < PLACES_MAX:
            chosen.append(person)
    return tuple(chosen)


def remembered(
    known: Iterable[Place], found: Iterable[tuple[Person, float]], at_ns: int
) -> tuple[Place, ...]:
    """What is known of a camera's places after these were looked at, with what was found: those,
    and others apart from them as long as what was found there counts."""
    old = [place for place in known if at_ns <= place.good_ns + KEPT_NS]
    new: list[Place] = []
    for person, strongly in found:
        before = [place.nobody for place in old if iou(place.box, person.box) > _ABOUT]
        nobody = 0 if strongly >= NOBODY else 1 + min(before, default=0)
        new.append(Place(person, at_ns, strongly, nobody))
    apart = (o for o in old if all(iou(o.box, n.box) <= _ABOUT for n in new))
    return (*apart, *new)


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


def judged(scores: Scores, known: Sequence[Place], size: tuple[int, int]) -> Scores:
    """The scores, with what second looks said of who is small and may be down. Their other states
    stay what they are, so the four no longer sum to 1."""
    if not known:
        return scores
    people = (_judged(p, known, scores.at_ns) if _doubtful(p, size) else p for p in scores.people)
    return replace(scores, people=tuple(people))


def _doubtful(person: Person, size: tuple[int, int]) -> bool:
    small = max(person.box.w * size[0], person.box.h * size[1]) < SMALL_PX
    return small and person.down_score >= FLOOR


def _judged(person: Person, known: Sequence[Place], at_ns: int) -> Person:
    there = [place for place in known if place.counts(person, at_ns)]
    if not there:
        return person
    nearest = max(there, key=lambda place: iou(person.box, place.box))
    both = (person.down_score * nearest.found) ** 0.5
    return replace(person, down=min(1.0, both / person.score))


def _back(box: Box, part: Box) -> Box:
    """A box of the mirrored part in the whole view."""
    x = part.x + (1.0 - box.x - box.w) * part.w
    return Box(x, part.y + box.y * part.h, box.w * part.w, box.h * part.h)


def _pixels(begin: float, length: float, side: int) -> slice:
    first = round(begin * side)
    return slice(first, max(first + 1, round((begin + length) * side)))
