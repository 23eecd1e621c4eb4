"""Normal days learnt from recordings, by the very listener that the daemon has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as StopEvent

from edge import wiring
from edge.clock import ReplayClock
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.core.types import Frame, Label
from edge.errors import BadClip, BadModel
from edge.normality import Normality, NormalRules
from edge.onlooker import due
from edge.pipeline import Pipeline
from edge.ports import Source
from edge.remembered import Remembered

FOLDER = "normal"  # in the state folder
Bar = Callable[[str], AbstractContextManager[Callable[[float], None]]]  # of seconds done, by name


def normal_rules(config: Config) -> Mapping[str, NormalRules]:
    """How each camera's normal days are learnt. A drawn pattern has none."""
    filmed = [camera for camera in config.cameras if not camera.drawn]
    learnt = filmed if config.normal.enabled else []
    return {camera.name: normal_rule(config, camera) for camera in learnt}


def normal_rule(config: Config, camera: Camera) -> NormalRules:
    """How those of one camera are. What it usually shows is kept where nobody has to
    be hidden."""
    wanted = config.evidence
    return NormalRules(
        a_day=config.normal.unusual_per_day,
        again_s=again_s(config),
        shows=camera.url,
        picture=wanted.snapshot and wanted.privacy == "none",
    )


def again_s(config: Config) -> Mapping[Label, float]:
    """After how long without a trip another one is another alarm."""
    one, other = config.alarms.collapse, config.alarms.spill
    return {
        "collapse": one.clear_s + one.cool_down_s,
        "spill": other.clear_s + other.cool_down_s,
    }


def learn_clips(
    config: Config, camera: Camera, clips: Sequence[Path], start: datetime, bar: Bar
) -> float:
    """Learns the clips, one right after the other from `start` on, on top of what is known of the
    camera; how many seconds are known then. Raises BadClip, BadModel."""
    for clip in clips:
        if not clip.exists():
            raise BadClip(f"{clip}: no such file; name videos or folders of pictures")
    chosen = wiring.model(config)
    card = chosen.card
    if card.features is None:
        raise BadModel(f"{card.name} gives no features, so nothing can be learnt; use another one")
    camera = camera.model_copy(update={"file": camera.file.model_copy(update={"loop": False})})
    rules = {camera.name: normal_rule(config, camera)}
    files = Remembered(config.state_folder / FOLDER)
    view = wiring.view(config, camera, card, wiring.tuned(config, card))
    closer = wiring.closer(config, chosen)
    with wiring.backend(config, chosen) as backend:
        for clip in clips:
            clock = ReplayClock(start)
            normality = Normality(
                lambda: rules, clock, config.site.zone, (card.sha256, card.features.stride),
                files=files,
            )  # fmt: skip
            source = wiring.recording(clip, camera, wiring.fit(card), pace="fast")()
            pipeline = Pipeline(card, backend, clock, {camera.name: view}, closer)
            with bar(clip.name) as progress:
                seconds = _Bench(camera.name, pipeline, clock, normality).play(source, progress)
            normality.keep(camera.name, last=True)
            start += timedelta(seconds=seconds)
    normal = normality.normal(camera.name)
    return 0.0 if normal is None else normal.learnt_s


@dataclass(frozen=True)
class _Bench:
    """Who looks at a recording."""

    camera: str
    pipeline: Pipeline
    clock: ReplayClock
    normality: Normality

    def play(self, source: Source, progress: Callable[[float], None]) -> float:
        """From beginning to end; its seconds."""
        shown_ns: int | None = None
        at_ns = 0
        with source:
            for seq, picture in enumerate(source.pictures(StopEvent())):
                at_ns = picture.pts_ns
                self.clock.set(at_ns)
                frame = Frame(self.camera, seq, at_ns, picture.small, picture.full)
                for seen in self.pipeline.process([frame]):
                    if due(shown_ns, at_ns):
                        shown_ns = at_ns
                        self.normality.look(seen, self.pipeline.occupied(seen))
                progress(at_ns / 1e9)
        return at_ns / 1e9 + 1.0
