"""A drawn test pattern: a grey room with markers that the scripted backend reads back.

Magenta is a person down, cyan a person upright, yellow liquid. The same drawing is encoded by the
tests and served over RTSP, so that the whole way of a frame can be checked without a network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from types import TracebackType
from typing import Literal

import numpy as np
from typing_extensions import Self

from edge.core.types import Box, Rgb
from edge.errors import BadClip
from edge.ports import Picture, StreamInfo
from edge.sources.pacing import Pace, Speed
from edge.sources.sampling import NS, Sampler
from edge.sources.scaling import Shrinker

MarkKind = Literal["down", "upright", "liquid"]
COLOURS: dict[MarkKind, tuple[int, int, int]] = {
    "down": (255, 0, 255),
    "upright": (0, 255, 255),
    "liquid": (255, 255, 0),
}


@dataclass(frozen=True)
class Mark:
    """A filled rectangle, there from `from_s` up to `to_s`."""

    kind: MarkKind
    box: Box
    from_s: float = 0.0
    to_s: float = float("inf")


@dataclass(frozen=True)
class Script:
    """What a pattern shows: its marks, how long (s), how fast and how large (width, height)."""

    marks: tuple[Mark, ...] = ()
    duration_s: float = 10.0
    fps: float = 10.0
    size: tuple[int, int] = (640, 360)

    @property
    def times_s(self) -> Iterator[float]:
        """When its pictures are, from 0."""
        return (number / self.fps for number in range(round(self.duration_s * self.fps)))


_STANDING = Box(0.20, 0.20, 0.12, 0.50)
_LYING = Box(0.20, 0.62, 0.36, 0.16)
_PUDDLE = Box(0.60, 0.70, 0.25, 0.20)
_COLLAPSE = (Mark("upright", _STANDING, 0, 10), Mark("down", _LYING, 10))
_SPILL = (Mark("liquid", _PUDDLE, 5),)

# What `pattern:NAME` stands for in a site file.
PATTERNS: dict[str, Script] = {
    "empty": Script((), 60.0),
    "collapse": Script(_COLLAPSE, 60.0),
    "spill": Script(_SPILL, 60.0),
    "both": Script(_COLLAPSE + _SPILL, 60.0),
}


def pattern_named(name: str) -> Script:
    """One of `PATTERNS`. Raises `BadClip` for any other name."""
    if name not in PATTERNS:
        raise BadClip(f"pattern:{name}: no such pattern; there are {', '.join(PATTERNS)}")
    return PATTERNS[name]


def draw(marks: tuple[Mark, ...], at_s: float, size: tuple[int, int]) -> Rgb:
    """The room with the marks of that moment, H×W×3 uint8; later marks cover earlier ones."""
    width, height = size
    rgb = np.array(_room(width, height))
    for mark in marks:
        if mark.from_s <= at_s < mark.to_s:
            box = mark.box
            top, bottom = round(box.y * height), round((box.y + box.h) * height)
            left, right = round(box.x * width), round((box.x + box.w) * width)
            rgb[max(top, 0) : bottom, max(left, 0) : right] = COLOURS[mark.kind]
    return rgb


@lru_cache(maxsize=8)
def _room(width: int, height: int) -> Rgb:
    """A grey wall over a tiled floor, with a little noise so that it is not dead to an encoder."""
    y, x = np.mgrid[0:height, 0:width]
    wall = 120 + 30 * x / max(width - 1, 1)
    tiles = ((x * 12 // max(width, 1)) + (y * 8 // max(height, 1))) % 2
    grey = np.where(y < height * 0.45, wall, 90 + 24 * tiles)
    grey = grey + np.random.default_rng(7).normal(0, 4, (height, width))
    room = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    room.flags.writeable = False
    return room


class PatternSource:
    """Plays a `Script` as a recording without packets."""

    live = False
    skipped = 0
    packets_dropped = 0
    clock_stalls = 0
    damage = ""

    def __init__(
        self,
        script: Script,
        *,
        fit: tuple[int, int],
        sample_fps: float,
        pace: Speed = "fast",
    ) -> None:
        self._script = script
        self._shrinker = Shrinker(fit)
        self._sampler = Sampler(sample_fps)
        self._pace = Pace(pace)
        self._entered = self._used = False

    @property
    def info(self) -> StreamInfo:
        """Size and rate of the script."""
        if not self._used:
            raise RuntimeError("not opened")
        return StreamInfo("", *self._script.size, self._script.fps, b"")

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a source is used once: build a new one to play again")
        self._used = self._entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._entered = False

    def pictures(self, stop: Event) -> Iterator[Picture]:
        """Yields the script's pictures until it ends or `stop` is set."""
        if not self._entered:
            raise RuntimeError("not opened")
        for at_s in self._script.times_s:
            at_ns = round(at_s * NS)
            if not self._sampler.take(at_ns):
                continue
            if self._pace.wait(at_ns, stop):
                return
            yield self._picture(at_ns, draw(self._script.marks, at_s, self._script.size))

    def _picture(self, at_ns: int, rgb: Rgb) -> Picture:
        return Picture(at_ns, self._shrinker.small_rgb(rgb), (), lambda: rgb)
