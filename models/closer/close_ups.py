"""Close-ups cut out of pictures: what the network that looks a second time learns from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.core import second
from edge.core.types import Box, Rgb
from models.labels import STATES, UNKNOWN
from models.stores import Store
from models.synth.closeup_size import SIDE, SPAN

NOTHING = len(STATES)  # the class of what is nobody
LONG_MIN_PX = 24  # of somebody in a source's picture


@dataclass(frozen=True)
class Shown:
    """One close-up: the picture, the box of whom or what it shows (fractions of it), their class
    (an index into `STATES`, or NOTHING) and the place it is from (`models.splits`)."""

    rgb: Rgb
    box: Box
    kind: int
    place: str


def cut(store: Store, held_out: Sequence[str] = ()) -> Iterator[Shown]:
    """People of known state in the pictures of a store, but for places that are held out."""
    for number in store.usable(tuple(held_out)):
        sample = store.samples[number]
        for one in sample.people:
            longest_px = max(one.w * sample.width, one.h * sample.height)
            if one.state != UNKNOWN and longest_px >= LONG_MIN_PX:
                box = Box(one.cx - one.w / 2, one.cy - one.h / 2, one.w, one.h)
                yield about(store.picture(number), box, one.state, sample.place)


def about(rgb: Rgb, box: Box, kind: int, place: str) -> Shown:
    """The close-up of a box (fractions) of a picture, with room to move it."""
    height, width = rgb.shape[:2]
    sides_px = (box.w * width, box.h * height)
    wide, tall = (side / (SPAN * max(sides_px)) for side in sides_px)
    shown = second.close_up(rgb, box, SIDE, SPAN)
    return Shown(shown, Box(0.5 - wide / 2, 0.5 - tall / 2, wide, tall), kind, place)
