"""Frames in, decisions out: the one way, for the daemon and for recordings alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from edge.core import decide, heads
from edge.core.card import Card
from edge.core.evidence import Evidence
from edge.core.policy import Policy
from edge.core.preprocess import to_batch
from edge.core.schedule import Window, active
from edge.core.types import Decision, Frame, Label, Scores
from edge.ports import Backend, Clock


@dataclass(frozen=True)
class View:
    """What one camera is watched for, and when."""

    policy: Policy
    windows: Mapping[Label, tuple[Window, ...]]
    zone: ZoneInfo

    def active(self, at_utc: datetime) -> frozenset[Label]:
        """The labels that are watched for at this moment; those switched off have no entry."""
        return frozenset(
            label for label, windows in self.windows.items() if active(windows, at_utc, self.zone)
        )


@dataclass(frozen=True)
class Seen:
    """One frame with what was made of it."""

    frame: Frame
    scores: Scores
    evidence: tuple[Evidence, ...]
    decisions: tuple[Decision, ...]


class Pipeline:
    """Holds the state of every camera. Used by one thread."""

    def __init__(
        self, card: Card, backend: Backend, clock: Clock, views: Mapping[str, View]
    ) -> None:
        self._card = card
        self._backend = backend
        self._clock = clock
        self._views = dict(views)
        self._states = {camera: decide.State() for camera in views}
        self._last_ns: dict[str, int] = {}

    def watch(self, views: Mapping[str, View], anew: Collection[str] = ()) -> None:
        """Watch these cameras from now on. What is remembered of a camera stays, unless it is not
        among them any more or shows something else (`anew`): finish it before."""
        forgotten = {*anew} | (self._views.keys() - views.keys())
        self._views = dict(views)
        self._states = {
            camera: decide.State()
            if camera in forgotten
            else self._states.get(camera, decide.State())
            for camera in views
        }
        self._last_ns = {
            camera: at_ns for camera, at_ns in self._last_ns.items() if camera not in forgotten
        }

    def view(self, camera: str) -> View | None:
        """What a camera is watched for; None where it is not."""
        return self._views.get(camera)

    def process(self, frames: Sequence[Frame]) -> tuple[Seen, ...]:
        """One batch across cameras that are watched (at most the backend's `batch_max` frames).
        Raises BackendStuck, having changed nothing."""
        outputs = self._backend.infer(to_batch([frame.rgb for frame in frames], self._card.input))
        people, spill = outputs[self._card.people.name], outputs[self._card.spill.name]
        seen = []
        for index, frame in enumerate(frames):
            size = (frame.rgb.shape[1], frame.rgb.shape[0])
            scores = heads.read(people[index], spill[index], self._card, size, frame.at_ns)
            seen.append(Seen(frame, scores, *self._step(frame.camera, scores)))
        return tuple(seen)

    def finish(self, camera: str) -> tuple[Decision, ...]:
        """Close what is open on a camera, at its last frame."""
        at_ns = self._last_ns.get(camera, self._clock.now_ns())
        state, decisions = decide.finish(
            camera, self._states[camera], at_ns, self._views[camera].policy
        )
        self._states[camera] = state
        return decisions

    def _step(
        self, camera: str, scores: Scores
    ) -> tuple[tuple[Evidence, ...], tuple[Decision, ...]]:
        view = self._views[camera]
        active_now = view.active(self._clock.utc(scores.at_ns))
        self._states[camera], evidence, decisions = decide.step(
            camera, self._states[camera], scores, view.policy, active_now
        )
        self._last_ns[camera] = scores.at_ns
        return evidence, decisions
