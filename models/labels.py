"""What the network is taught to call things, and how each source's own words map to that.

    upright  on their feet: standing, walking, reaching
    low      sitting (on the floor too, with the trunk up), bending, squatting, kneeling, crawling
    down     trunk or hip on the floor: lying, collapsed, propped on a hip or an elbow
    bed      lying on a bed or other furniture

`annotations/hospital_bed.csv` and `annotations/clips.csv` are our own reading of the pictures, by
eye: the source's `fall` and `danger` hold all four states. What could not be told, or is between
two states, has no state: the box still teaches that someone is there.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from models import sources
from models.teacher import Seen

STATES = ("upright", "low", "down", "bed")
UNKNOWN = -1
CELL_PX = 8  # one cell of the spill mask
_BY_WORD = {"stand": "upright", "move": "upright", "sit": "low"}
_READ_BY_EYE = ("fall", "danger", "lie")
_PEOPLE = (*_BY_WORD, *_READ_BY_EYE, "patient", "person")
_SAME_PERSON = 0.7


@dataclass(frozen=True)
class Labelled:
    """One person in one picture: centre and size as fractions of the picture, and the index into
    `STATES`, or `UNKNOWN`."""

    cx: float
    cy: float
    w: float
    h: float
    state: int


def annotation(name: str) -> list[dict[str, str]]:
    """Rows of `annotations/<name>.csv`."""
    text = (files("models") / "annotations" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def hospital_people(folder: Path) -> dict[tuple[str, str], tuple[Labelled, ...]]:
    """People of each picture of `falls/hospital_bed`, by (clip_group, image).

    The source marks one person twice (who, and what they do), so boxes that overlap are one, and
    the one with a state is kept. Raises Incomplete where the source is not there.
    """
    read = {
        (r["image"], r["label"], r["x"], r["y"]): STATES.index(r["state"])
        for r in annotation("hospital_bed")
    }
    found: dict[tuple[str, str], list[Labelled]] = defaultdict(list)
    with sources.there(folder / "boxes.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            people = found[(row["clip_group"], row["image"])]
            if row["label"] not in _PEOPLE:
                continue
            word = _BY_WORD.get(row["label"])
            by_eye = read.get((row["image"], row["label"], row["x"], row["y"]), UNKNOWN)
            x, y, w, h = (float(row[name]) for name in ("x", "y", "w", "h"))
            state = STATES.index(word) if word else by_eye
            people.append(Labelled(x + w / 2, y + h / 2, w, h, state))
    return {key: tuple(_one_each(people)) for key, people in found.items()}


def hospital_pictures(folder: Path) -> list[tuple[Path, tuple[Labelled, ...]]]:
    """The pictures of `falls/hospital_bed` with their people, by clip group. Raises Incomplete."""
    where = {path.name: path for path in folder.rglob("*.jpg")}
    return [
        (sources.there(where.get(image, folder / image)), people)
        for (_, image), people in sorted(hospital_people(folder).items())
    ]


def _one_each(people: Sequence[Labelled]) -> list[Labelled]:
    """Known states win over unknown ones, our reading over a word when both are on one person."""
    kept: list[Labelled] = []
    for person in sorted(people, key=lambda p: -p.state):
        if all(_overlap(person, other) < _SAME_PERSON for other in kept):
            kept.append(person)
    return kept


def _overlap(a: Labelled, b: Labelled) -> float:
    """Shared area over the smaller of both: a box round the trunk lies inside one of the body."""
    w = min(a.cx + a.w / 2, b.cx + b.w / 2) - max(a.cx - a.w / 2, b.cx - b.w / 2)
    h = min(a.cy + a.h / 2, b.cy + b.h / 2) - max(a.cy - a.h / 2, b.cy - b.h / 2)
    return max(w, 0.0) * max(h, 0.0) / max(min(a.w * a.h, b.w * b.h), 1e-9)


def clip_states() -> dict[str, list[tuple[float, float, int]]]:
    """Per clip (path below `falls/`): spans (from, to in seconds) in which the state is known."""
    spans: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for row in annotation("clips"):
        span = (float(row["from_s"]), float(row["to_s"]), STATES.index(row["state"]))
        spans[row["clip"]].append(span)
    return dict(spans)


def state_at(spans: Sequence[tuple[float, float, int]], at_s: float) -> int:
    """The state at a moment of a clip, or `UNKNOWN` between two spans."""
    for start, end, state in spans:
        if start <= at_s <= end:
            return state
    return UNKNOWN


def as_labelled(seen: Seen, width: int, height: int, state: int) -> Labelled:
    """A teacher's box in a width×height picture as a label."""
    cx, cy = (seen.x + seen.w / 2) / width, (seen.y + seen.h / 2) / height
    return Labelled(cx, cy, seen.w / width, seen.h / height, state)
