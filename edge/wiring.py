"""The site file made into parts. The only place that asks of what kind something is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from alerts.event import ThresholdUsed
from alerts.mqtt import BrokerSettings
from alerts.settings.broker import settings_of
from alerts.settings.secrets import password
from edge import keeping
from edge.backends.choice import Candidate
from edge.backends.close_ups import OnnxCloser
from edge.backends.onnx import OnnxBackend
from edge.backends.openvino import OpenVinoBackend
from edge.backends.scripted import ScriptedBackend, ScriptedCloser
from edge.config.camera import Area as AreaSettings
from edge.config.camera import Camera
from edge.config.model import Runtime
from edge.config.schema import Alarms, Config
from edge.core.card import Card
from edge.core.gate import GatePolicy
from edge.core.policy import Area, CollapsePolicy, Life, Policy, SpillPolicy
from edge.core.types import LABELS, Label
from edge.line import Streams
from edge.pipeline import View
from edge.ports import Backend, Closer, Source
from edge.ring import PacketRing, RingMemory
from edge.sources.camera import Camera as Address
from edge.sources.choice import LiveSources
from edge.sources.file import FileSource
from edge.sources.folder import SUFFIXES, FolderSource
from edge.sources.knock import Doubts
from edge.sources.pacing import Speed
from edge.sources.packets import PacketStream
from edge.sources.pattern import PatternSource, pattern_named
from edge.tuned import Tuned, read
from edge.zoo import Model, find

Fit = tuple[int, int]
_STUCK_SPARE_S = 30.0  # beyond all time-outs of a stream; machines are slow at times


def model(config: Config) -> Model:
    """The network the site file names. Raises BadModel."""
    return find(config.model.name, config.model.path)


def backend(config: Config, chosen: Model) -> Backend:
    """What runs it where the same input must give the same bytes on the next machine, too."""
    return runtime(config.model.repeatable, config, chosen)


def candidates(config: Config, chosen: Model) -> tuple[Candidate, ...]:
    """What may run it in the daemon, the one that works everywhere last."""
    named = config.model.on_processor
    names: tuple[Runtime, ...] = ("openvino", "onnx") if named == "auto" else (named,)
    return tuple(Candidate(name, partial(runtime, name, config, chosen)) for name in names)


def runtime(name: Runtime, config: Config, chosen: Model) -> Backend:
    """The runtime of that name."""
    if name == "scripted":
        return ScriptedBackend(chosen.card)
    if name == "openvino":
        return OpenVinoBackend(chosen, config.model.threads)
    return OnnxBackend(chosen, config.model.threads)


def closer(config: Config, chosen: Model) -> Closer | None:
    """What looks at close-ups; None where the model has nothing for it. Raises BadModel."""
    of = chosen.card.close_ups
    if of is None:
        return None
    if config.model.on_processor == "scripted":
        return ScriptedCloser()
    return OnnxCloser(chosen, of)


def fit(card: Card) -> Fit:
    """The (width, height) pictures must fit in."""
    return card.input.width, card.input.height


def source(camera: Camera, secret: str | None, size: Fit) -> Callable[[], Source]:
    """Makes the camera's source, once per connection. Raises BadConfig where the camera's decoder
    is not to be had here."""
    kind = camera.kind
    if kind == "rtsp":
        return LiveSources(
            camera.name,
            camera.decoder,
            Address(
                camera.url,
                camera.transport,
                camera.username,
                secret,
                camera.connect_timeout_s,
                camera.read_timeout_s,
            ),
            fit=size,
            sample_fps=camera.analyse_fps,
        )
    if kind == "pattern":
        script = pattern_named(camera.url.partition(":")[2])
        return partial(
            PatternSource, script, fit=size, sample_fps=camera.analyse_fps, pace="real_time"
        )
    return recording(camera.path, camera, size, pace="real_time")


def recording(path: Path, camera: Camera, size: Fit, *, pace: Speed) -> Callable[[], Source]:
    """Makes the source of a video file, or of a folder of pictures, played as the camera's
    `file:` section says; in real time by the daemon, as fast as it goes by replay."""
    play = camera.file
    if path.is_dir() or path.suffix.lower() in SUFFIXES:
        return partial(
            FolderSource,
            path,
            fit=size,
            sample_fps=camera.analyse_fps,
            folder_fps=play.folder_fps,
            pace=pace,
            hold_last_s=play.hold_last_s,
        )
    return partial(
        FileSource,
        path,
        fit=size,
        sample_fps=camera.analyse_fps,
        pace=pace,
        hold_last_s=play.hold_last_s,
        loop=play.loop,
    )


def streams(
    config: Config, camera: Camera, secret: str | None, card: Card, memory: RingMemory
) -> Streams:
    """How a camera is read, for what its site keeps of it."""
    # Packets of live streams alone are kept: a recording is its own evidence.
    live = camera.kind == "rtsp"
    return Streams(
        source=source(camera, secret, fit(card)),
        record=record_stream(camera, secret),
        ring=PacketRing(keeping.remembered_s(config), memory=memory)
        if config.evidence.clip and live
        else None,
        stuck_s=2 * camera.connect_timeout_s + camera.read_timeout_s + _STUCK_SPARE_S
        if live
        else math.inf,
        live=live,
    )


def record_stream(camera: Camera, secret: str | None) -> Callable[[], PacketStream] | None:
    """Makes the camera's second stream, if it has one."""
    if camera.record_url is None:
        return None
    return partial(
        PacketStream,
        camera.record_url,
        transport=camera.transport,
        username=camera.username,
        password=secret,
        connect_timeout_s=camera.connect_timeout_s,
        read_timeout_s=camera.read_timeout_s,
        doubts=Doubts(),
    )


