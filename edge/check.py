"""`floorwatch check`: does everything the site file names work, and if not, what to change."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np

from alerts.errors import BadConfig, SinkLost, SinkRefused, UserError
from alerts.event import ThresholdUsed
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.topics import Topics
from edge import lowered_kept, wiring
from edge.backends.choice import choose
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.core.preprocess import to_batch
from edge.core.types import LABELS, Label, Rgb
from edge.endpoint import exposed
from edge.errors import SourceLost
from edge.tuned import within

_RUNS = 5
_PROBE_BYTES = 65_536
_FIT = (640, 384)  # pictures are looked at for light alone: a camera is tried without a model


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. `words` say what was found or what to change."""

    part: str
    good: bool
    words: str


def check(config: Config) -> Iterator[Finding]:
    """Tries the model, its thresholds file if there is one, each camera, the disk and the broker,
    one after the other, as the daemon would; and says who may see its metrics, where that is not
    this machine alone."""
    yield _try("model", partial(_model, config))
    if config.thresholds is not None:
        yield _try("thresholds", partial(_thresholds, config))
    if config.normal.enabled and config.normal.lower_thresholds:
        yield _try("lowered", partial(_lowered, config))
    for camera in config.cameras:
        yield _try(f"camera {camera.name}", partial(_camera, config, camera))
        if camera.record_url is not None:
            yield _try(f"camera {camera.name} (record)", partial(_record, config, camera))
    yield _try("state", partial(_state, config))
    yield _try("broker", partial(_broker, config))
    http = config.telemetry.http
    if http.enabled and (doubt := exposed(http.host)):
        yield Finding("metrics", True, doubt)


def _try(part: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, attempt())
    except (UserError, SourceLost, SinkLost) as fault:
        return Finding(part, False, "; ".join(str(fault).splitlines()))


def _model(config: Config) -> str:
    chosen = wiring.model(config)
    spec = chosen.card.input
    runs = choose(wiring.candidates(config, chosen), chosen.card).chosen
    with runs.make() as backend:
        batch = to_batch([np.zeros((spec.height, spec.width, 3), np.uint8)], spec)
        began_s = time.monotonic()
        for _ in range(_RUNS):
            backend.infer(batch)
        took_ms = (time.monotonic() - began_s) * 1000 / _RUNS
    wanted = sum(camera.analyse_fps for camera in config.cameras)
    share = wanted * took_ms / 10
    until = ", until its TensorRT engine is ready" if config.model.backend == "tensorrt" else ""
    return (
        f"{chosen.card.name} {chosen.card.version} by {runs.name}{until}, {took_ms:.1f} ms a "
        f"picture; the site's {wanted:g} pictures a second keep it busy {share:.0f} % of the time"
    )


def _thresholds(config: Config) -> str:
    """What each camera goes by, and whether it is a promise."""
    card = wiring.model(config).card
    tuned = wiring.tuned(config, card)
    alike: dict[tuple[Label, ThresholdUsed], list[Camera]] = {}
    for camera in config.cameras:
        for label in LABELS:
            if camera.labels.of(label).enabled:
                used = wiring.threshold(camera, label, card, tuned)
                alike.setdefault((label, used), []).append(camera)
    found = []
    for (label, used), cameras in alike.items():
        names = ", ".join(camera.name for camera in cameras)
        who = "" if len(cameras) == len(config.cameras) else f"{names}: "
        found.append(f"{who}{label} {_promise(used, within(cameras, label))}")
    if tuned is not None and (strangers := tuned.strangers(config)):
        found.append(f"not of this site and not used: {', '.join(strangers)}")
    return "; ".join(found)


def _lowered(config: Config) -> str:
    """What the daemon goes by instead, on each camera."""
    found = lowered_kept.thresholds(config).items()
    return "; ".join(f"{name}: {one.words()}" for name, each in found for one in each)


def _promise(used: ThresholdUsed, limits: str) -> str:
    if used.target_recall is None or used.confidence is None:
        return f"{used.value:g} promises nothing ({used.source})"
    return (
        f"{used.value:g} keeps recall {used.target_recall:g} at {100 * used.confidence:g} % "
        f"({used.incidents} incidents)" + (f" {limits}" if limits else "")
    )


def _camera(config: Config, camera: Camera) -> str:
    began_s = time.monotonic()
    with wiring.source(camera, wiring.camera_secret(config, camera), _FIT)() as source:
        first = next(source.pictures(Event()), None)
        if first is None:
            raise SourceLost("connected, but no picture came")
        took_s = time.monotonic() - began_s
        info = source.info
    return f"{info}, first picture after {took_s:.1f} s{_doubt(first.rgb)}"


def _record(config: Config, camera: Camera) -> str:
    make = wiring.record_stream(camera, wiring.camera_secret(config, camera))
    if make is None:
        raise SourceLost("there is no second stream")
    with make() as stream:
        return str(stream.info)


def _state(config: Config) -> str:
    folder = config.state_folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_PROBE_BYTES))
            os.fsync(probe.fileno())
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        raise BadConfig(
            f"{folder} cannot be written ({error.strerror}); mend it, or name another folder "
            "under `state: path:`"
        ) from None
    kept = config.evidence
    wanted = kept.size_mb_max + kept.free_mb_min + config.outbox.size_mb_max
    room = f"{free_bytes / 2**30:.1f} GB free"
    if free_bytes < wanted * 2**20:
        room += f", less than the {wanted} MB that evidence, outbox and `free_mb_min` come to"
    return f"{folder} can be written, {room}"


def _broker(config: Config) -> str:
    # Its own client id: the daemon may be running, and the same id would throw it out.
    settings = wiring.broker(config)
    settings = replace(settings, client_id=f"{settings.client_id}-check", session_expiry_s=0)
    topics = Topics(config.broker.prefix, config.site.name)
    with MqttSink(settings) as sink:
        try:
            sink.send(Message(topics.check, b"floorwatch check"))
        except SinkRefused as refused:
            raise UserError(
                f"{refused}; configs/mosquitto.acl has what {topics.root} needs"
            ) from None
    note = "" if settings.protocol == "5" else " (3.1.1: it could not say that it refuses)"
    return f"{settings.address} takes messages below {topics.root}{note}"


def _doubt(rgb: Rgb) -> str:
    """A word on a picture that shows hardly anything; the camera may be dark or covered."""
    if float(rgb.mean()) < 12:
        return "; but it is almost black"
    if float(rgb.std()) < 4:
        return "; but it is one flat colour"
    return ""
