"""What every format of truth is read into: rows that say what somebody marked where, and faults
that name the place. Nothing here has been held against the clips yet."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pydantic import ValidationError

from models.evaluation.contents import is_medium

Polygons = tuple[tuple[float, ...], ...]
INCIDENT = "incident"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Where(NamedTuple):
    """A place in a truth file, in the order people read: which file, which line or entry, and both
    in words (`truth.csv:12`)."""

    file: int
    number: int
    text: str


class Frames(NamedTuple):
    """From picture `first` up to, not including, picture `end` (None: to the clip's end), counted
    from 0. `fps` is the rate they were counted at; None: the clip's own pictures."""

    first: int
    end: int | None
    fps: float | None = None


@dataclass(frozen=True)
class Row:
    """One statement of a truth file. `label` in the file's own word, `otherwise` what it means
    where nobody renames it; `span` in seconds (onset, end; None: left empty) or in frames.
    `unseen`: nobody looked here, so it is not to be scored, whatever the labels mean."""

    where: Where
    clip: str
    label: str
    span: tuple[float | None, float | None] | Frames = (None, None)
    columns: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    outline: Polygons = ()
    unseen: bool = False

    @property
    def incident(self) -> str:
        """The name the file gives it; empty: none."""
        return self.columns.get(INCIDENT, "")


class Faults:
    """What is wrong, in whatever order it is found."""

    def __init__(self) -> None:
        self._found: dict[tuple[Where, str], None] = {}

    def add(self, where: Where, what: str) -> None:
        """One more; the same twice is one."""
        self._found[where, what] = None

    def lines(self) -> list[str]:
        """In the order of the files and their lines, each on one line whatever a name holds."""
        ordered = sorted(self._found, key=lambda fault: fault[0][:2])
        return [_CONTROLS.sub("?", f"{where.text}: {what}") for where, what in ordered]


class Clips:
    """The recordings below a folder, by the names other programs know them by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """All media below, as paths from the folder."""
        files = sorted(path for path in self.folder.rglob("*") if is_medium(path))
        return tuple(path.relative_to(self.folder).as_posix() for path in files)

    def nearest(self, name: str) -> str:
        """What may have been meant by a name that is not there, as the end of a sentence."""
        close = get_close_matches(name, self._names, 1)
        return f"; did you mean {close[0]}?" if close else ""

    def named(self, name: str) -> tuple[str, ...]:
        """All that a name may mean, by the best that fits: the path itself, the end of it
        (`a/b.mp4` of `/data/a/b.mp4`), a file of that name anywhere below, one of that name without
        ending, a folder."""
        parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")]
        tails = ["/".join(parts[start:]) for start in range(len(parts))]
        for tail in tails:
            if os.path.isfile(
                self.folder / tail
            ):  # False where a name is none at all, too long say
                return (tail,)
        last = parts[-1] if parts else name
        same = tuple(known for known in self._names if PurePosixPath(known).name == last)
        same = same or tuple(known for known in self._names if PurePosixPath(known).stem == last)
        return same or tuple(tail for tail in tails[:1] if os.path.isdir(self.folder / tail))


@dataclass(frozen=True)
class Sheet:
    """One truth file being read: `name` as the user gave it, `number` among all of them."""

    name: str
    number: int
    text: str
    clips: Clips
    faults: Faults

    def line(self, number: int) -> Where:
        """A line of it."""
        return Where(self.number, number, f"{self.name}:{number}")

    def entry(self, number: int, words: str) -> Where:
        """An entry of it, in formats whose lines nobody reads."""
        return Where(self.number, number, f"{self.name}, {words}")

    def whole(self) -> Where:
        """The file as such."""
        return Where(self.number, 0, self.name)

    def clip(self, where: Where, *names: str) -> str | None:
        """The one clip meant by the first of these names that means any (empty ones do not); None
        and a fault where that is none or several."""
        for name in filter(None, names):
            found = self.clips.named(name)
            if len(found) > 1:
                several = f"{name}: may be {found[0]} or {found[1]}"
                self.faults.add(where, f"{several}; give them names of their own")
                return None
            if found:
                return found[0]
        name = next(filter(None, names), "")
        missing = f"{name!r}: no such clip below {self.clips.folder}"
        self.faults.add(where, missing + self.clips.nearest(name))
        return None

    def unlike(self, form: str, error: ValidationError) -> None:
        """A fault for each thing in which the file is not of the format it seems to be of."""
        for one in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in one["loc"])
            self.faults.add(self.whole(), f"{place}: {one['msg']} (in {form})")