def camera_secrets(config: Config) -> dict[str, str | None]:
    """The password of each camera. Raises BadConfig where one is to be had but is not there."""
    return {camera.name: camera_secret(config, camera) for camera in config.cameras}


def camera_secret(config: Config, camera: Camera) -> str | None:
    """The camera's password. Raises BadConfig where it is to be had but is not there."""
    return password(camera, f"cameras[{config.cameras.index(camera)}]")


def broker(config: Config) -> BrokerSettings:
    """How the broker is reached. Raises BadConfig where its password cannot be had."""
    return settings_of(config.broker, f"floorwatch-{config.site.name}")


def tuned(config: Config, card: Card) -> Tuned | None:
    """The thresholds file that the site file names, as it is now; None where it names none. Raises
    BadConfig where it cannot be used with this network and these rules."""
    if config.thresholds is None:
        return None
    found = read(config.thresholds)
    found.check(config, card)
    return found


def views(config: Config, card: Card, promised: Tuned | None) -> Mapping[str, View]:
    """What each camera is watched for."""
    return {camera.name: view(config, camera, card, promised) for camera in config.cameras}


def view(config: Config, camera: Camera, card: Card, promised: Tuned | None) -> View:
    """What one camera is watched for; labels that are switched off have no windows at all."""
    watched = [label for label in LABELS if camera.labels.of(label).enabled]
    windows = {label: camera.labels.of(label).windows() for label in watched}
    rules = policy(config.alarms, camera, card, promised)
    if "collapse" not in watched:  # nobody would be told what a second look finds
        rules = replace(rules, collapse=replace(rules.collapse, second_look=False))
    return View(rules, windows, config.site.zone, gate(config))


def gate(config: Config) -> GatePolicy | None:
    """How often the network must look at least; None where it looks at every picture."""
    return GatePolicy(config.gate.refresh_s) if config.gate.enabled else None


def policy(alarms: Alarms, camera: Camera, card: Card, promised: Tuned | None) -> Policy:
    """The alarm rules of one camera."""
    one, other = alarms.collapse, alarms.spill
    return Policy(
        CollapsePolicy(
            threshold(camera, "collapse", card, promised).value,
            one.confirm_s,
            one.slow_s,
            Life(one.clear_s, one.cool_down_s, one.update_s),
            one.second_look,
        ),
        SpillPolicy(
            threshold(camera, "spill", card, promised).value,
            other.persist_s,
            Life(other.clear_s, other.cool_down_s, other.update_s),
            other.standing_s,
        ),
        tuple(_area(zone) for zone in camera.zones),
        tuple(_area(mask) for mask in camera.masks),
    )


def threshold(camera: Camera, label: Label, card: Card, promised: Tuned | None) -> ThresholdUsed:
    """The threshold of a label and where it comes from: the site file's for the camera, else the
    thresholds file's for the camera, else its for all cameras, else the model card's."""
    own = camera.labels.of(label).threshold
    if own is not None:
        return ThresholdUsed(value=own, source="site file")
    if promised is not None and (tuned_one := promised.threshold(camera.name, label)) is not None:
        return tuned_one
    kept = card.thresholds[label]
    return ThresholdUsed(
        value=kept.value,
        source=kept.source,
        target_recall=kept.target_recall,
        confidence=kept.confidence,
        incidents=kept.incidents,
    )


def thresholds(
    config: Config, card: Card, promised: Tuned | None
) -> Mapping[tuple[str, Label], ThresholdUsed]:
    """Of every camera and label."""
    return {
        (camera.name, label): threshold(camera, label, card, promised)
        for camera in config.cameras
        for label in LABELS
    }


def _area(settings: AreaSettings) -> Area:
    return Area(settings.name, settings.polygon, frozenset(settings.labels))
