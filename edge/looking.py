"""What the network says of frames: a look at each, and a second one (`edge.core.second`) at whoever
may be down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from edge.core import decide, heads, second
from edge.core.card import Card
from edge.core.policy import Policy
from edge.core.preprocess import to_batch
from edge.core.types import Box, Frame, Person, Rgb, Scores
from edge.ports import Backend, Closer, FloatBatch


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
    """Whom of the frames (by number) to look at again."""

    number: int
    person: Person


class Looking:
    """Holds what second looks said of each camera. `rules` gives a camera's; without a `closer`
    nobody is looked at twice. Used by one thread."""

    def __init__(
        self, card: Card, backend: Backend, closer: Closer | None, rules: Callable[[str], Policy]
    ) -> None:
        self._card = card
        self._backend = backend
        self._closer = closer
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
                scores = second.judged(one, of if self._twice(frame) else ())
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
            for who in second.wanted(people, one.at_ns, known.get(frame.camera, ())):
                asked.append(_Asked(number, who))
                busy.add(frame.camera)
        return asked, len(frames)

    def _found(self, frames: Sequence[Frame], asked: Sequence[_Asked]) -> list[float]:
        """How surely each is down, seen close up."""
        found: list[float] = []
        for number, of_frame in groupby(asked, lambda one: one.number):
            full = frames[number].full()  # of one frame at a time: a large one is 25 MB
            found += self._close(full, [one.person.box for one in of_frame])
        return found

    def _close(self, full: Rgb, boxes: Sequence[Box]) -> list[float]:
        of = self._card.close_ups
        if self._closer is None or of is None:
            raise RuntimeError("nobody is looked at twice without a network for it")
        cut = np.stack([second.close_up(full, box, of.side, of.span) for box in boxes])
        return [float(one) for one in self._closer.down(cut)]

    def _twice(self, frame: Frame) -> bool:
        return self._closer is not None and self._rules(frame.camera).collapse.second_look

    def _read(self, outputs: Mapping[str, FloatBatch], number: int, frame: Frame) -> Scores:
        people, spill = (outputs[one.name][number] for one in (self._card.people, self._card.spill))
        return heads.read(people, spill, self._card, _size(frame), frame.at_ns)


def _size(frame: Frame) -> tuple[int, int]:
    """Width and height of the small picture."""
    return frame.rgb.shape[1], frame.rgb.shape[0]
