"""Labels of clips as they are read now: a store keeps those of the day it was prepared.

Boxes are the teacher's, but where it lay wrong (mostly on people seen from the feet or the head:
where it is needed most, it sees least) they are drawn by eye: `annotations/mended.csv` has the
clip, from when to when, and the box (fractions, from the top left) of the one person in it. What
people do is in `annotations/clips.csv`. So a label put right counts at once, in every store.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models import labels, splits
from models.labels import Labelled


@dataclass(frozen=True)
class Mended:
    """A box that holds from `from_s` to `to_s` of a clip."""

    from_s: float
    to_s: float
    x: float
    y: float
    w: float
    h: float


@functools.cache
def listed() -> dict[str, tuple[Mended, ...]]:
    """The boxes of each clip."""
    found: dict[str, tuple[Mended, ...]] = {}
    for row in labels.annotation("mended"):
        numbers = (float(row[key]) for key in ("from_s", "to_s", "x", "y", "w", "h"))
        found[row["picture"]] = (*found.get(row["picture"], ()), Mended(*numbers))
    return found


def people(source: str, name: str, marked: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """Who is in a stored picture: as it was marked, or of a clip as its spans and boxes say now.
    What is painted onto a picture of a clip shows the same people."""
    source, name = splits.origin(source, name)
    clip, _, at = name.partition("@")
    spans = _spans().get(f"{source}/{clip}")
    if spans is None or not (marked and at):
        return tuple(marked)
    state = labels.state_at(spans, float(at))
    for box in listed().get(f"{source}/{clip}", ()):
        if box.from_s <= float(at) <= box.to_s:
            return (Labelled(box.x + box.w / 2, box.y + box.h / 2, box.w, box.h, state),)
    return tuple(replace(person, state=state) for person in marked)


@functools.cache
def _spans() -> dict[str, list[tuple[float, float, int]]]:
    return labels.clip_states()
