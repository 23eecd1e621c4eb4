"""The stills of a report: recordings are read again through the shipped source, up to the last
picture that is wanted, and the network looks at the wanted ones alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from threading import Event as StopEvent

from edge.core.card import Card
from edge.core.evidence import overlap
from edge.core.types import Box, Label, Person, Rgb, Scores
from edge.errors import BadClip
from edge.ports import Backend, Picture, Source
from edge.snapshot import encoded, marked, named, shrunk
from models.evaluation.recording import Recording
from models.evaluation.report.wall import Still
from models.eye import Eye

_WIDTH_PX_MAX = 480
_QUALITY = 75
_PERSON_FLOOR = 0.3  # less sure ones would hide the picture
_PEOPLE_MAX = 12
_STATES = ("upright", "low", "down", "bed")


@dataclass(frozen=True)
class Means:
    """How a recording is looked at again: as it was the first time. `source` makes the shipped
    source, without holding the last picture; `threshold` is that of a label there; `backend` has
    been entered."""

    source: Callable[[Recording], Source]
    threshold: Callable[[Recording, Label], float]
    card: Card
    backend: Backend


def take(
    wanted: Iterable[Still],
    recordings: Iterable[Recording],
    means: Means,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> dict[Still, bytes]:
    """A JPEG of each still. Those of a recording that cannot be read any more are left out."""
    known = {one.key: one for one in recordings}
    ordered = sorted(set(wanted), key=lambda still: (still.recording, still.at_ns, repr(still)))
    taken: dict[Still, bytes] = {}
    done = 0
    for key, group in groupby(ordered, key=lambda still: still.recording):
        stills = tuple(group)
        with suppress(BadClip):  # it was there when it was watched; the page shows the empty place
            taken |= _of(known[key], stills, means)
        done += len(stills)
        progress(done, len(ordered))
    return taken


def _of(recording: Recording, stills: tuple[Still, ...], means: Means) -> dict[Still, bytes]:
    moments = {still.at_ns for still in stills}
    taken: dict[Still, bytes] = {}
    eye = Eye(means.card, means.backend)
    with means.source(recording) as source:
        for picture in source.pictures(StopEvent()):
            if picture.pts_ns in moments:
                scores = eye.see(picture.rgb, picture.pts_ns)
                for still in stills:
                    if still.at_ns == picture.pts_ns:
                        taken[still] = _drawn(
                            picture, still, scores, means.threshold(recording, still.label)
                        )
            if picture.pts_ns >= max(moments):
                break
    return taken


def _drawn(picture: Picture, still: Still, scores: Scores, threshold: float) -> bytes:
    small = shrunk(picture.full(), _WIDTH_PX_MAX)
    rgb = marked(small, still.label, still.box, scores, threshold)
    if still.label == "collapse":
        for person in scores.people[:_PEOPLE_MAX]:
            _name(rgb, person, still.box)
    return encoded(rgb, _QUALITY)


def _name(rgb: Rgb, person: Person, told: Box | None) -> None:
    """What the network takes somebody for, and how surely: a miss is often that. Whoever the alert
    is about has a box already."""
    state = max(_STATES, key=lambda one: float(getattr(person, one)))
    if state == "down" and told is not None and overlap(person.box, told):
        return
    if person.score >= _PERSON_FLOOR:
        named(rgb, person.box, f"{state} {person.score * getattr(person, state):.2f}")
