"""The daemon's vitals as Prometheus reads them: plain text, one line a number.

Names follow Prometheus: base units last, `_total` for what only grows. Every line of ours carries
the site. `configs/grafana.json` draws them; a test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import inf
from typing import get_args

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from alerts.event import PHASES, Label
from alerts.status import Reason
from edge.metric_tables import CAMERA, DAEMON, STREAM, Number, T
from edge.vitals import CameraVitals, StreamVitals, Vitals

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "floorwatch_"
_Labelled = tuple[Mapping[str, str], T]


class Metrics:
    """Writes what `read` gives, anew each time it is asked for."""

    def __init__(self, read: Callable[[], Vitals]) -> None:
        self._registry = CollectorRegistry()  # our own: the library's is shared by all programs
        self._registry.register(VitalsCollector(read))
        ProcessCollector(registry=self._registry)  # processor time, open files

    def text(self) -> bytes:
        """The exposition format 0.0.4, UTF-8."""
        return generate_latest(self._registry)


class VitalsCollector(Collector):
    """The vitals as the library's metrics."""

    def __init__(self, read: Callable[[], Vitals]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Nothing: without this the library would take the vitals once just to learn names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of them, as of now."""
        vitals = self._read()
        site = {"site": vitals.site}
        yield _build(vitals, site)
        for number in DAEMON:
            yield _family(number, [(site, vitals)])
        yield _dropped(vitals, site)
        yield _published(vitals, site)
        yield _silences(vitals, site)
        yield _events(vitals, site)
        cameras = [({**site, "camera": one.name}, one) for one in vitals.cameras]
        yield _healths(cameras)
        yield _seconds(cameras)
        for of_camera in CAMERA:
            yield _family(of_camera, cameras)
        yield _decided_after(cameras)
        streams = [stream for labels, one in cameras for stream in _streams(labels, one)]
        for of_stream in STREAM:
            yield _family(of_stream, streams)


def _family(number: Number[T], things: Iterable[_Labelled[T]]) -> Metric:
    name = PREFIX + number.name
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family: Metric = kind(name, number.means)
    for labels, thing in things:
        value = number.of(thing)
        if value is not None:
            family.add_sample(name, dict(labels), value)
    return family


def _streams(labels: Mapping[str, str], one: CameraVitals) -> Iterator[_Labelled[StreamVitals]]:
    yield {**labels, "stream": "watched"}, one.stream
    if one.record is not None:
        yield {**labels, "stream": "recorded"}, one.record


def _build(vitals: Vitals, site: Mapping[str, str]) -> Metric:
    name = f"{PREFIX}build_info"
    family = GaugeMetricFamily(name, "Always 1: version, model and what runs it are in the labels.")
    model = {"model": vitals.model.name, "model_sha256": vitals.model.sha256}
    model["backend"] = vitals.backend
    family.add_sample(name, {**site, "version": vitals.version, **model}, 1)
    return family


def _dropped(vitals: Vitals, site: Mapping[str, str]) -> Metric:
    name = f"{PREFIX}outbox_dropped_total"
    means = "Messages given up because the outbox was full or they were too old, since it was made."
    family = CounterMetricFamily(name, means)
    for kind, count in vitals.posted.dropped.items():
        family.add_sample(name, {**site, "kind": kind}, count)
    return family


def _published(vitals: Vitals, site: Mapping[str, str]) -> Metric:
    name = f"{PREFIX}publish_seconds"
    means = "From the picture a phase of an event was decided on to the broker's receipt."
    family = HistogramMetricFamily(name, means)
    times = vitals.posted.publish_s
    for bound_s, count in zip((*times.bounds_s, inf), (*times.buckets, times.count), strict=True):
        labels = {**site, "le": "+Inf" if bound_s == inf else str(float(bound_s))}
        family.add_sample(f"{name}_bucket", labels, count)
    family.add_sample(f"{name}_count", dict(site), times.count)
    family.add_sample(f"{name}_sum", dict(site), times.sum_s)
    return family


def _silences(vitals: Vitals, site: Mapping[str, str]) -> Metric:
    name = f"{PREFIX}thread_silent_seconds"
    means = "How long ago a thread of the daemon last showed that it is alive."
    family = GaugeMetricFamily(name, means)
    for one in vitals.own_threads:
        family.add_sample(name, {**site, "thread": one.name}, one.silent_s)
    return family


def _events(vitals: Vitals, site: Mapping[str, str]) -> Metric:
    """Zeros too: an increase from nothing to one would be seen by no query."""
    name = f"{PREFIX}events_total"
    family = CounterMetricFamily(name, "Phases of incidents told, without drills.")
    keys = [(c.name, x, phase) for c in vitals.cameras for x in get_args(Label) for phase in PHASES]
    told = dict.fromkeys(keys, 0) | dict(vitals.events or {})
    for (camera, label, phase), count in told.items():
        labels = {**site, "camera": camera, "label": label, "phase": phase}
        family.add_sample(name, labels, count)
    return family


def _healths(cameras: Iterable[_Labelled[CameraVitals]]) -> Metric:
    name = f"{PREFIX}camera_health"
    means = "1 for the reason that holds now, 0 for all others; `ok` is a camera that can see."
    family = GaugeMetricFamily(name, means)
    for labels, camera in cameras:
        for reason in get_args(Reason):
            family.add_sample(name, {**labels, "reason": reason}, reason == camera.health)
    return family


def _seconds(cameras: Iterable[_Labelled[CameraVitals]]) -> Metric:
    """Coverage is those of `ok` over all."""
    name = f"{PREFIX}camera_seconds_total"
    means = "How long the camera was watched, by what it could see: ok, and the reasons why not."
    family = CounterMetricFamily(name, means)
    for labels, camera in cameras:
        for reason in get_args(Reason):
            family.add_sample(name, {**labels, "reason": reason}, camera.seconds.get(reason, 0.0))
    return family


def _decided_after(cameras: Iterable[_Labelled[CameraVitals]]) -> Metric:
    name = f"{PREFIX}decided_after_seconds"
    means = "From a picture's arrival to what was decided on it, all pictures looked at."
    family = SummaryMetricFamily(name, means)
    for labels, camera in cameras:
        mean_ms = camera.decided_after_ms_mean or 0.0
        total_s = mean_ms / 1000 * camera.frames_inferred
        family.add_sample(f"{name}_count", dict(labels), camera.frames_inferred)
        family.add_sample(f"{name}_sum", dict(labels), total_s)
    return family
