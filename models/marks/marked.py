"""What may be marked in a picture or a clip. All frozen.

Boxes and corners are fractions of the picture, origin top left; times are seconds from the clip's
first frame. Of boxes, and of floor and spill, there are three things to say: None (nobody looked),
() (looked at: there is none), and those there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from alerts.errors import UserError
from edge.core.types import Box
from models.labels import STATES

Answer = Literal["collapse", "spill", "nothing", "unsure"]
ANSWERS: tuple[Answer, ...] = ("collapse", "spill", "nothing", "unsure")
PERSON = "person"  # somebody whose state cannot be told
BOX_STATES = (*STATES, PERSON)
AreaKind = Literal["floor", "spill"]
AREA_KINDS: tuple[AreaKind, ...] = ("floor", "spill")
CORNERS_MIN = 3


class BadMarks(UserError):
    """A file of marks that cannot be read, or labels that mean nothing to us."""


@dataclass(frozen=True)
class Marked:
    """Somebody in a picture: where, and one of `BOX_STATES`."""

    box: Box
    state: str


@dataclass(frozen=True)
class Outlined:
    """A part of the floor, or of what is spilled on it: three corners or more."""

    kind: AreaKind
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Marks:
    """What is marked in a picture."""

    boxes: tuple[Marked, ...] | None = None
    areas: tuple[Outlined, ...] | None = None


UNMARKED = Marks()  # nobody looked


@dataclass(frozen=True)
class Picture:
    """A marked picture, by the name its file of marks has for it. `answer` is what it shows as a
    whole, None where nobody said so."""

    name: str
    width_px: int
    height_px: int
    marks: Marks = UNMARKED
    answer: Answer | None = None

    def said(self) -> Answer | None:
        """What it shows: as was answered, else by what is marked; None where nobody looked."""
        boxes, areas = self.marks.boxes, self.marks.areas
        if self.answer is not None or (boxes is None and areas is None):
            return self.answer
        if any(one.kind == "spill" for one in areas or ()):
            return "spill"
        return "collapse" if any(one.state == "down" for one in boxes or ()) else "nothing"


@dataclass(frozen=True)
class Clip:
    """What happens in a clip: `answer` from `onset_s` to `end_s`, both None for nothing. `fps` is
    its rate, for formats that count pictures."""

    name: str
    length_s: float
    fps: float
    answer: Answer
    onset_s: float | None = None
    end_s: float | None = None


def label_of(word: str, where: str) -> str:
    """One of `BOX_STATES` or `AREA_KINDS`, however it is written. Raises BadMarks."""
    plain = word.strip().lower()
    if plain not in BOX_STATES and plain not in AREA_KINDS:
        allowed = ", ".join(BOX_STATES)
        raise BadMarks(
            f"{where}: label {word!r}: call people {allowed}, outline floor and spill, and mark "
            "nothing else"
        )
    return plain


def outlined(kind: str, corners: Iterable[tuple[float, float]], where: str) -> Outlined:
    """An area of the floor. Raises BadMarks where it has no outline."""
    known: AreaKind = "spill" if kind == "spill" else "floor"
    given = tuple(corners)
    if len(given) < CORNERS_MIN:
        raise BadMarks(f"{where}: {kind} has no outline; mark floor and spills with polygons")
    return Outlined(known, given)


def around(corners: Iterable[tuple[float, float]]) -> Box:
    """The box round corners."""
    xs, ys = zip(*corners, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def numbers(marks: Marks) -> Iterator[float]:
    """All that say where something is."""
    for one in marks.boxes or ():
        yield from one.box
    for area in marks.areas or ():
        for corner in area.corners:
            yield from corner


def inside(marks: Marks) -> Marks:
    """The same, with nothing beyond the picture's edge; what lies wholly beyond it is left out."""
    boxes = [(one, _cut(one.box)) for one in marks.boxes or ()]
    areas = tuple(
        Outlined(one.kind, tuple((_fraction(x), _fraction(y)) for x, y in one.corners))
        for one in marks.areas or ()
    )
    return Marks(
        None
        if marks.boxes is None
        else tuple(Marked(box, one.state) for one, box in boxes if box.w > 0 and box.h > 0),
        None if marks.areas is None else areas,
    )


def _cut(box: Box) -> Box:
    left, top = _fraction(box.x), _fraction(box.y)
    return Box(left, top, _fraction(box.x + box.w) - left, _fraction(box.y + box.h) - top)


def _fraction(value: float) -> float:
    return min(1.0, max(0.0, value))


def gathered(labels: Iterable[str], found: Iterable[Marked | Outlined]) -> Marks:
    """One picture's marks, where a file names (or uses) these labels: of what it has no word for,
    nobody was asked."""
    known, all_ = set(labels), list(found)
    boxes = tuple(one for one in all_ if isinstance(one, Marked))
    areas = tuple(one for one in all_ if isinstance(one, Outlined))
    return Marks(
        boxes if known & {*BOX_STATES} else None,
        areas if known & {*AREA_KINDS} else None,
    )
