"""The rows of one clip held against the clip: what they mean, and every way they can be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Literal, get_args

from models.evaluation.contents import Contents, picture_times
from models.evaluation.recording import Span, SpanLabel
from models.evaluation.truth_rows import Faults, Frames, Row, Where

Meaning = SpanLabel | Literal["none"]
# People round, and programs differ in where the last picture ends.
SLACK_S = 0.5


@dataclass(frozen=True)
class Words:
    """What the labels of the files mean, once `rename` has put the user's words into ours."""

    rename: Mapping[str, str]

    @cached_property
    def known(self) -> tuple[Meaning, ...]:
        """All there are."""
        return (*get_args(SpanLabel), "none")

    @property
    def listed(self) -> str:
        """All there are, in words."""
        return f"{', '.join(self.known[:-1])} or {self.known[-1]}"

    def meaning(self, row: Row, faults: Faults) -> Meaning | None:
        """Of a row's label; None where it has none, which is noted."""
        if row.unseen:
            return "ignore"
        word = row.label.strip()
        own = word.lower() if word.lower() in self.known else row.otherwise or word
        said = self.rename.get(word, own)
        for known in self.known:
            if said == known:
                return known
        if word not in self.rename:  # else it is the renaming that is wrong, and told
            close = get_close_matches(word.lower(), self.known, 1)
            meant = f"did you mean {close[0]}? " if close else ""
            way = f"{meant}--rename {word or 'WORD'}=LABEL says which it means"
            faults.add(row.where, f"unknown label {word!r}: labels are {self.listed}; {way}")
        return None

    def says_nothing(self, row: Row, meaning: Meaning) -> bool:
        """Whether somebody's word for something that is no incident was renamed to `none`: it may
        have times, and stand beside spans."""
        return meaning == "none" and row.label.strip().lower() != "none"


@dataclass(frozen=True)
class Held:
    """One clip of one truth file, its rows in order, and what is in it."""

    name: str
    path: Path
    source: str
    rows: tuple[tuple[Row, Meaning], ...]
    contents: Contents
    folder_fps: float = 0.0

    @cached_property
    def _times(self) -> tuple[float, ...]:
        """When each picture is shown, and when the last one ends."""
        if self.contents.kind == "folder":
            count = round(self.contents.seconds * self.folder_fps)
            return tuple(number / self.folder_fps for number in range(count + 1))
        return (*(float(at) for at in picture_times(self.path)), self.contents.seconds)

    def spans(self, faults: Faults) -> tuple[Span, ...]:
        """By onset. Incidents without a name get one from source, clip and number."""
        timed = [(row, label, self._timed(row, label, faults)) for row, label in self.rows]
        found = [(row, label, at) for row, label, at in timed if at is not None and label != "none"]
        found.sort(key=lambda one: one[2])
        spans = []
        for number, (row, label, (onset_s, end_s)) in enumerate(found, 1):
            name = row.incident or f"{self.source}/{self.name}#{number}"
            text = row.where.text
            spans.append(Span(_span_label(label), onset_s, end_s, name, text, row.columns))
        return _one_each(spans) if self.contents.kind == "picture" else tuple(spans)

    def _timed(self, row: Row, label: Meaning, faults: Faults) -> tuple[float, float] | None:
        """Onset and end in seconds; None where there are none, or none that can be."""
        if self.contents.kind == "picture":
            return self._of_picture(row, label, faults)
        if label == "none":
            if row.span != (None, None):
                way = "leave onset_s and end_s empty, or label the span ignore"
                faults.add(row.where, f"none says that nothing happens in the whole clip: {way}")
            return None
        if isinstance(row.span, Frames):
            onset_s, end_s = self._of_frames(row.span)
            if row.unseen and row.span.end is None and end_s - onset_s < SLACK_S:
                return None  # programs differ in which picture is the last
        else:
            missing = [
                name for name, at in zip(("onset_s", "end_s"), row.span, strict=True) if at is None
            ]
            if missing:
                faults.add(row.where, f"{' and '.join(missing)} empty: say when it is, in seconds")
                return None
            onset_s, end_s = row.span[0] or 0.0, row.span[1] or 0.0
        return self._within(row.where, onset_s, end_s, faults)

    def _within(
        self, where: Where, onset_s: float, end_s: float, faults: Faults
    ) -> tuple[float, float] | None:
        if isnan(onset_s) or isnan(end_s):
            return None  # noted where it was read
        long_s = self.contents.seconds
        wrong = ""
        if onset_s < 0:
            wrong = f"onset_s {onset_s:g} is before the clip's first picture, which is 0"
        elif onset_s >= end_s:
            wrong = f"onset after end: onset_s {onset_s:g}, end_s {end_s:g}"
        elif end_s > long_s + SLACK_S:
            wrong = f"end_s {end_s:g} is beyond the clip's length, {long_s:.2f} s"
        if wrong:
            faults.add(where, wrong)
        return None if wrong else (onset_s, end_s)

    def _of_picture(self, row: Row, label: Meaning, faults: Faults) -> tuple[float, float] | None:
        if label == "collapse":
            faults.add(row.where, "a single picture shows no collapse: label it spill or ignore")
        elif any(row.span[:2]):
            faults.add(row.where, "a single picture has no length: leave onset_s and end_s empty")
        return None if label in ("collapse", "none") else (0.0, 0.0)

    def _of_frames(self, frames: Frames) -> tuple[float, float]:
        long_s = self.contents.seconds
        end_s = long_s if frames.end is None else self._at(frames.end, frames.fps)
        near = end_s <= long_s + SLACK_S
        return self._at(frames.first, frames.fps), min(end_s, long_s) if near else end_s

    def _at(self, frame: int, fps: float | None) -> float:
        """When a picture is shown, in seconds; beyond the last one at the mean rate."""
        if fps is not None:
            return max(frame, 0) / fps
        last = len(self._times) - 1
        if frame <= last:
            return self._times[max(frame, 0)]
        return self._times[last] * frame / max(last, 1)


