"""The values a frame becomes on its way to an event. All frozen, all in the camera's own terms.

Boxes are `Box(x, y, w, h)`: fractions of the frame, origin top left. Times are nanoseconds of the
camera's timeline (`Frame.at_ns`): they never step back, and only `edge.eventing` turns them into
UTC.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Label = Literal["collapse", "spill"]
LABELS: tuple[Label, ...] = ("collapse", "spill")
Phase = Literal["opened", "updated", "closed"]
Way = Literal["fast", "slow", "persist"]
Rgb = NDArray[np.uint8]  # H×W×3
Grid = NDArray[np.float32]  # h×w, values 0–1
Blocks = NDArray[np.uint8]  # h×w, mean brightness of each block of a picture


class Box(NamedTuple):
    """A rectangle as fractions of the frame, origin top left."""

    x: float
    y: float
    w: float
    h: float

    def cells(self, rows: int, columns: int) -> tuple[slice, slice]:
        """The cells of a grid laid over the frame which the box touches, at least one."""
        top, left = min(int(self.y * rows), rows - 1), min(int(self.x * columns), columns - 1)
        bottom = max(top + 1, math.ceil((self.y + self.h) * rows - 1e-6))
        right = max(left + 1, math.ceil((self.x + self.w) * columns - 1e-6))
        return slice(max(0, top), bottom), slice(max(0, left), right)

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, as fractions of the frame."""
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def foot(self) -> tuple[float, float]:
        """Middle of the lower edge: where an upright person touches the floor."""
        return self.x + self.w / 2, self.y + self.h


@dataclass(frozen=True)
class Small:
    """A picture small enough for the network, made when somebody asks for it: most pictures of a
    camera show what the one before showed, which their blocks tell at a fraction of the cost."""

    make_rgb: Callable[[], Rgb]
    make_blocks: Callable[[], Blocks] | None = None

    @cached_property
    def rgb(self) -> Rgb:
        """H×W×3 uint8: the whole view scaled to fit inside the network's input, its shape kept
        (no padding)."""
        return self.make_rgb()

    @cached_property
    def blocks(self) -> Blocks | None:
        """Its blocks (see `edge.core.gate`), where they can be had without it; else None."""
        return None if self.make_blocks is None else self.make_blocks()


@dataclass(frozen=True)
class Frame:
    """One picture of one camera. `full()` gives it in full resolution, while the frame is fresh.
    `at_ns` is the camera's timeline, `seq` counts frames grabbed. `held`: the last picture of a
    recording, shown again."""

    camera: str
    seq: int
    at_ns: int
    small: Small
    full: Callable[[], Rgb]
    held: bool = False

    @property
    def rgb(self) -> Rgb:
        """The small picture, H×W×3 uint8."""
        return self.small.rgb


@dataclass(frozen=True)
class Person:
    """A person seen in one frame. `score` is that someone is there, 0–1; the four state
    probabilities sum to 1 until a second look judges `down` (`edge.core.second`): on their feet,
    sitting or bending or kneeling, down on the floor (trunk or hip on it), or lying on a bed or
    other furniture."""

    box: Box
    score: float
    upright: float
    low: float
    down: float
    bed: float

    @property
    def down_score(self) -> float:
        """That someone is there and down, 0–1: what alarms are decided by."""
        return self.score * self.down


@dataclass(frozen=True)
class Scores:
    """What the network says of one frame: its `aspect` (width over height), the people, and for
    each cell of a coarse grid over the frame (h×w, rows first) how likely it shows spilled
    liquid. `down` is the same grid of how strongly the network finds somebody down right there
    (score × down, before boxes are merged): what made it say so. None where the card does not
    tell which cell a box came from."""

    at_ns: int
    aspect: float
    people: tuple[Person, ...]
    spill: Grid
    down: Grid | None = None


@dataclass(frozen=True)
class Decision:
    """One phase of one incident on one camera, in the camera's own time.

    `since_ns` is when what was seen began, `opened_ns` when the event opened (both stay the same
    through its life), `at_ns` is this phase. `ordinal` tells apart incidents of one label in one
    zone that are open at once. `path` says which way it tripped (`fast`, `slow`, `persist`).
    `drill` marks one that nobody saw: ordered, to try the chain.
    """

    camera: str
    label: Label
    zone: str | None
    ordinal: int
    phase: Phase
    seq: int
    since_ns: int
    opened_ns: int
    at_ns: int
    score: float
    threshold: float
    box: Box
    path: Way
    drill: bool = False
