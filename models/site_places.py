"""Which of a site's pictures are kept apart, to tell before and after by: whole places.

Pictures of one place are nearly the same picture, and a network that has learnt from one of them
is flattered by the rest (Glazner et al., Find the Leak, Fix the Split, arXiv 2511.13944). So a
*place* is learnt from or kept apart as a whole. It is a recording; of pictures it is the folder
they lie in, or where all lie in one, what their names begin with before number, date and time:
`hall` of `hall_2024-05-01_0007.png`.

Which places are kept apart follows from a digest of each one's own name: pictures that come later
move none of the others to the other side.

Of normal footage no place may be left out: a network that learnt what lies about in one view alone
cries wolf in the others. There it is the end of each that is kept apart.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
FIFTH = 0.2
FEW = 3  # of fewer pictures of a single place, all are learnt from
# Where all of four places became better, chance alone does as much once in 16; of five, in 32.
PLACES_MIN = 5
_MOMENT = re.compile(r"@\d+\.\d\d$")  # of a recording, as names in a store have it
_EXPORTED = re.compile(r"[._](jpe?g|png|bmp|webp)\.rf\.[0-9a-f]+$", re.IGNORECASE)  # Roboflow's
_COUNTED = re.compile(r"[\d\s_.,:()T-]+$")


@dataclass(frozen=True)
class Told:
    """How many pictures are learnt from and kept apart, of how many files and places."""

    learnt: int
    apart: int
    files: int
    places_learnt: int
    places_apart: int
    shared: bool  # the only place there is, in part learnt from, in part kept apart

    def whence(self) -> str:
        """Where what is kept apart is from."""
        if self.shared:
            only = self.places_apart == 1
            return "from the end of the only place" if only else "from the end of each place"
        return f"of {_many(self.places_apart, 'place')}"

    def amount(self) -> str:
        """What is kept apart, as it is shown."""
        return f"{_many(self.apart, 'picture')} {self.whence()}" if self.apart else "nothing"

    def doubt(self) -> str | None:
        """Why what is kept apart tells little; None where it tells enough."""
        if not self.apart:
            return "nothing is kept apart: whether it became better there nobody knows"
        if self.shared:
            very = "place that was" if self.places_apart == 1 else "places that were"
            return (
                f"what is kept apart ({_many(self.apart, 'picture')}) is of the very {very} learnt "
                "from, and flatters; give each camera and day a folder of its own, and recordings "
                "to be told by in truth.csv"
            )
        if self.places_apart < PLACES_MIN:
            return (
                f"{self.amount()} kept apart: too few to tell, a hint at most. It takes "
                f"{PLACES_MIN} places, of some {round(PLACES_MIN / FIFTH)} in all"
            )
        return None


def place(name: str) -> str:
    """The place of one picture, where all folders are of one place each."""
    return _place(PurePosixPath(_MOMENT.sub("", name)), by_folder=True)


def places(names: Iterable[str]) -> dict[str, str]:
    """The place of each picture, by its name: a path below `people/`, `spills/images/` or
    `normal/`, with `@seconds` behind it for a moment of a recording."""
    files = {name: PurePosixPath(_MOMENT.sub("", name)) for name in names}
    folders = {file.parent for file in files.values() if _is_picture(file)}
    return {name: _place(file, by_folder=len(folders) > 1) for name, file in files.items()}


def _is_picture(file: PurePosixPath) -> bool:
    return file.suffix.lower() in PICTURES


def _place(file: PurePosixPath, *, by_folder: bool) -> str:
    if not _is_picture(file):
        return str(file.with_suffix(""))
    if by_folder and file.parent != PurePosixPath():
        return str(file.parent)
    return str(file.parent / _COUNTED.sub("", _EXPORTED.sub("", file.stem)))


def kept_apart(names: Iterable[str]) -> frozenset[str]:
    """The names of pictures to keep apart: about a fifth of the places, one at least of two or
    more, and never more than half of the pictures. Of a single place, its last fifth."""
    place_of = places(names)
    sizes = Counter(place_of.values())
    if len(sizes) == 1:
        return _last_fifth(place_of)
    chosen: set[str] = set()
    count = 0
    for one in sorted(sizes, key=_drawn):
        wanted = _drawn(one) < FIFTH or not chosen
        if wanted and 2 * (count + sizes[one]) <= len(place_of):
            chosen.add(one)
            count += sizes[one]
    return frozenset(name for name, one in place_of.items() if one in chosen)


def ends(names: Iterable[str]) -> frozenset[str]:
    """The names of the last fifth of each place, to keep apart; of fewer than three pictures of a
    place none."""
    found: dict[str, list[str]] = {}
    for name, one in places(names).items():
        found.setdefault(one, []).append(name)
    return frozenset().union(*map(_last_fifth, found.values()))


def _drawn(place: str) -> float:
    """A number from 0 to 1 that a place has for ever."""
    digest = hashlib.sha256(place.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _last_fifth(names: Iterable[str]) -> frozenset[str]:
    ordered = sorted(names, key=_counting)
    count = max(1, round(len(ordered) * FIFTH)) if len(ordered) >= FEW else 0
    return frozenset(ordered[len(ordered) - count :])


def _counting(name: str) -> list[tuple[int, str]]:
    """A name to sort by, so that 10 comes behind 9."""
    return [(int(part or 0), text) for text, part in re.findall(r"(\D*)(\d*)", name)]


def tell(learnt: Sequence[str], apart: Sequence[str]) -> Told:
    """What became of a source's pictures, by their names."""
    place_of = places([*learnt, *apart])
    sides = [{place_of[name] for name in side} for side in (learnt, apart)]
    shared = bool(sides[0] & sides[1])
    files = {_MOMENT.sub("", name) for name in place_of}
    return Told(len(learnt), len(apart), len(files), len(sides[0]), len(sides[1]), shared)


def _many(count: int, of: str) -> str:
    return f"{count} {of}" if count == 1 else f"{count} {of}s"
