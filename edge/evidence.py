"""What stays on the device to look at: a snapshot and a clip of each incident, for a while."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from threading import Event, Lock

import av
import av.error

from alerts.event import Evidence, EvidenceFile
from edge.ports import Clock
from edge.ring import Cut, PacketRing

_TICK = Fraction(1, 90_000)
_WAIT_S = 0.5
_LATE_NS = 5_000_000_000  # a camera that fell silent gets no more patience than this
_WANTED_MAX = 64
_ALONE_NS = 40_000_000  # how long a clip of one picture is
_SWEEP_S = 300.0
_PART = ".part"  # until it is whole; one that stays was left by a kill
_SUFFIXES = (".jpg", ".mp4", _PART)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How much of an incident is cut, and how long and how much is kept."""

    before_s: float
    after_s: float
    keep_days: float
    bytes_max: int


@dataclass(frozen=True)
class _Wanted:
    event_id: str
    ring: PacketRing
    from_ns: int
    until_ns: int


class NoClip(Exception):
    """These packets make no clip: garbled, or of a codec that MP4 does not hold."""


class Keeper:
    """Writes evidence into one folder. Every file appears whole or not at all. A disk that refuses
    or a stream that makes no clip costs the evidence, is logged and counted (`failed`), and never
    the alert."""

    def __init__(self, folder: Path, limits: Limits, clock: Clock) -> None:
        self.failed = 0
        self._folder = folder
        self._limits = limits
        self._clock = clock
        self._lock = Lock()
        self._wanted: list[_Wanted] = []
        self._known: dict[str, Evidence] = {}

    def of(self, event_id: str) -> Evidence:
        """What there is of an incident by now."""
        with self._lock:
            return self._known.get(event_id, Evidence())

    def snapshot(self, event_id: str, seq: int, jpeg: bytes) -> None:
        """Keep a picture; it is the incident's snapshot from now on."""
        file = self._write(f"{event_id}-{seq}.jpg", jpeg)
        if file is not None:
            self._note(event_id, snapshot=file)

    def want_clip(self, event_id: str, ring: PacketRing, at_ns: int) -> None:
        """Cut a clip around `at_ns` (camera time) once its end has come."""
        wanted = _Wanted(
            event_id,
            ring,
            at_ns - int(self._limits.before_s * 1e9),
            at_ns + int(self._limits.after_s * 1e9),
        )
        with self._lock:
            if len(self._wanted) < _WANTED_MAX:
                self._wanted.append(wanted)
                return
        self._fail("event=%s: too many clips wait to be written; none is kept of it", event_id)

    def run(self, stop: Event) -> None:
        """Write clips as they become complete, and clear out old evidence."""
        swept_s = -_SWEEP_S
        while not stop.wait(_WAIT_S):
            self._cut_due(everything=False)
            if time.monotonic() - swept_s > _SWEEP_S:
                self.sweep()
                swept_s = time.monotonic()
        self._cut_due(everything=True)

    def sweep(self) -> None:
        """Delete what is too old, then the oldest until the rest is small enough."""
        oldest_s = time.time() - self._limits.keep_days * 86_400
        kept = 0
        try:
            for modified_s, size, path in sorted(self._files(), reverse=True):
                kept += size
                if modified_s < oldest_s or kept > self._limits.bytes_max:
                    path.unlink(missing_ok=True)
        except OSError as error:
            self._fail("old evidence in %s cannot be deleted: %s", self._folder, error.strerror)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When it was written, size and path of each."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if path.suffix in _SUFFIXES:
                with suppress(FileNotFoundError):  # became whole, or was deleted by hand, just now
                    found = path.stat()
                    yield found.st_mtime, found.st_size, path

    def _cut_due(self, *, everything: bool) -> None:
        with self._lock:
            due = [one for one in self._wanted if everything or self._is_due(one)]
            self._wanted = [one for one in self._wanted if one not in due]
        for one in due:
            cut = one.ring.cut(one.from_ns, one.until_ns)
            file = None if cut is None else self._write_clip(one.event_id, cut)
            if file is not None:
                self._note(one.event_id, clip=file)

    def _write_clip(self, event_id: str, cut: Cut) -> EvidenceFile | None:
        try:
            return self._write(f"{event_id}.mp4", mp4(cut))
        except NoClip as reason:
            self._fail("event=%s: no clip: %s", event_id, reason)
            return None

    def _is_due(self, wanted: _Wanted) -> bool:
        newest_ns = wanted.ring.newest_ns()
        complete = newest_ns is not None and newest_ns >= wanted.until_ns
        return complete or self._clock.now_ns() > wanted.until_ns + _LATE_NS

    def _note(
        self, event_id: str, snapshot: EvidenceFile | None = None, clip: EvidenceFile | None = None
    ) -> None:
        with self._lock:
            known = self._known.pop(event_id, Evidence())
            self._known[event_id] = replace(
                known, snapshot=snapshot or known.snapshot, clip=clip or known.clip
            )
            while len(self._known) > _WANTED_MAX * 4:
                self._known.pop(next(iter(self._known)))

    def _fail(self, message: str, *values: object) -> None:
        with self._lock:
            self.failed += 1
        _log.error(message, *values)

    def _write(self, name: str, data: bytes) -> EvidenceFile | None:
        path = self._folder / name
        part = path.with_suffix(path.suffix + _PART)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Pictures of people: for this user's eyes.
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            self._fail("evidence %s could not be written: %s", path, error.strerror)
            with suppress(OSError):  # half a file would take what little room there is
                part.unlink(missing_ok=True)
            return None
        return EvidenceFile(name, hashlib.sha256(data).hexdigest())


def mp4(cut: Cut) -> bytes:
    """The packets (Annex B, as live streams deliver them) as an MP4 file, without decoding. Plays
    from the first key frame on. Raises NoClip where they make none."""
    try:
        return _mp4(cut)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise NoClip(f"{cut.info.codec}: {error}") from error


def _mp4(cut: Cut) -> bytes:
    data = io.BytesIO()
    head = cut.info.extradata + cut.packets[0].packet.data
    # An elementary stream of one picture: what an MP4's header wants to know, FFmpeg reads there.
    with (
        av.open(io.BytesIO(head), "r", format=cut.info.codec) as template,
        av.open(data, "w", format="mp4") as output,
    ):
        stream = output.add_stream_from_template(template.streams.video[0])
        first_ns = min(one.packet.dts_ns for one in cut.packets)
        dts = _rising([_ticks(one.packet.dts_ns - first_ns) for one in cut.packets])
        for one, at, following in zip(cut.packets, dts, dts[1:], strict=False):
            packet = av.Packet(one.packet.data)
            packet.stream = stream
            packet.time_base = _TICK
            packet.dts = at
            packet.pts = max(_ticks(one.packet.pts_ns - first_ns), at)
            packet.duration = following - at  # without it players leave out the last picture
            packet.is_keyframe = one.packet.keyframe
            output.mux(packet)
    return data.getvalue()


def _rising(ticks: list[int]) -> list[int]:
    """The times, each later than the one before, and one more: where the last picture ends."""
    rising = list(accumulate(ticks, lambda before, tick: max(tick, before + 1)))
    mean = (rising[-1] - rising[0]) // max(len(rising) - 1, 1)
    return [*rising, rising[-1] + (mean or _ticks(_ALONE_NS))]


def _ticks(ns: int) -> int:
    return ns * 90 // 1_000_000
