"""Parts of what was watched, to be counted by themselves: a source, or a value of a column.

A column belongs to a row of truth, so two incidents of one recording may be of different parts;
what happens outside of incidents belongs to the part of the recording. An incident that training
saw by one camera is seen, whatever other cameras have of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from edge.core.types import LABELS, Label
from models.evaluation.alarms import Watched
from models.evaluation.matching import Matched, matches
from models.evaluation.outcome import Sighting
from models.evaluation.recording import Recording, Span

_TRAINING = "in_training"
COLUMNS = ("camera", "light", "distance", _TRAINING)
_UNSEEN = "unseen_source"  # the sources once more, where training saw some of their recordings


@dataclass(frozen=True)
class Part:
    """Recordings, and per label what became of each that lasts (in one order for all labels)."""

    watched: tuple[Watched, ...]
    matched: Mapping[Label, tuple[Matched, ...]]


@dataclass(frozen=True)
class Split:
    """All, and its parts: by source, and by the values of each column."""

    all: Part
    sources: Mapping[str, Part]
    strata: Mapping[str, Mapping[str, Part]]


def split(of: Part, columns: Sequence[str]) -> Split:
    """Into sources, and into the strata of the usual columns and of these."""
    return Split(of, sources(of), strata(of, columns))


def whole(watched: Iterable[Watched]) -> Part:
    """All of them, in the order of their keys."""
    ordered = tuple(sorted(watched, key=lambda one: one.recording.key))
    return Part(ordered, {label: matches(ordered, label) for label in LABELS})


def sources(of: Part) -> dict[str, Part]:
    """By the folder they came from."""
    return {name: _of(of, name) for name in sorted({one.recording.source for one in of.watched})}


def strata(of: Part, columns: Sequence[str]) -> dict[str, dict[str, Part]]:
    """By each value of each column that occurs; what says nothing in a column is in none of its
    parts."""
    trained = any(one.recording.trained for one in of.watched)
    wanted = (*COLUMNS, *([_UNSEEN] if trained else []), *columns)
    incidents = _trained(of)
    found = {column: _by(of, column, incidents) for column in dict.fromkeys(wanted)}
    return {column: values for column, values in found.items() if values}


def value(column: str, recording: Recording, span: Span | None = None) -> str:
    """What the truth says of a recording, or of one incident in it; empty for nothing."""
    if column == _TRAINING:
        return "yes" if recording.trained else "no"
    if column == _UNSEEN:
        return "" if recording.trained else recording.source
    if column == "camera" and recording.camera:
        return recording.camera
    own = span.columns.get(column, "") if span is not None else ""
    return own or recording.columns.get(column, "")


def _by(of: Part, column: str, trained: frozenset[str]) -> dict[str, Part]:
    names = {value(column, one.recording) for one in of.watched} | {
        value(column, one.recording, span) for one in of.watched for span in one.recording.spans
    }
    return {name: _with(of, column, name, trained) for name in sorted(names - {""})}


def _of(of: Part, source: str) -> Part:
    return Part(
        tuple(one for one in of.watched if one.recording.source == source),
        {
            label: tuple(one for one in matched if one.recording.source == source)
            for label, matched in of.matched.items()
        },
    )


def _with(of: Part, column: str, name: str, trained: frozenset[str]) -> Part:
    def belongs(one: Sighting) -> bool:
        of_training = column in (_TRAINING, _UNSEEN) and one.span.incident in trained
        recording = replace(one.recording, trained=True) if of_training else one.recording
        return value(column, recording, one.span) == name

    def kept(one: Matched) -> Matched:
        sightings = tuple(filter(belongs, one.sightings))
        if value(column, one.recording) == name:
            return replace(one, sightings=sightings)
        return Matched(one.recording, one.label, sightings, (), 0, 0, (), 0.0, 0.0)

    return Part(
        tuple(one for one in of.watched if value(column, one.recording) == name),
        {label: tuple(map(kept, matched)) for label, matched in of.matched.items()},
    )


def _trained(of: Part) -> frozenset[str]:
    """The incidents of which the model was trained on any recording."""
    seen = (s for matched in of.matched.values() for one in matched for s in one.sightings)
    return frozenset(s.span.incident for s in seen if s.recording.trained)
