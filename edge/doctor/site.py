"""What a site adds to a device: its own check, its cameras, its broker, its wishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from alerts.errors import UserError
from edge import check, wiring
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.doctor import broker, cameras
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine
from edge.doctor.patience import Attempt

_GROUP = Group("site")
_AT_ONCE = 8
_WATCH_SPARE_S = 20.0


@dataclass(frozen=True)
class Wishes:
    """What the parts that know no site file are told of it."""

    hosts: tuple[str, ...]
    stored_mb: float
    zone: str


def wishes(config: Config) -> Wishes:
    """Of a site file."""
    urls = [url for one in config.cameras for url in (one.url, one.record_url) if url]
    hosts = [host for url in urls if "://" in url and (host := urlsplit(url).hostname)]
    return Wishes(
        hosts=(config.broker.host, *hosts),
        stored_mb=config.evidence.size_mb_max
        + config.evidence.free_mb_min
        + config.outbox.size_mb_max,
        zone=config.site.time_zone,
    )


def checked(config: Config) -> Iterator[Finding]:
    """What `floorwatch check` finds, in our words of good and bad."""
    for finding in check.check(config):
        if finding.good:
            yield _GROUP.good(finding.part, finding.words)
        else:
            why = "the daemon cannot do its work with it"
            mend = "change what it says, then try `floorwatch check` alone"
            yield _GROUP.bad(finding.part, finding.words, why, mend)


def line(machine: Machine, config: Config) -> Iterator[Finding]:
    """The way to the broker."""
    try:
        settings = wiring.broker(config)
    except UserError:  # no password where one is to be had: `checked` tells
        return
    yield from broker.judge(broker.probe(machine, settings))


def watched(config: Config) -> Iterator[Finding]:
    """What each camera sends, some of them at once."""
    for first in range(0, len(config.cameras), _AT_ONCE):
        some = config.cameras[first : first + _AT_ONCE]
        begun = [(camera, _begin(config, camera)) for camera in some]
        for camera, attempt in begun:
            patience_s = camera.connect_timeout_s + camera.read_timeout_s + _WATCH_SPARE_S
            seen = attempt.result(patience_s)
            if seen is None:
                why = "it holds on to whoever reads it"
                words = f"no end after {patience_s:.0f} s"
                yield Group("cameras").look(f"{camera.name} stream", words, why, "restart it")
            else:
                yield from cameras.judge(seen)


def _begin(config: Config, camera: Camera) -> Attempt[cameras.Watched]:
    return Attempt(f"watch:{camera.name}", lambda: cameras.watch(config, camera))