def _span_label(label: Meaning) -> SpanLabel:
    if label == "none":
        raise ValueError("none is no span")
    return label


def _one_each(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The first of each label: a picture shows a spill once, whatever is spilled."""
    first: dict[SpanLabel, Span] = {}
    for span in spans:
        first.setdefault(span.label, span)
    return tuple(first.values())


def among_rows(
    rows: Sequence[tuple[Row, Meaning]], words: Words, faults: Faults
) -> tuple[tuple[Row, Meaning], ...]:
    """What the rows of one clip say together; doubled ones, and `none` beside something, are
    noted and left out."""
    seen: dict[object, Row] = {}
    kept = []
    spans = [row for row, label in rows if label != "none" and not row.unseen]
    for row, label in rows:
        timed = row.span != (None, None)
        said = (row.label.strip().lower(), row.span, "" if timed else row.incident)
        first = seen.setdefault(said, row)
        if first is not row and not isinstance(row.span, Frames):  # tracks may fall as one
            other = row.incident != first.incident
            but = ", but for the incident; take one of them out" if other else ""
            faults.add(row.where, f"doubled row: {first.where.text} says the same{but}")
        elif words.says_nothing(row, label):
            continue
        elif label == "none" and spans:
            beside = f"none, but {spans[0].where.text} says {spans[0].label}"
            faults.add(row.where, f"{beside} in the same clip: take one of them out")
        else:
            kept.append((row, label))
    return tuple(kept)


def among_clips(
    clips: Sequence[tuple[Span, ...]], places: Mapping[str, Where], faults: Faults
) -> None:
    """What is wrong between the spans of all clips: an incident's name used for two labels, or for
    two at the same time in one clip. `places` finds a span's place by its words."""
    named: dict[str, Span] = {}
    for spans in clips:
        for span in (one for one in spans if one.label != "ignore"):
            first = named.setdefault(span.incident, span)
            if first.label != span.label:
                other = f"{first.where} calls {span.incident!r} a {first.label}"
                faults.add(places[span.where], f"{other}: one incident has one label")
        for one, other_span in _pairs(spans):
            same = (one.label, one.incident) == (other_span.label, other_span.incident)
            if same and other_span.onset_s < one.end_s:
                overlap = f"overlaps with {one.where}, which is the same incident"
                faults.add(places[other_span.where], f"{overlap}: make them one row")


def _pairs(spans: tuple[Span, ...]) -> Iterator[tuple[Span, Span]]:
    for number, one in enumerate(spans):
        for other in spans[number + 1 :]:
            yield one, other
