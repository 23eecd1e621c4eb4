"""What the cameras send, watched for some seconds: codec, size, rate, key frames, clock.

Whether they can be reached at all is for `edge.check` to say.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from threading import Event

from alerts.errors import UserError
from edge import wiring
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.doctor.finding import Finding, Group
from edge.errors import SourceLost
from edge.ports import Packet, StreamInfo

_GROUP = Group("cameras")
_FIT = (640, 384)
_KEYS_ENOUGH, _WATCH_S_MIN = 3, 4.0
_KEY_S_MAX = 4.0
_PIXELS_MAX = 1280 * 720
_CODECS = frozenset({"h264", "hevc"})
_CLOCK_RATE_MIN, _CLOCK_RATE_MAX = 0.7, 1.6  # many begin with what they had stored


@dataclass(frozen=True)
class Watched:
    """What came of one camera. `key_s` is the longest time from one key frame to the next, and
    None if no two came in `seconds`; `clock_rate` how fast its clock went by ours. `record_apart`:
    the site file names a second stream, for evidence."""

    camera: str
    fault: str
    info: StreamInfo | None
    live: bool
    seconds: float
    fps: float
    bits_s: float
    key_s: float | None
    clock_rate: float
    clock_stalls: int
    record_apart: bool
    wanted_fps: float

    @property
    def packets(self) -> bool:
        """Whether it is a video stream at all, and no folder of pictures or pattern."""
        return self.info is not None and bool(self.info.codec) and self.bits_s > 0


def watch(config: Config, camera: Camera, seconds_max: float = 8.0) -> Watched:
    """Opens the camera as the daemon does and watches it for so long, or less if that tells
    enough."""
    packets: list[Packet] = []
    times_ns: list[int] = []
    info, live, stalls, fault, began_s = None, False, 0, "", time.monotonic()
    try:
        secret = wiring.camera_secret(config, camera)
        with wiring.source(camera, secret, _FIT)() as source:
            info, live, began_s = source.info, source.live, time.monotonic()
            for picture in source.pictures(Event()):
                packets += picture.packets
                times_ns.append(picture.pts_ns)
                watched_s = time.monotonic() - began_s
                if watched_s > seconds_max or _enough(packets, watched_s):
                    break
            stalls = source.clock_stalls
    except (SourceLost, UserError) as error:
        fault = "; ".join(str(error).splitlines())
    seconds = max(time.monotonic() - began_s, 1e-3)
    span_s = max((packets[-1].pts_ns - packets[0].pts_ns) / 1e9, 1e-3) if packets else 1.0
    keys = [packet.pts_ns for packet in packets if packet.keyframe]
    return Watched(
        camera=camera.name,
        fault=fault,
        info=info,
        live=live,
        seconds=seconds,
        fps=max(len(packets) - 1, 0) / span_s,
        bits_s=8 * sum(len(packet.data) for packet in packets) / span_s,
        key_s=max((b - a for a, b in pairwise(keys)), default=0) / 1e9 or None,
        clock_rate=(times_ns[-1] - times_ns[0]) / 1e9 / seconds if times_ns else 1.0,
        clock_stalls=stalls,
        record_apart=camera.record_url is not None,
        wanted_fps=camera.analyse_fps,
    )


def _enough(packets: list[Packet], seconds: float) -> bool:
    keys = sum(packet.keyframe for packet in packets)
    return keys >= _KEYS_ENOUGH and seconds > _WATCH_S_MIN


def judge(seen: Watched) -> Iterator[Finding]:
    """What it means. A camera that does not answer has been told of by `edge.check`."""
    name = seen.camera
    if seen.fault or seen.info is None:
        yield _GROUP.none(f"{name} stream", seen.fault or "nothing came")
        return
    if not seen.packets:
        yield _GROUP.none(f"{name} stream", f"{seen.info}: no video stream")
        return
    yield _stream(seen, seen.info)
    yield _size(seen, seen.info)
    yield _keys(seen)
    if seen.live:
        yield _clock(seen)


def _stream(seen: Watched, info: StreamInfo) -> Finding:
    check = f"{seen.camera} stream"
    words = f"{info.codec}, {seen.fps:.1f} pictures a second, {seen.bits_s / 1e6:.2f} Mbit/s"
    numbers = {"fps": round(seen.fps, 2), "mbit_s": round(seen.bits_s / 1e6, 3)}
    if info.codec not in _CODECS:
        why = "it takes several times the network and, on NVIDIA, no decoder"
        return _GROUP.look(check, words, why, "set the camera to H.264 or H.265", **numbers)
    if seen.fps < 0.9 * seen.wanted_fps:
        why = f"the site file wants to look {seen.wanted_fps:g} times a second"
        mend = "set the camera to more pictures a second, or lower `analyse_fps`"
        return _GROUP.look(check, words, why, mend, **numbers)
    return _GROUP.good(check, words, **numbers)


def _size(seen: Watched, info: StreamInfo) -> Finding:
    check, words = f"{seen.camera} size", f"{info.width}×{info.height}"
    if info.width * info.height <= _PIXELS_MAX or not seen.live:
        return _GROUP.good(check, words)
    why = f"it is looked at as {_FIT[0]}×{_FIT[1]}: most of the decoding is for nothing"
    if seen.record_apart:
        mend = "`url:` should be the smaller stream, `record_url:` is the larger one already"
    else:
        mend = "give the camera's smaller stream as `url:`, and this one as `record_url:`"
    return _GROUP.look(check, words, why, mend)


def _keys(seen: Watched) -> Finding:
    check = f"{seen.camera} key frames"
    why = "after a lost connection nothing is seen until the next one, and evidence begins at one"
    gop = round(2 * seen.fps) or 30
    mend = f"in the camera, set the I-frame interval (GOP) to {gop} pictures: one every 2 s; and "
    mend += "switch off a “smart” codec (H.264+, H.265+, Zipstream), which stretches it"
    if seen.key_s is None:
        words = f"fewer than two in {seen.seconds:.0f} s"
        return _GROUP.look(check, words, why, mend)
    words = f"one every {seen.key_s:.1f} s"
    if seen.key_s > _KEY_S_MAX:
        return _GROUP.look(check, words, why, mend, key_s=round(seen.key_s, 2))
    return _GROUP.good(check, words, key_s=round(seen.key_s, 2))


def _clock(seen: Watched) -> Finding:
    check = f"{seen.camera} clock"
    words = f"goes {seen.clock_rate:.2f} times as fast as ours"
    if not seen.clock_stalls and _CLOCK_RATE_MIN < seen.clock_rate < _CLOCK_RATE_MAX:
        return _GROUP.good(check, words, rate=round(seen.clock_rate, 3))
    why = "its time stamps cannot be believed; pictures are timed by their arrival instead"
    mend = "update the camera's firmware; set its time server"
    return _GROUP.look(check, words, why, mend, rate=round(seen.clock_rate, 3))
