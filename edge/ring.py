"""The last seconds of a camera as it sent them, so that a clip of an incident costs no encoding."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from edge.ports import Packet, StreamInfo

BYTES_MAX = 64 * 1024 * 1024  # half a minute at 16 Mbit/s


@dataclass(frozen=True)
class Kept:
    """A packet and when it is shown, in camera time."""

    at_ns: int
    packet: Packet


@dataclass(frozen=True)
class Cut:
    """Packets that decode by themselves: the first is a key frame."""

    info: StreamInfo
    packets: tuple[Kept, ...]


class PacketRing:
    """Packets of one camera, at least `keep_s` back and always from a key frame on. Written by the
    camera's thread, cut by another. A connection lost and found again leaves a gap, unless the
    stream is of another kind now: then it begins empty.

    A camera that hardly ever sends a key frame would fill the memory: at `bytes_max` all is let go
    until the next one, and `overflows` counts it."""

    def __init__(self, keep_s: float, bytes_max: int = BYTES_MAX) -> None:
        self.overflows = 0
        self._keep_ns = int(keep_s * 1e9)
        self._bytes_max = bytes_max
        self._lock = Lock()
        self._kept: deque[Kept] = deque()
        self._bytes = 0
        self._info: StreamInfo | None = None
        self._opening = True  # what comes before the first key frame cannot be decoded

    def started(self, info: StreamInfo) -> None:
        """A connection delivers packets of this kind from now on."""
        with self._lock:
            if self._info != info:
                self._kept.clear()
                self._bytes = 0
            self._info = info
            self._opening = True

    def add(self, packets: Iterable[Packet], offset_ns: int) -> None:
        """Packets in order; camera time is `pts_ns + offset_ns`."""
        with self._lock:
            for packet in packets:
                if packet.keyframe or not self._opening:
                    self._opening = False
                    self._kept.append(Kept(packet.pts_ns + offset_ns, packet))
                    self._bytes += len(packet.data)
            self._trim()

    def newest_ns(self) -> int | None:
        """Camera time of the latest packet."""
        with self._lock:
            return self._kept[-1].at_ns if self._kept else None

    def cut(self, from_ns: int, until_ns: int) -> Cut | None:
        """The packets of a stretch, from the key frame before it; None if there are none."""
        with self._lock:
            kept, info = list(self._kept), self._info
        keys = [i for i, one in enumerate(kept) if one.packet.keyframe and one.at_ns <= from_ns]
        first = keys[-1] if keys else 0
        # In the order of decoding: a picture past the end may be what the last one leans on.
        end = max((i + 1 for i, one in enumerate(kept) if one.at_ns <= until_ns), default=0)
        packets = tuple(kept[first:end])
        return Cut(info, packets) if info is not None and info.codec and packets else None

    def _trim(self) -> None:
        """Drop whole groups of pictures from the front while what stays is long enough, or while
        there are too many bytes."""
        while len(self._kept) > 1:
            following = next(
                (i for i in range(1, len(self._kept)) if self._kept[i].packet.keyframe), 0
            )
            long_enough = self._kept[-1].at_ns - self._kept[following].at_ns >= self._keep_ns
            too_much = self._bytes > self._bytes_max
            if too_much and not following:
                self.overflows += 1
                self._kept.clear()
                self._bytes = 0
                self._opening = True
                return
            if not following or not (long_enough or too_much):
                return
            for _ in range(following):
                self._bytes -= len(self._kept.popleft().packet.data)
