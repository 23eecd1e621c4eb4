"""One camera's thread: connect, take pictures, leave the latest for the brain; and again.

Retrying lives here and nowhere else. Whatever a camera does, it does to its own thread alone.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Literal

from edge.anchor import Anchor
from edge.core.types import Frame
from edge.errors import SourceLost
from edge.mailbox import Mailboxes
from edge.ports import Clock, Packet, Picture, Source, StreamInfo

Reason = Literal["ok", "offline", "no_frames"]
BACKOFF_S_FIRST = 0.5
BACKOFF_S_MAX = 5.0
_STEADY_NS = 10_000_000_000  # a connection this long was a good one: the next retry is quick again
_log = logging.getLogger(__name__)


@dataclass
class Tally:
    """What a camera has done so far. Written by its own thread, read by others."""

    reason: Reason = "offline"
    since_ns: int = 0
    said: str = "connecting"
    frames: int = 0
    skipped: int = 0
    connects: int = 0
    lost: int = 0
    last_frame_ns: int = -1
    clock_jumps: int = 0


class Recorder:
    """Where packets go on their way to evidence; the default keeps none."""

    def started(self, info: StreamInfo) -> None:
        """A connection delivers packets of this kind from now on."""

    def add(self, packets: tuple[Packet, ...], offset_ns: int) -> None:
        """Packets in order; camera time is `pts_ns + offset_ns`."""


class Grabber:
    """Reads one camera for as long as the daemon runs."""

    def __init__(
        self,
        camera: str,
        make_source: Callable[[], Source],
        mailboxes: Mailboxes,
        clock: Clock,
        recorder: Recorder,
    ) -> None:
        self.camera = camera
        self.tally = Tally(since_ns=clock.now_ns())
        self._make_source = make_source
        self._mailboxes = mailboxes
        self._clock = clock
        self._recorder = recorder
        self._anchor = Anchor()

    def run(self, stop: Event) -> None:
        """Until `stop`, or until a recording ends."""
        failures = 0
        while not stop.is_set():
            began_ns = self._clock.now_ns()
            try:
                self._connection(stop)
            except SourceLost as lost:
                self._note("offline", str(lost))
                self.tally.lost += 1
                steady = self.tally.last_frame_ns - began_ns > _STEADY_NS
                failures = 1 if steady else failures + 1
                delay_s = backoff_s(failures, random.random())
                _log.warning("camera=%s lost: %s; again in %.1f s", self.camera, lost, delay_s)
                self._clock.wait(stop, delay_s)
            else:
                self._mailboxes.end(self.camera)
                self._note("offline", "the recording ended")
                return

    def _connection(self, stop: Event) -> None:
        source = self._make_source()
        with source:
            self.tally.connects += 1
            self._note("no_frames", "connected, no picture yet")
            self._anchor.connected()
            self._recorder.started(source.info)
            _log.info("camera=%s connected: %s", self.camera, _words(source.info))
            for picture in source.pictures(stop):
                self._leave(picture)
                self.tally.skipped = source.skipped

    def _leave(self, picture: Picture) -> None:
        at_ns = self._anchor.at_ns(picture.pts_ns, self._clock.now_ns())
        self._recorder.add(picture.packets, at_ns - picture.pts_ns)
        frame = Frame(self.camera, self.tally.frames, at_ns, picture.rgb, picture.full)
        self._mailboxes.put(frame)
        self.tally.frames += 1
        self.tally.last_frame_ns = self._clock.now_ns()
        self.tally.clock_jumps = self._anchor.jumps
        if self.tally.reason != "ok":
            self._note("ok", "pictures arrive")

    def _note(self, reason: Reason, said: str) -> None:
        self.tally.since_ns = self._clock.now_ns()
        self.tally.said = said
        self.tally.reason = reason


def backoff_s(failures: int, chance: float) -> float:
    """How long to wait before connecting again: doubling from `BACKOFF_S_FIRST`, capped at
    `BACKOFF_S_MAX`, and spread by ±25 % (`chance` 0–1) so that cameras behind one switch do not
    all come back at the same moment."""
    doubled = min(BACKOFF_S_MAX, BACKOFF_S_FIRST * 2.0 ** min(failures - 1, 16))
    return doubled * (0.75 + 0.5 * chance)


def _words(info: StreamInfo) -> str:
    rate = f", {info.fps:.3g} fps" if info.fps else ""
    return f"{info.codec or 'pictures'} {info.width}×{info.height}{rate}"
