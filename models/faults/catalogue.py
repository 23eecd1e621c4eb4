"""Every fault there is: its name, how strong it is tried, and what should be said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from alerts.status import Reason
from edge.core.types import Rgb
from models.faults import aim, cover, lamp, lens, stream

Draw = Callable[[Rgb, float, float, int], Rgb]
Repeats = Literal["", "exactly", "under a running clock"]


@dataclass(frozen=True)
class Fault:
    """`draw(rgb, at_s, strength, seed)` is a pure function and leaves H×W×3 uint8 as large as it
    is. `strengths` are those that are tried, the weakest first: what is weaker is not promised.
    `reasons` are right answers, the best first. `grows` says that it may come on slowly; `repeats`
    how the last good picture is shown again (nothing is drawn then);
    `windowed` that even a well camera is seen through a part of the clip's picture."""

    name: str
    means: str
    reasons: tuple[Reason, ...]
    strengths: tuple[float, ...]
    draw: Draw
    grows: bool = True
    repeats: Repeats = ""
    windowed: bool = False


def _nothing(rgb: Rgb, _at_s: float, _strength: float, _seed: int) -> Rgb:
    return rgb


_HIDDEN: tuple[Reason, ...] = ("blocked", "blurred", "dark", "bright")
_ALL = (1.0,)
CATALOGUE: tuple[Fault, ...] = (
    Fault("still", "the same picture again and again", ("frozen",), _ALL, _nothing, False,
          "exactly"),
    Fault("still_clock", "the same picture, but the clock written into it runs", ("frozen",), _ALL,
          _nothing, False, "under a running clock"),
    Fault("black", "a cap on the lens", ("dark", "blocked"), _ALL, lamp.black),
    Fault("dark", "the lamps are out", ("dark", "blocked"), (0.75, 0.9, 1.0), lamp.dark),
    Fault("overexposed", "so long an exposure that most is white", ("bright", "blocked"),
          (0.5, 1.0), lamp.overexposed),
    Fault("glare", "a lamp shines into the lens", ("bright", "blocked"), (0.6, 1.0), lamp.glare),
    Fault("defocused", "out of focus", ("blurred", "blocked"), (0.25, 0.5, 1.0), lens.defocused),
    Fault("smeared", "grease on the lens", ("blurred", "blocked"), (0.4, 0.7, 1.0), lens.smeared),
    Fault("sprayed", "paint on the lens", _HIDDEN, (0.35, 0.7, 1.0), lens.sprayed),
    Fault("hand", "a hand on the lens", _HIDDEN, (0.35, 0.7, 1.0), cover.hand, False),
    Fault("cloth", "a cloth over the lens", _HIDDEN, (0.4, 0.7, 1.0), cover.cloth, False),
    Fault("print", "a printed sheet before the lens", ("blocked", "moved"), (0.5, 1.0),
          cover.held_near, False),
    Fault("nudged", "pushed aside", ("moved",), (0.4, 0.7, 1.0), aim.nudged,
          windowed=True),
    Fault("turned", "turned about its axis", ("moved",), (0.3, 0.6, 1.0), aim.turned,
          windowed=True),
    Fault("turned_away", "swung to where it sees something else", ("moved",), (0.5, 1.0),
          aim.turned_away, windowed=True),
    Fault("lost_slices", "rows of blocks smeared or grey", ("damaged",), (0.4, 0.7, 1.0),
          stream.lost_slices, False),
    Fault("green", "part of the picture is green", ("damaged", "blocked"), (0.4, 0.8),
          stream.green, False),
    Fault("torn", "bands of lines in the wrong place", ("damaged", "blocked", "moved"),
          (0.4, 1.0), stream.torn, False),
    Fault("ghosts", "grey or misplaced blocks after a lost key picture",
          ("damaged", "blocked", "moved"), (0.4, 1.0), stream.ghosts, False),
)  # fmt: skip


def named(names: Sequence[str]) -> tuple[Fault, ...]:
    """The faults of those names, all of them for none. Raises KeyError."""
    known = {fault.name: fault for fault in CATALOGUE}
    return tuple(known[name] for name in names) if names else CATALOGUE
