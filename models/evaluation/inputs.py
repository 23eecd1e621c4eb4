"""What evaluate, tune and verify have in common: recordings with their truth, watched by a site's
rules."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from alerts.errors import BadConfig
from alerts.event import ThresholdUsed
from edge import tuned, wiring
from edge.config import cameras
from edge.config.camera import Camera
from edge.config.load import load
from edge.config.schema import Config
from edge.core.card import Card
from edge.core.policy import Policy
from edge.core.types import LABELS, Label
from edge.cores import cores
from edge.tuned import Tuned
from edge.zoo import Model, find
from models import seen
from models.evaluation import alarms, looking, progress, truth
from models.evaluation.alarms import Watched
from models.evaluation.recording import Recording
from models.evaluation.trace import Trace
from models.evaluation.tracing import Setup
from models.evaluation.workers import Network

_paper = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Inputs:
    """What is to be watched, how, and by which network. `camera` is the one whose settings count
    where a recording names none of the site's; `named` says whether a site file was given."""

    recordings: tuple[Recording, ...]
    config: Config
    camera: Camera | None
    network: Network
    promised: Tuned | None
    hold_last_s: float | None
    jobs: int
    cache: Path
    by: tuple[str, ...]
    named: bool

    @property
    def model(self) -> Model:
        """The network's file and card."""
        return self.network.model

    def camera_of(self, recording: Recording) -> Camera:
        """The camera as which a recording is watched. Raises BadConfig where that is not said."""
        own = {camera.name: camera for camera in self.config.cameras}.get(recording.camera)
        chosen = own or self.camera
        if chosen is None:
            raise BadConfig(
                f"{recording.name}: which camera of the site is it of? Say --camera NAME for all, "
                f"or give the truth a column `camera`; one of: {cameras.names(self.config)}"
            )
        update: dict[str, object] = {}
        if self.hold_last_s is not None:
            update["file"] = chosen.file.model_copy(update={"hold_last_s": self.hold_last_s})
        if not self.named and recording.camera:  # thresholds may be tuned for it by that name
            update["name"] = recording.camera
        return chosen.model_copy(update=update)

    def policy_of(self, recording: Recording) -> Policy:
        """The alarm rules and thresholds for a recording."""
        camera = self.camera_of(recording)
        return wiring.policy(self.config.alarms, camera, self.model.card, self.promised)

    def setup_of(self, recording: Recording) -> Setup:
        """How a recording is looked at."""
        camera, policy = self.camera_of(recording), self.policy_of(recording)
        judged = self.config.fit.enabled and camera.fit and recording.kind != "picture"
        alert_after_s = self.config.fit.alert_after_s if judged else None
        return Setup(camera, policy, wiring.gate(self.config), alert_after_s)

    def thresholds(self) -> dict[str, dict[Label, ThresholdUsed]]:
        """What alarms, and on whose word, of each camera that occurs."""
        used = {c.name: c for c in map(self.camera_of, self.recordings)}
        return {
            name: {
                label: wiring.threshold(camera, label, self.model.card, self.promised)
                for label in LABELS
            }
            for name, camera in sorted(used.items())
        }


def read(args: argparse.Namespace) -> Inputs:
    """All that the arguments name, read and checked. Raises UserError."""
    config = _config(args.config, getattr(args, "thresholds", None))
    if not hasattr(args, "thresholds") or getattr(args, "card_thresholds", False):
        # Whoever tunes makes them anew: those of the site may be of an old model, or not be there.
        config = config.model_copy(update={"thresholds": None})
    model = _model(args.model, config)
    wanted = truth.Wanted(
        truth=tuple(args.truth),
        clips=args.clips,
        normal=tuple(args.normal),
        rename=dict(args.rename),
        folder_fps=args.folder_fps,
    )
    with progress.counted(_paper, "reading the truth") as show:
        recordings = truth.gather(wanted, seen.read(model.path.parent), show)
    inputs = Inputs(
        recordings=recordings,
        config=config,
        camera=cameras.named(config, args.camera),
        network=Network(config, model),
        promised=_promised(args, config, model.card),
        hold_last_s=args.hold_last_s,
        jobs=args.jobs or cores(),
        cache=args.cache,
        by=_columns(getattr(args, "by", ()), recordings),
        named=args.config is not None,
    )
    for recording in inputs.recordings:
        inputs.camera_of(recording)
    return inputs


def watch(inputs: Inputs) -> tuple[Watched, ...]:
    """What the shipped pipeline makes of every recording, and what it would have told. Raises
    UserError where one cannot be read; KeyboardInterrupt, after a line on what is kept."""
    try:
        with progress.shown(_paper) as show:
            traces = looking.look(
                inputs.recordings,
                inputs.setup_of,
                inputs.network,
                cache=inputs.cache,
                jobs=inputs.jobs,
                progress=show,
            )
    except looking.Interrupted as error:
        _paper.print(str(error), markup=False)
        raise
    return tuple(_watched(inputs, recording, traces) for recording in inputs.recordings)


def _watched(inputs: Inputs, recording: Recording, traces: Mapping[str, Trace]) -> Watched:
    policy, trace = inputs.policy_of(recording), traces[recording.key]
    if recording.kind == "picture":
        return Watched(recording, trace, policy, ())
    labels = inputs.camera_of(recording).labels
    off = frozenset(label for label in LABELS if not labels.of(label).enabled)
    told = tuple(one for one in alarms.alerts(trace, policy) if one.label not in off)
    return Watched(recording, trace, policy, told, off)


def _config(path: Path | None, thresholds: Path | None) -> Config:
    chosen: dict[str, Any] = {}
    if thresholds is not None:
        chosen["thresholds"] = thresholds.absolute()
    if path is not None:
        return load(path, chosen)
    return cameras.defaults("recordings", chosen)  # as replay without a site file


def _promised(args: argparse.Namespace, config: Config, card: Card) -> Tuned | None:
    """The thresholds that were named, else the site's."""
    path = getattr(args, "thresholds", None)
    if path is not None and getattr(args, "card_thresholds", False):
        raise BadConfig("--thresholds and --card-thresholds: take one of them out")
    if path is None:
        return wiring.tuned(config, card)
    found = tuned.read(path, "`floorwatch tune` writes one; or leave --thresholds out")
    found.check(config, card)
    return found


def _columns(asked: Iterable[str], recordings: Iterable[Recording]) -> tuple[str, ...]:
    """The columns of the truth to tell numbers apart by. Raises BadTruth where one is not there."""
    known: set[str] = set()
    for one in recordings:
        known.update(one.columns, *(span.columns for span in one.spans))
    for column in asked:
        if column not in known:
            there = ", ".join(sorted(known)) or "none"
            raise truth.BadTruth(f"--by {column}: the truth has no such column; it has: {there}")
    return tuple(asked)


def _model(said: str | None, config: Config) -> Model:
    if said is None:
        return wiring.model(config)
    folder = Path(said)
    return find(None, folder) if folder.is_dir() or len(folder.parts) > 1 else find(said, None)
