"""What the network says of frames: a look at each, and a second one (`edge.core.second`) at whoever
may be down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from edge.core import decide, heads, second
from edge.core.card import Card
from edge.core.policy import Policy
from edge.core.preprocess import to_batch
from edge.core.types import Box, Frame, Rgb, Scores
from edge.ports import Backend, FloatBatch


@dataclass(frozen=True)
class Look:
    """What the network says of one frame, its features (None where its file gives none), and how
    many places of it were looked at again."""

    scores: Scores
    features: FloatBatch | None
    again: int


@dataclass(frozen=True)
class _Place:
    """Where one of the frames (by number) is looked at again."""

    number: int
    box: Box
    part: Box


class Looking:
    """Holds when each camera was looked at again. `rules` gives a camera's. Used by one thread."""

    def __init__(self, card: Card, backend: Backend, rules: Callable[[str], Policy]) -> None:
        self._card = card
        self._backend = backend
        self._rules = rules
        self._last: dict[str, second.Looked] = {}

    def forget(self, cameras: Collection[str]) -> None:
        """These show something else from now on."""
        self._last = {name: one for name, one in self._last.items() if name not in cameras}

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """At each of at most the backend's `batch_max` frames. Raises BackendStuck, having changed
        nothing."""
        if not frames:
            return []
        outputs = self._backend.infer(to_batch([one.rgb for one in frames], self._card.input))
        first = [self._read(outputs, n, frame) for n, frame in enumerate(frames)]
        places = self._places(frames, first)
        of = self._card.features
        features = None if of is None else outputs[of.name]
        if features is not None and places:
            features = features.copy()  # backends reuse buffers, and are asked again at once
        return [
            Look(scores, None if features is None else features[n], again)
            for n, (scores, again) in enumerate(self._again(frames, first, places))
        ]

    def _again(
        self, frames: Sequence[Frame], first: Sequence[Scores], places: Sequence[_Place]
    ) -> list[tuple[Scores, int]]:
        """The first looks' scores, judged by second ones at `places` and by those still good; and
        how many were looked at."""
        found = self._found(frames, places)
        last, scores = dict(self._last), []
        for number, (frame, one) in enumerate(zip(frames, first, strict=True)):
            camera = frame.camera
            here = [(at.box, found[n]) for n, at in enumerate(places) if at.number == number]
            if here:
                last[camera] = second.Looked(one.at_ns, tuple(here))
            by = last.get(camera) if self._rules(camera).collapse.second_look else None
            scores.append((second.judged(one, by, _size(frame)), len(here)))
        self._last = last
        return scores

    def _places(self, frames: Sequence[Frame], first: Sequence[Scores]) -> list[_Place]:
        last, places = dict(self._last), []
        for number, (frame, one) in enumerate(zip(frames, first, strict=True)):
            rules = self._rules(frame.camera)
            if not (rules.collapse.second_look and second.due(one.at_ns, last.get(frame.camera))):
                continue
            people = (person for person in one.people if decide.may_collapse(person.box, rules))
            if boxes := second.wanted(people, _size(frame)):
                last[frame.camera] = second.Looked(one.at_ns, ())
            places += [_Place(number, box, second.window(box, _size(frame))) for box in boxes]
        return places

    def _found(self, frames: Sequence[Frame], places: Sequence[_Place]) -> list[float]:
        """How strongly somebody is down in each place, enlarged."""
        pictures: list[Rgb] = []
        for number, of_frame in groupby(places, lambda at: at.number):
            full = frames[number].full()  # of one frame at a time: a large one is 25 MB
            pictures += [second.enlarged(full, at.part, _size(frames[number])) for at in of_frame]
        found: list[float] = []
        while len(found) < len(places):
            part = slice(len(found), len(found) + self._backend.batch_max)
            some = places[part]
            outputs = self._backend.infer(to_batch(pictures[part], self._card.input))
            for n, at in enumerate(some):
                people = self._read(outputs, n, frames[at.number]).people
                found.append(second.found(people, at.box, at.part))
        return found

    def _read(self, outputs: Mapping[str, FloatBatch], number: int, frame: Frame) -> Scores:
        people, spill = (outputs[one.name][number] for one in (self._card.people, self._card.spill))
        return heads.read(people, spill, self._card, _size(frame), frame.at_ns)


def _size(frame: Frame) -> tuple[int, int]:
    """Width and height of the small picture."""
    return frame.rgb.shape[1], frame.rgb.shape[0]
