"""People on a site's own pictures, as people mark them: in COCO's JSON, "CVAT for images 1.1", or
any other format that `models.marks` reads.

Labels are the four states of `models.labels`, or `person` where the state cannot be told.
"""

from __future__ import annotations

from pathlib import Path

from models.labels import STATES, UNKNOWN, Labelled
from models.marks import reading
from models.marks.marked import Marked as Person

Marked = dict[str, tuple[Labelled, ...]]


def read(file: Path) -> Marked:
    """The people of each picture that a file names, by the picture's name; none where it was
    looked at and nobody is marked. Raises BadMarks."""
    found = reading.pictures(file)
    return {one.name: tuple(map(_person, one.marks.boxes or ())) for one in found}


def _person(one: Person) -> Labelled:
    x, y, w, h = one.box
    state = STATES.index(one.state) if one.state in STATES else UNKNOWN
    return Labelled(x + w / 2, y + h / 2, w, h, state)
