"""Where a picture is from, and who is held out.

A *place* is a person, a room and a camera, as far as a source tells them apart, and never less than
a clip: `gmdcsa24/Subject 1`, `hospital_bed/14`, `assist_iot/fall/05` (both views of the act),
`normal/intel_previews/classroom`, `rooms/42` (the photographs, in a hundred even parts),
`rendered/walk100004`. Frames of one place are near-duplicates, and a network that has seen one has
seen them all: so whole places are held out, never single pictures.

Which ones is the recipe's business (`hold_out:`). It names lists of this file, which are frozen so
that numbers stay comparable, or beginnings of places. `evaluation_only/` is no part of this:
training does not open it at all.
"""

from __future__ import annotations

import difflib
import zlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from alerts.errors import UserError

ROOM_PARTS = 100
_ROOM, _PAINTED = "rooms", "painted"
# Clip groups of hospital_bed: two wards, and a third room.
_WARDS = tuple(f"hospital_bed/{n}" for n in range(12, 20))
_THIRD_ROOM = tuple(
    f"hospital_bed/{n}"
    for n in (*range(5, 12), *(f"k{n}" for n in range(102, 122)))
)  # fmt: skip
_ROOMS_HELD = tuple(f"rooms/{part}" for part in range(15))

LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "nothing": (),
        "first": (  # of the first weights, 0.1
            # Two people in two rooms (the third room is Subjects 2 and 3): 5 of the 12 falls.
            "gmdcsa24/Subject 1",
            "gmdcsa24/Subject 4",
            # Clip groups; the wards of 12–19 and the third room are otherwise in training.
            *(f"hospital_bed/{group}" for group in ("6", "11", "14", "19", "k110", "k121")),
            # Acts: a fall, sinking onto a chair, lying down fast, crawling.
            *(f"assist_iot/fall/{act}" for act in ("05", "07")),
            *(f"assist_iot/adl/{act}" for act in ("08", "10", "12", "17")),
            "normal/intel_previews/store-aisle-detection",
            "normal/intel_previews/classroom",
            *_ROOMS_HELD,
        ),
        "gmdcsa24_assist_iot": ("gmdcsa24", "assist_iot"),
        "third_room": _THIRD_ROOM,
        "wards": _WARDS,
        "rooms": _ROOMS_HELD,
    }
)


class BadSplit(UserError):
    """What a recipe holds out names no list and no place."""


def origin(source: str, name: str) -> tuple[str, str]:
    """The source and name of the picture that a stored one was made of: itself, unless liquids were
    painted onto it. What is painted onto a photographed room has the room's name, what is painted
    onto another picture `source:name`."""
    if source != _PAINTED:
        return source, name
    onto, colon, own = name.partition(":")
    return (onto, own) if colon else (_ROOM, name)


def place(source: str, name: str) -> str:
    """The place of a picture by its source and its name in the store (`clip@seconds`, or the
    name of a file)."""
    source, name = origin(source, name)
    clip = str(PurePosixPath(name.split("@", maxsplit=1)[0]).with_suffix(""))
    if source == "hospital_bed":
        return f"{source}/{name.split('_', maxsplit=1)[0]}"
    if source == "gmdcsa24":
        return f"{source}/{_subject(clip)}"
    if source == "assist_iot":
        folder, _, act = clip.rpartition("/")
        return f"{source}/{folder}/{act.split('_')[0]}"
    if source == _ROOM:
        return f"{source}/{zlib.crc32(name.encode()) % ROOM_PARTS}"
    return f"{source}/{clip}"


def _subject(clip: str) -> str:
    """The person; the older numbering says Actor."""
    folder, name = clip.split("/")[:2]
    return name.split("_")[0].replace("Actor", "Subject ") if folder == "older" else folder


def beginnings(hold_out: Iterable[str]) -> tuple[str, ...]:
    """Places, or whole branches of them, from what a recipe says: names of `LISTS`, or beginnings
    of places with a `/`. Raises BadSplit."""
    found: list[str] = []
    for said in hold_out:
        if said in LISTS:
            found += LISTS[said]
        elif "/" in said:
            found.append(said.strip("/"))
        else:
            raise BadSplit(
                f"{said!r} is no list and no place; lists are {', '.join(LISTS)}, a place is "
                "written like hospital_bed/14"
            )
    return tuple(dict.fromkeys(found))


def check_places(hold_out: Iterable[str], places: Iterable[str]) -> None:
    """Raise BadSplit, a line for each, if a recipe holds out places of which there is no picture:
    what is misspelt would be learnt from. Lists are frozen, and may name what is not at hand."""
    there = sorted(set(places))
    branches = {"/".join(one.split("/")[:depth]) for one in there for depth in range(1, 5)}
    lines = []
    for said in hold_out:
        if said in LISTS or any(held(one, (said.strip("/"),)) for one in there):
            continue
        near = difflib.get_close_matches(said.strip("/"), sorted(branches), cutoff=0.75)
        advice = f"did you mean {' or '.join(near)}?" if near else "take it out of the recipe"
        lines.append(f"hold_out: {said}: no picture is from there; {advice}")
    if lines:
        raise BadSplit("\n".join(lines))


def held(place: str, held_out: tuple[str, ...]) -> bool:
    """Whether a place is one of those, or on one of those branches."""
    return any(place == one or place.startswith(one + "/") for one in held_out)
