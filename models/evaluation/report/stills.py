"""The stills of a report: recordings are read again through the shipped source, up to the last
picture that is wanted, and the network looks at the wanted ones alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from threading import Event as StopEvent

from edge.core import heads
from edge.core.card import Card
from edge.core.preprocess import to_batch
from edge.core.types import Scores
from edge.errors import BadClip
from edge.ports import Backend, Picture, Source
from edge.snapshot import encoded, marked, shrunk
from models.evaluation.recording import Recording
from models.evaluation.report.wall import Still

_WIDTH_PX_MAX = 480
_QUALITY = 75


@dataclass(frozen=True)
class Means:
    """How a recording is looked at again: as it was the first time. `source` makes the shipped
    source, without holding the last picture; `backend` has been entered."""

    source: Callable[[Recording], Source]
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
    with means.source(recording) as source:
        for picture in source.pictures(StopEvent()):
            if picture.pts_ns in moments:
                scores = _scores(picture, means)
                for still in stills:
                    if still.at_ns == picture.pts_ns:
                        taken[still] = _drawn(picture, still, scores)
            if picture.pts_ns >= max(moments):
                break
    return taken


def _scores(picture: Picture, means: Means) -> Scores:
    card = means.card
    outputs = means.backend.infer(to_batch([picture.rgb], card.input))
    people, spill = outputs[card.people.name][0], outputs[card.spill.name][0]
    size = (picture.rgb.shape[1], picture.rgb.shape[0])
    return heads.read(people, spill, card, size, picture.pts_ns)


def _drawn(picture: Picture, still: Still, scores: Scores) -> bytes:
    small = shrunk(picture.full(), _WIDTH_PX_MAX)
    return encoded(marked(small, still.label, still.box, scores), _QUALITY)
