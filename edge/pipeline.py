"""Frames in, decisions out: the one way, for the daemon and for recordings alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.schedule import Window, active
from edge.core import decide, gate
from edge.core.card import Card
from edge.core.evidence import Evidence
from edge.core.life import HYSTERESIS
from edge.core.policy import Policy
from edge.core.types import Blocks, Decision, Frame, Label, Scores
from edge.looking import Look, Looking
from edge.ports import Backend, Clock, Closer, FloatBatch


@dataclass(frozen=True)
class View:
    """What one camera is watched for, and when. Without a `gate` the network looks at every
    picture."""

    policy: Policy
    windows: Mapping[Label, tuple[Window, ...]]
    zone: ZoneInfo
    gate: gate.GatePolicy | None = None

    def active(self, at_utc: datetime) -> frozenset[Label]:
        """The labels that are watched for at this moment; those switched off have no entry."""
        return frozenset(
            label for label, windows in self.windows.items() if active(windows, at_utc, self.zone)
        )


@dataclass(frozen=True)
class Seen:
    """One frame with what was made of it. `unchanged`: it shows what the network looked at last,
    and these are the scores of that. `features` are what the network saw, channels×h×w (see
    `edge.core.card.Features`); None where it was not asked, or its file gives none. `again` places
    of it were looked at a second time."""

    frame: Frame
    scores: Scores
    evidence: tuple[Evidence, ...]
    decisions: tuple[Decision, ...]
    unchanged: bool = False
    features: FloatBatch | None = None
    again: int = 0


@dataclass(frozen=True)
class _Planned:
    """A frame, and whether the network is asked; `blocks` are None where there is no gate."""

    frame: Frame
    asked: bool
    blocks: Blocks | None


class Pipeline:
    """Holds the state of every camera. Without a `closer` nobody is looked at twice. Used by one
    thread, but for `prepare`."""

    def __init__(
        self,
        card: Card,
        backend: Backend,
        clock: Clock,
        views: Mapping[str, View],
        closer: Closer | None = None,
    ) -> None:
        self._looking = Looking(card, backend, closer, lambda camera: self._views[camera].policy)
        self._clock = clock
        self._views = dict(views)
        self._states = {camera: decide.State() for camera in views}
        self._last_ns: dict[str, int] = {}
        self._last_looks: dict[str, gate.LastLook] = {}

    def watch(self, views: Mapping[str, View], anew: Collection[str] = ()) -> None:
        """Watch these cameras from now on. What is remembered of a camera stays, unless it is not
        among them any more or shows something else (`anew`): finish it before."""
        forgotten = {*anew} | (self._views.keys() - views.keys())
        self._views = dict(views)
        self._looking.forget(forgotten)
        self._last_looks = {}  # zones and masks may be others: all cameras are looked at again
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

    def prepare(self, frame: Frame) -> None:
        """Has the small picture made that `process` will ask for. From any thread, so that the
        cameras' own share that work; a guess, since a look may be under way."""
        view, last = self._views.get(frame.camera), self._last_looks.get(frame.camera)
        blocks = None if view is None or view.gate is None else frame.small.blocks
        if blocks is None or last is None or last.is_over(blocks, frame.at_ns):
            _ = frame.small.rgb

    def process(self, frames: Sequence[Frame]) -> tuple[Seen, ...]:
        """One batch across cameras that are watched (at most the backend's `batch_max` frames).
        Raises BackendStuck, having changed nothing where no camera has two frames in the batch."""
        seen: list[Seen] = []
        while len(seen) < len(frames):
            seen += self._look(self._plan(frames[len(seen) :]))
        return tuple(seen)

    def _plan(self, frames: Sequence[Frame]) -> list[_Planned]:
        """As many of the frames as can be planned for now: what becomes of a still frame depends on
        what the network says of the one before."""
        planned: list[_Planned] = []
        asked: dict[str, Blocks] = {}
        for frame in frames:
            if self._views[frame.camera].gate is None:
                planned.append(_Planned(frame, True, None))
                continue
            blocks, last = gate.blocks(frame.small), self._last_looks.get(frame.camera)
            before = asked.get(frame.camera)
            if before is None:
                ask = last is None or last.is_over(blocks, frame.at_ns)
            elif (last and frame.at_ns < last.awake_ns) or gate.changed(before, blocks):
                ask = True
            else:
                break
            if ask:
                asked[frame.camera] = blocks
            planned.append(_Planned(frame, ask, blocks))
        return planned

    def _look(self, planned: Sequence[_Planned]) -> list[Seen]:
        fresh = iter(self._looking.look([one.frame for one in planned if one.asked]))
        seen = []
        for one in planned:
            camera = one.frame.camera
            look = next(fresh) if one.asked else self._unchanged(one.frame)
            made = self._step(camera, look.scores)
            unchanged = not one.asked
            seen.append(Seen(one.frame, look.scores, *made, unchanged, look.features, look.again))
            if one.asked and one.blocks is not None:
                self._remember(camera, one.blocks, look)
        return seen

    def _unchanged(self, frame: Frame) -> Look:
        """What was seen at the last look, which shows nothing else."""
        return Look(
            replace(self._last_looks[frame.camera].scores, at_ns=frame.at_ns), None, 0, False
        )

    def _remember(self, camera: str, blocks: Blocks, look: Look) -> None:
        """What a second look took for nobody is near an alarm all the same: it is to be
        looked at every time."""
        view = self._views[camera]
        if view.gate is not None:
            near = (
                look.twice
                or any(one.closed_ns is None for one in self._states[camera].incidents)
                or any(
                    said >= gate.calm(view.policy.threshold(label))
                    for label, said in decide.glance(look.scores, view.policy).items()
                )
            )
            self._last_looks[camera] = gate.looked(
                self._last_looks.get(camera), blocks, look.scores, view.gate, near=near
            )

    def occupied(self, seen: Seen) -> bool:
        """Whether something is going on in what was just seen of a camera, which makes it no sign
        of its normal days: an event is open, somebody is down, or half an alarm is there."""
        policy = self._views[seen.frame.camera].policy
        return (
            any(one.closed_ns is None for one in self._states[seen.frame.camera].incidents)
            or any(one.down_score >= HYSTERESIS for one in seen.scores.people)
            or any(one.holding >= HYSTERESIS * policy.threshold(one.label) for one in seen.evidence)
        )

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
