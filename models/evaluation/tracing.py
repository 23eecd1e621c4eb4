"""Looking at one recording: the shipped source, network and pipeline, and everything of what they
find that does not depend on a threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import islice, pairwise
from threading import Event as StopEvent
from zoneinfo import ZoneInfo

import numpy as np

from edge import wiring
from edge.clock import ReplayClock
from edge.config.camera import Camera
from edge.core import decide
from edge.core.card import Card
from edge.core.evidence import Evidence
from edge.core.gate import GatePolicy
from edge.core.policy import Policy
from edge.core.types import LABELS, Frame, Grid, Label
from edge.pipeline import Pipeline, Seen, View
from edge.ports import Picture, Source
from models.evaluation.recording import Recording
from models.evaluation.trace import Gap, Trace
from models.evaluation.unfit import Unfit
from models.eye import Eye

GAP_S = 1.5  # without a picture for longer, a gap; slow recordings may take longer by their nature
_BATCH = 4  # as replay
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NAME = "recording"
Progress = Callable[[float], None]  # seconds of the recording done; may raise, to stop


@dataclass(frozen=True)
class Setup:
    """How a recording is watched: as which camera (whose `file:` section says how long the last
    picture is held), by which rules, and which pictures the network is spared. Thresholds play no
    part. `alert_after_s` is how long a camera must be unfit to see until that is an alert; None
    does not judge it."""

    camera: Camera
    policy: Policy
    gate: GatePolicy | None = None
    alert_after_s: float | None = None


@dataclass
class _Found:
    """What has been seen so far, a picture at a time."""

    policy: Policy
    at_ns: list[int] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    glance: dict[Label, list[float]] = field(default_factory=lambda: {one: [] for one in LABELS})
    evidence: list[tuple[Evidence, ...]] = field(default_factory=list)
    aspect: float = 1.0
    grid: Grid | None = None

    def add(self, seen: Seen, *, held: bool) -> None:
        if not self.at_ns:
            self.aspect, self.grid = seen.scores.aspect, seen.scores.spill
        self.at_ns.append(seen.scores.at_ns)
        self.held.append(held)
        for label, score in decide.glance(seen.scores, self.policy).items():
            self.glance[label].append(score)
        self.evidence.append(seen.evidence)

    @property
    def own_ns(self) -> list[int]:
        """When the recording's own pictures were, held ones left out."""
        return [at_ns for at_ns, held in zip(self.at_ns, self.held, strict=True) if not held]


def source_of(recording: Recording, setup: Setup, card: Card) -> Source:
    """The shipped source of a recording, as fast as it goes."""
    play: dict[str, object] = {"loop": False}
    if recording.kind == "folder":
        play["folder_fps"] = recording.folder_fps
    if recording.kind == "picture":
        play["hold_last_s"] = 0.0
    camera = setup.camera.model_copy(update={"file": setup.camera.file.model_copy(update=play)})
    return wiring.recording(recording.path, camera, wiring.fit(card), pace="fast")()


def trace(
    recording: Recording, setup: Setup, eye: Eye, progress: Progress = lambda _seconds: None
) -> Trace:
    """The whole recording, from its first picture to its last, which is then held as long as the
    camera's `file:` section says. Raises BadClip where it cannot be read."""
    found, unfit = _Found(setup.policy), Unfit(setup.alert_after_s)
    # No label is active: what is told depends on thresholds, and is worked out of the trace.
    view = View(setup.policy, {}, ZoneInfo("UTC"), setup.gate)
    pipeline = Pipeline(eye.card, eye.backend, ReplayClock(_EPOCH), {_NAME: view}, eye.closer)
    with source_of(recording, setup, eye.card) as source:
        for batch in _batches(source.pictures(StopEvent())):
            frames = [
                Frame(_NAME, len(found.at_ns) + number, picture.pts_ns, picture.small, picture.full)
                for number, picture in enumerate(batch)
            ]
            for seen, picture in zip(pipeline.process(frames), batch, strict=True):
                found.add(seen, held=picture.held)
                unfit.look(seen, held=picture.held)
            progress(found.own_ns[-1] / 1e9)
        fps = recording.folder_fps or source.info.fps
        skipped, damage = source.skipped, source.damage
    traced = _traced(found, recording, _Rhythm.of(setup.camera, fps), skipped, damage)
    return replace(traced, gaps=(*traced.gaps, *unfit.gaps(traced.seconds)))


def _traced(
    found: _Found, recording: Recording, rhythm: _Rhythm, skipped: int, damage: str
) -> Trace:
    picture = recording.kind == "picture"
    gaps, seconds = rhythm.gaps([at_ns / 1e9 for at_ns in found.own_ns], recording.seconds)
    return Trace(
        at_ns=np.array(found.at_ns, np.int64),
        held=np.array(found.held, np.bool_),
        glance={label: np.array(seen, np.float32) for label, seen in found.glance.items()},
        evidence=((),) * len(found.at_ns) if picture else tuple(found.evidence),
        aspect=found.aspect,
        seconds=0.0 if picture else seconds,
        gaps=() if picture else gaps,
        skipped=skipped,
        damage=damage,
        grid=found.grid if picture else None,
    )


@dataclass(frozen=True)
class _Rhythm:
    """How far apart pictures are when all is well, and when the daemon says that they are not."""

    step_s: float
    told_s: float

    @classmethod
    def of(cls, camera: Camera, fps: float) -> _Rhythm:
        return cls(max(1 / camera.analyse_fps, 1 / fps if fps else 0.0), camera.read_timeout_s)

    def gaps(self, own_s: Sequence[float], stated_s: float) -> tuple[tuple[Gap, ...], float]:
        """The gaps between the recording's own pictures and after the last, and how long it is. A
        stated length that is not reached counts as time without pictures."""
        longest_s = max(GAP_S, GAP_S * self.step_s)
        found = [pair for pair in pairwise(own_s) if pair[1] - pair[0] > longest_s]
        end_s = own_s[-1] + self.step_s
        if stated_s - end_s > longest_s:
            found.append((end_s, stated_s))
            end_s = stated_s
        elif stated_s:
            end_s = max(own_s[-1], min(end_s, stated_s))
        return tuple(gap for pair in found for gap in self._told(*pair)), end_s

    def _told(self, from_s: float, to_s: float) -> Iterator[Gap]:
        """A camera that has been silent for so long is lost, and the daemon says so from then."""
        told_s = from_s + self.told_s
        yield Gap(from_s, min(to_s, told_s), told=False)
        if to_s > told_s:
            yield Gap(told_s, to_s, told=True)


def _batches(pictures: Iterable[Picture]) -> Iterator[tuple[Picture, ...]]:
    left = iter(pictures)
    while batch := tuple(islice(left, _BATCH)):
        yield batch
