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
from edge.core.types import Box, Frame, Person, Rgb, Scores
from edge.ports import Backend, FloatBatch


@dataclass(frozen=True)
class Look:
    """What the network says of one frame, its features (None where its file gives none), how many
    places of it were looked at again, and whether a second look, now or before, has a say in it."""

    scores: Scores
    features: FloatBatch | None
    again: int
    twice: bool


@dataclass(frozen=True)
class _Asked:
    """Whom of the frames (by number) to look at again, and in which part of the view."""

    number: int
    person: Person
    part: Box


class Looking:
    """Holds what second looks said of each camera. `rules` gives a camera's. Used by one thread."""

    def __init__(self, card: Card, backend: Backend, rules: Callable[[str], Policy]) -> None:
        self._card = card
        self._backend = backend
        self._rules = rules
        self._known: dict[str, tuple[second.Place, ...]] = {}

    def forget(self, cameras: Collection[str]) -> None:
        """These show something else from now on."""
        self._known = {name: of for name, of in self._known.items() if name not in cameras}

    def look(self, frames: Sequence[Frame]) -> list[Look]:
        """At each of at most the backend's `batch_max` frames. Raises BackendStuck, having changed
        nothing."""
        if not frames:
            return []
        outputs = self._backend.infer(to_batch([one.rgb for one in frames], self._card.input))
        first = [self._read(outputs, n, frame) for n, frame in enumerate(frames)]
        of = self._card.features
        features = None if of is None else outputs[of.name]
        if features is not None and any(self._twice(frame) for frame in frames):
            features = features.copy()  # backends reuse buffers, and are asked again at once
        return [
            Look(scores, None if features is None else features[n], again, twice)
            for n, (scores, again, twice) in enumerate(self._again(frames, first))
        ]

    def _again(
        self, frames: Sequence[Frame], first: Sequence[Scores]
    ) -> list[tuple[Scores, int, bool]]:
        """The first looks' scores, judged by second ones, new and still good; how many were looked
        at, and whether any had a say."""
        known, judged = dict(self._known), list[tuple[Scores, int, bool]]()
        while len(judged) < len(frames):
            asked, end = self._asked(frames, first, len(judged), known)
            found = list(zip(asked, self._found(frames, asked), strict=True))
            for number in range(len(judged), end):
                frame, one = frames[number], first[number]
                of = known.get(frame.camera, ())
                new = [(a.person, strongly) for a, strongly in found if a.number == number]
                if new:
                    of = known[frame.camera] = second.remembered(of, new, one.at_ns)
                scores = second.judged(one, of if self._twice(frame) else (), _size(frame))
                judged.append((scores, len(new), bool(new) or scores.people != one.people))
        self._known = known
        return judged

    def _asked(
        self,
        frames: Sequence[Frame],
        first: Sequence[Scores],
        begin: int,
        known: Mapping[str, Sequence[second.Place]],
    ) -> tuple[list[_Asked], int]:
        """Whom to look at again of the frames from `begin` up to the number that is returned: what
        is to be looked at of a camera's next frame depends on what is found in this one."""
        asked: list[_Asked] = []
        busy: set[str] = set()
        for number in range(begin, len(frames)):
            frame, one = frames[number], first[number]
            if not self._twice(frame):
                continue
            if frame.camera in busy:
                return asked, number
            rules = self._rules(frame.camera)
            people = (person for person in one.people if decide.may_collapse(person.box, rules))
            of, size = known.get(frame.camera, ()), _size(frame)
            for who in second.wanted(people, size, one.at_ns, of):
                asked.append(_Asked(number, who, second.window(who.box, size)))
                busy.add(frame.camera)
        return asked, len(frames)

    def _found(self, frames: Sequence[Frame], asked: Sequence[_Asked]) -> list[float]:
        """How strongly each is down, enlarged."""
        pictures: list[Rgb] = []
        for number, of_frame in groupby(asked, lambda one: one.number):
            full = frames[number].full()  # of one frame at a time: a large one is 25 MB
            pictures += [second.enlarged(full, one.part, _size(frames[number])) for one in of_frame]
        found: list[float] = []
        while len(found) < len(asked):
            part = slice(len(found), len(found) + self._backend.batch_max)
            some = asked[part]
            outputs = self._backend.infer(to_batch(pictures[part], self._card.input))
            for n, one in enumerate(some):
                people = self._read(outputs, n, frames[one.number]).people
                found.append(second.found(people, one.person.box, one.part))
        return found

    def _twice(self, frame: Frame) -> bool:
        return second.worth(self._rules(frame.camera).collapse.second_look, frame.small)

    def _read(self, outputs: Mapping[str, FloatBatch], number: int, frame: Frame) -> Scores:
        people, spill = (outputs[one.name][number] for one in (self._card.people, self._card.spill))
        return heads.read(people, spill, self._card, _size(frame), frame.at_ns)


def _size(frame: Frame) -> tuple[int, int]:
    """Width and height of the small picture."""
    return frame.rgb.shape[1], frame.rgb.shape[0]
