"""One camera misbehaves in every way we know; the others must not notice."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tests.campaign.cameras import counters_of, rates, well_at
from tests.campaign.crooks import garbage, mute
from tests.campaign.row import Findings, Lab
from tests.campaign.rows.camera_gone import RECOVER_S
from tests.campaign.scene import FPS, Scene, busy_clip, camera, scene
from tests.support.rtsp_server import Mount, RtspServer

_BAD = "odd"
_RATIO_MAX = 1.10


@dataclass
class _Odd:
    """The one camera, on a server of its own. `odd_ms` are how long alerts of the others took from
    the picture to the subscriber while it was not well, `calm_ms` before the first time, between
    them, and after the last. `decided_ms` are the same of their decisions, calm and odd in turn.
    """

    site: Scene
    server: RtspServer
    well: Mount
    calm_ms: list[list[float]] = field(default_factory=list)
    odd_ms: dict[str, list[float]] = field(default_factory=dict)
    decided_ms: list[list[float]] = field(default_factory=list)


def odd(lab: Lab) -> Findings:
    """Mute, garbage, noise, another size or codec, a clock that jumps, stands, races; frozen."""
    clips = lab.folder / "clips"
    well = Mount(f"/{_BAD}", busy_clip(clips), loop=True)
    with ExitStack() as stack:
        server = stack.enter_context(RtspServer(well))
        more = [camera(_BAD, server.url(well.path))]
        site = stack.enter_context(scene(lab, 4, more=more))
        site.running()
        one = _Odd(site, server, well)
        for number, (name, mount) in enumerate(_mounts(clips).items()):
            if lab.quick and number > 1:
                break
            _misbehave(one, name, _plays(server, mount, well))
        if not lab.quick:
            _misbehave(one, "takes calls, says nothing", _instead(one, mute))
            _misbehave(one, "takes calls, sends garbage", _instead(one, garbage))
            _misbehave(one, "freezes with its connections open", _freezes(server))
        _calm(one)
        return _balance(one)


def _mounts(clips: Path) -> dict[str, Mount]:
    """What a camera may send that it should not."""
    path, busy = f"/{_BAD}", busy_clip(clips)
    large = busy_clip(clips, "large", size=(640, 360))
    hevc = busy_clip(clips, "hevc", codec="hevc")
    later, much_later = int(5 * FPS), int(15 * FPS)
    oddities: dict[str, Mapping[str, Any]] = {
        "noise instead of pictures": {"noise_from_unit": later},
        "another size in mid-stream, every 8 s": {"then": large},
        "clock jumps back 10 s": {"jump_at_unit": much_later, "jump_s": -10.0},
        "clock jumps on 3 s": {"jump_at_unit": later, "jump_s": 3.0},
        "clock stands still": {"clock_from_unit": later, "clock_rate": 0.0},
        "clock crawls at 5 %": {"clock_from_unit": later, "clock_rate": 0.05},
        "clock races, 10 times too fast": {"clock_from_unit": later, "clock_rate": 10.0},
        "falls silent in mid-stream": {"silent_from_unit": later},
    }
    found = {name: Mount(path, busy, loop=True, **more) for name, more in oddities.items()}
    return found | {"H.265 instead of H.264": Mount(path, hevc, loop=True)}


def _misbehave(one: _Odd, name: str, oddity: Any) -> None:
    """Calm for a while, then this for a while, then well again."""
    site, found = one.site, one.site.findings
    seconds = site.lab.count(40, 12)
    _calm(one)
    began_s = time.monotonic()
    with oddity:
        time.sleep(seconds)
        ended_s = time.monotonic()
    back_s = time.monotonic()
    one.odd_ms[name] = _told_ms(site, began_s, ended_s)
    one.decided_ms.append(_decided_ms(site, began_s, ended_s))
    read = rates(site, "frames_inferred", began_s, ended_s)
    site.await_(lambda: well_at(site, _BAD, began_s, back_s), f"well after: {name}", 60)
    took_s = (well_at(site, _BAD, began_s, back_s) or back_s) - back_s
    found.recover_s.append(took_s)
    found.faults += 1
    found.notes.append(
        f"{name}: well again after {took_s:.2f} s; the others meanwhile: "
        f"{min(read.values()):.1f} pictures a second"
    )
    site.lab.say(found.notes[-1])


def _calm(one: _Odd) -> None:
    began_s = time.monotonic()
    time.sleep(one.site.lab.count(30, 10))
    ended_s = time.monotonic()
    one.calm_ms.append(_told_ms(one.site, began_s, ended_s))
    one.decided_ms.append(_decided_ms(one.site, began_s, ended_s))


def _told_ms(site: Scene, from_s: float, to_s: float) -> list[float]:
    """From the picture that decided to the subscriber, of each alert of a good camera."""
    return [
        (one.wall_s - one.detected_s) * 1000
        for one in site.desk.told(from_s)
        if one.at_s <= to_s and one.camera in site.cameras
    ]


def _decided_ms(site: Scene, from_s: float, to_s: float) -> list[float]:
    """How long after its picture came the last decision fell, of each good camera, each second."""
    counters = [
        counters_of(status.value, name)
        for status in site.desk.statuses(from_s, to_s)
        for name in site.cameras
    ]
    return [one["decided_after_ms"] for one in counters if "decided_after_ms" in one]


def _balance(one: _Odd) -> Findings:
    site, found = one.site, one.site.findings
    last = site.desk.statuses()[-1].value
    lost = {name: counters_of(last, name)["lost"] for name in site.cameras}
    found.goal("the others are never lost", str(lost), not any(lost.values()))
    site.balance()
    found.recover_of = "camera well again → fresh pictures, health `ok`"
    found.at_most("camera well again", found.recover_s, RECOVER_S)
    _ratios(one)
    return found


def _ratios(one: _Odd) -> None:
    """What the dispatcher waits, in each time against the calm before and after it. What the
    decision alone takes is some milliseconds, and changes with how the pictures of the cameras fall
    together: noted, with how much one calm differs from the next."""
    found, calms = one.site.findings, one.calm_ms
    for number, (name, odd_ms) in enumerate(one.odd_ms.items()):
        calm_ms = [*calms[number], *calms[number + 1]]
        ratio = float(np.mean(odd_ms) / np.mean(calm_ms))
        words = (
            f"{ratio:.2f} of calm ({np.mean(odd_ms):.0f} ms over {len(odd_ms)} alerts, p95 "
            f"{np.percentile(odd_ms, 95):.0f} ms; calm {np.mean(calm_ms):.0f} ms, p95 "
            f"{np.percentile(calm_ms, 95):.0f} ms)"
        )
        found.goal(f"the others' latency within 10 %: {name}", words, ratio <= _RATIO_MAX)
    found.notes.append(f"calm, picture to subscriber: {_chance(calms)}")
    found.notes.append(f"calm, picture to decision: {_chance(one.decided_ms[::2])}")
    share = np.mean([ms for odd in one.decided_ms[1::2] for ms in odd]) / np.mean(
        [ms for calm in one.decided_ms[::2] for ms in calm]
    )
    found.notes.append(f"picture to decision, all the odd times against all the calm: {share:.2f}")


def _chance(calms: list[list[float]]) -> str:
    everything = [value for calm in calms for value in calm]
    ratios = [float(np.mean(later) / np.mean(calm)) for calm, later in pairwise(calms)]
    return (
        f"{np.mean(everything):.1f} ms on average, p95 {np.percentile(everything, 95):.1f} ms; one "
        f"calm against the next: {min(ratios):.2f} to {max(ratios):.2f}"
    )


@contextmanager
def _plays(server: RtspServer, odd_mount: Mount, well: Mount) -> Iterator[None]:
    server.play(odd_mount)
    server.restart()
    try:
        yield
    finally:
        server.play(well)
        server.restart()


@contextmanager
def _instead(one: _Odd, crook: Any) -> Iterator[None]:
    one.server.kill()
    with crook(one.server.port):
        yield
    one.server.restart()


@contextmanager
def _freezes(server: RtspServer) -> Iterator[None]:
    server.freeze()
    try:
        yield
    finally:
        server.thaw()
