"""Recordings as a camera that goes on and on: one picture a second, as small as the network's.

Clips that are over too soon are played forth and back, so nothing jumps; what happens in them then
happens again and again, and noise repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from threading import Event

from alerts.errors import UserError
from edge.core.types import Rgb
from edge.sources.file import FileSource
from edge.sources.sampling import NS
from models.faults.inject import Timed

FIT = (640, 384)  # of the shipped network's input
ENDINGS = (".mp4", ".mkv", ".avi", ".mov", ".webm", ".ts")
_SHORT_S, _SHORT_FPS = 60, 5


class NoClips(UserError):
    """What was named holds no recording."""


def clips(named: Sequence[Path]) -> tuple[Path, ...]:
    """The recordings, those in folders too. Raises NoClips."""
    found: list[Path] = []
    for path in named:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [one for one in inside if one == path or one.suffix.lower() in ENDINGS]
    if not found:
        raise NoClips(f"{named[0]}: holds no recording ({', '.join(ENDINGS)}); name clips")
    return tuple(found)


def played(path: Path, seconds: int, fps: int = 1) -> Iterator[Timed]:
    """So many seconds of a recording, `fps` pictures each. Raises BadClip."""
    wanted = seconds * fps
    first = list(islice(_pictures(path, max(fps, _SHORT_FPS)), _SHORT_S * _SHORT_FPS))
    if len(first) < _SHORT_S * _SHORT_FPS and len(first) < seconds * max(fps, _SHORT_FPS):
        again = islice(_forth_and_back(first), 0, None, max(fps, _SHORT_FPS) // fps)
        yield from _timed(islice(again, wanted), fps)
        return
    yield from _timed(islice(_pictures(path, fps), wanted), fps)


def seconds_of(path: Path) -> int:
    """How long a recording is, at least a minute. Raises BadClip."""
    with FileSource(path, fit=(16, 16), sample_fps=1) as source:
        last = max((one.pts_ns for one in source.pictures(Event())), default=0)
    return max(_SHORT_S, last // NS + 1)


def _pictures(path: Path, fps: int) -> Iterator[Rgb]:
    with FileSource(path, fit=FIT, sample_fps=fps) as source:
        yield from (one.rgb for one in source.pictures(Event()))


def _forth_and_back(pictures: Sequence[Rgb]) -> Iterator[Rgb]:
    return cycle([*pictures, *pictures[-2:0:-1]])


def _timed(pictures: Iterable[Rgb], fps: int) -> Iterator[Timed]:
    return ((number / fps, rgb) for number, rgb in enumerate(pictures))
