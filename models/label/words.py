"""What can be said of a picture or a clip, and what the book keeps of it. All frozen.

Boxes and corners are fractions of the picture, origin top left; times are seconds from the clip's
first frame. Of boxes, and of floor and spill, there are three things to say: None (nobody looked),
() (looked at: there is none), and those there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.marks.marked import (
    ANSWERS,
    AREA_KINDS,
    BOX_STATES,
    PERSON,
    UNMARKED,
    Answer,
    AreaKind,
    Marked,
    Marks,
    Outlined,
)

__all__ = [
    "ANSWERS", "AREA_KINDS", "BOX_STATES", "PERSON", "Answer", "AreaKind", "Curve", "Given", "Item",
    "ItemKind", "Marked", "Marks", "Outlined", "Suggestion", "Turn",
]  # fmt: skip
ItemKind = Literal["picture", "clip"]


@dataclass(frozen=True)
class Item:
    """A picture or a clip to be labelled; `number` is the book's, 0 before it is in one.

    `digest` is the SHA-256 of the file. A picture with `at_s` is that moment of a recording.
    `source` says where it is from (`clips`, `evidence`, `desk`, or a format that was read in),
    `said` as what a device alerted it, `event_id` of which event.
    """

    kind: ItemKind
    path: Path
    digest: str
    number: int = 0
    at_s: float | None = None
    site: str = ""
    camera: str = ""
    source: str = "clips"
    occurred_at: str | None = None
    event_id: str | None = None
    said: str | None = None
    width_px: int = 0
    height_px: int = 0
    length_s: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Curve:
    """What the model says of a clip over time: score 0–1 of each label at each of `at_s`."""

    at_s: tuple[float, ...] = ()
    collapse: tuple[float, ...] = ()
    spill: tuple[float, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """What is suggested for an item: by a model (`kind` is `model`, `model_sha256` its digest), or
    by a file that was read in (`kind` names the format). `score` is that of `answer`; `collapse`
    and `spill` are the highest of each label."""

    item: int
    answer: Answer
    score: float
    collapse: float = 0.0
    spill: float = 0.0
    kind: str = "model"
    model_sha256: str = ""
    onset_s: float | None = None
    end_s: float | None = None
    marks: Marks = UNMARKED
    curve: Curve = Curve()


@dataclass(frozen=True)
class Given:
    """An answer, as somebody gave it. `number`, and `at` (UTC), are the book's.

    `blind`: the suggestion was hidden; `suggested` is what it said (None where there was none by
    then), whether hidden or not. `took_s` is from when the item was shown, `presses` are keys and
    clicks. In `mode` `grid` one press answers many: the first of them carries it. `redoes` is the
    number of the answer that this one puts back after it was undone.
    """

    item: int
    who: str
    answer: Answer
    onset_s: float | None = None
    end_s: float | None = None
    marks: Marks = UNMARKED
    took_s: float = 0.0
    presses: int = 0
    blind: bool = False
    suggested: Answer | None = None
    model_sha256: str = ""
    mode: str = "single"
    redoes: int | None = None
    number: int = 0
    at: str = ""


@dataclass(frozen=True)
class Turn:
    """An item that is to be labelled before others: lower `rank` first; `why` in a word, and, where
    it was drawn by chance, with what `probability`: then rates stay estimable."""

    item: int
    rank: float
    why: str = ""
    probability: float | None = None
