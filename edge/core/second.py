"""A second look at who may be down: another network, which sees the place alone.

In a camera's whole view many a person is a few dozen pixels long, and somebody on all fours differs
from somebody who fell by a few of them. So the place is cut out of the full picture, and a network
made for close-ups says how surely somebody is down there. Where that is not sure, what the first
look said counts for less, in proportion. A second look never makes anybody surer: so it can end a
false alarm, and begin none.

A look is good for a second, and for five where three in a row found nobody down: heaps and carts
lie still. So the cost is a few close-ups a second for a camera in which somebody may be down, some
two milliseconds of one core each, and nothing anywhere else; and what lies there for good does not
keep others from being looked at. Pure, as all of `edge.core`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from edge.core.geometry import iou
from edge.core.policy import SECOND_NS
from edge.core.types import Box, Person, Rgb, Scores

FLOOR = 0.15  # of score × down: below it nobody is looked at again, and nothing is changed
PLACES_MAX = 2  # the surest
EVERY_NS = SECOND_NS
SURE = 0.6  # what a second look says of somebody down: from there on nothing is taken away
NOBODY = 0.15  # a second look that is less sure found nobody down
NOBODY_NS = 5 * SECOND_NS
NOBODY_LOOKS = 3  # in a row that find nobody: the last is good for `NOBODY_NS`. One may err
MORE = 0.1  # of score × down: who is so much surer to be down by now is looked at anew
SLACK_NS = SECOND_NS // 20  # frames jitter
KEPT_NS = SECOND_NS // 2  # what a look said still counts for so long when another is due
_ABOUT = 0.3  # IoU of a box and one just looked at again, for what was found to count
_SAME_STILL = 0.5  # IoU of a box and one looked at longer ago
_ONE = 0.4  # IoU of two boxes that one look is enough for


@dataclass(frozen=True)
class Place:
    """Who was looked at again, when, how surely somebody was found down there, and how many looks
    in a row, this one included, found nobody down about there."""

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


def wanted(people: Iterable[Person], at_ns: int, known: Sequence[Place]) -> tuple[Person, ...]:
    """Whom to look at again now, surest first; nobody within a second of the last look."""
    chosen: list[Person] = []
    if any(at_ns < place.at_ns + EVERY_NS - SLACK_NS for place in known):
        return ()
    doubtful = [person for person in people if person.down_score >= FLOOR]
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


def close_up(full: Rgb, box: Box, side: int, span: float) -> Rgb:
    """A square about a box of a picture (H×W×3), `span` times as wide as its longest side and
    side×side pixels; beyond the picture its last pixels go on."""
    height, width = full.shape[:2]
    wide = max(2, round(span * max(box.w * width, box.h * height)))
    (x, y), reach = box.centre, wide // 2
    left, top = round(x * width) - reach, round(y * height) - reach
    part = full[max(top, 0) : max(top + wide, 1), max(left, 0) : max(left + wide, 1)]
    if part.shape[:2] != (wide, wide):
        part = _continued(part, left, top, wide, (width, height))
    how = cv2.INTER_AREA if wide > side else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(part, (side, side), interpolation=how), np.uint8)


def judged(scores: Scores, known: Sequence[Place]) -> Scores:
    """The scores, with what second looks said of who may be down. Their other states stay what
    they are, so the four no longer sum to 1."""
    if not known:
        return scores
    people = (
        _judged(one, known, scores.at_ns) if one.down_score >= FLOOR else one
        for one in scores.people
    )
    return replace(scores, people=tuple(people))


def _judged(person: Person, known: Sequence[Place], at_ns: int) -> Person:
    there = [place for place in known if place.counts(person, at_ns)]
    if not there:
        return person
    nearest = max(there, key=lambda place: iou(person.box, place.box))
    return replace(person, down=person.down * min(1.0, nearest.found / SURE))


def _continued(part: Rgb, left: int, top: int, wide: int, size: tuple[int, int]) -> Rgb:
    """The part of a picture of `size` (width, height) that a square of it has, as that square."""
    right, bottom = left + wide - size[0], top + wide - size[1]
    above, below, before, behind = (max(0, side) for side in (-top, bottom, -left, right))
    edge = cv2.BORDER_REPLICATE
    return np.asarray(cv2.copyMakeBorder(part, above, below, before, behind, edge), np.uint8)
