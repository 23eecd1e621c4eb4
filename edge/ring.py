"""The last seconds of a camera as it sent them, so that a clip of an incident costs no encoding."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from weakref import WeakSet

from edge.ports import Packet, StreamInfo

BYTES_MAX = 64 * 1024 * 1024  # half a minute at 16 Mbit/s
_LOOK_EVERY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """A packet and when it is shown, in camera time. `number` counts what the ring was given."""

    at_ns: int
    packet: Packet
    number: int = 0


@dataclass(frozen=True)
class Cut:
    """Packets that decode by themselves: the first is a key frame."""

    info: StreamInfo
    packets: tuple[Kept, ...]


class RingMemory:
    """What the rings of all cameras may hold together. Where that is too much, the fullest gives up
    its oldest group of pictures: many large streams are each remembered for less long. Rings that
    are gone count no more."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._lock = Lock()
        self._rings: WeakSet[PacketRing] = WeakSet()
        self._unlooked_bytes = 0

    def join(self, ring: PacketRing) -> None:
        """It counts from now on."""
        with self._lock:
            self._rings.add(ring)

    def size_bytes(self) -> int:
        """What they hold now."""
        with self._lock:
            return sum(ring.size_bytes for ring in self._rings)

    def added(self, count: int) -> None:
        """So many bytes came in: makes room, now and then. Not with a ring's lock held."""
        with self._lock:
            self._unlooked_bytes += count
            if self._unlooked_bytes < min(_LOOK_EVERY_BYTES, self._bytes_max // 8):
                return
            self._unlooked_bytes = 0
            rings = list(self._rings)
            while sum(ring.size_bytes for ring in rings) > self._bytes_max:
                max(rings, key=lambda ring: ring.size_bytes).shorten()


class PacketRing:
    """Packets of one camera, at least `keep_s` back and always from a key frame on. Written by the
    camera's thread, cut by another. A connection lost and found again leaves a gap, unless the
    stream is of another kind now: then it begins empty.

    A camera that hardly ever sends a key frame would fill the memory: at `bytes_max` all is let go
    until the next one, and `overflows` counts it. `memory` is shared with other rings."""

    def __init__(
        self, keep_s: float, bytes_max: int = BYTES_MAX, memory: RingMemory | None = None
    ) -> None:
        self.overflows = 0
        self._memory = memory
        self._added = 0
        self._keep_ns = int(keep_s * 1e9)
        self._bytes_max = bytes_max
        self._lock = Lock()
        self._kept: deque[Kept] = deque()
        self._bytes = 0
        self._info: StreamInfo | None = None
        self._opening = True  # what comes before the first key frame cannot be decoded
        if memory is not None:
            memory.join(self)

    @property
    def size_bytes(self) -> int:
        """What its packets come to."""
        return self._bytes

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
        count = 0
        with self._lock:
            for packet in packets:
                if packet.keyframe or not self._opening:
                    self._opening = False
                    self._added += 1
                    self._kept.append(Kept(packet.pts_ns + offset_ns, packet, self._added))
                    count += len(packet.data)
            self._bytes += count
            self._trim()
        if self._memory is not None:
            self._memory.added(count)

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

    def following(self, number: int, info: StreamInfo, until_ns: int) -> tuple[Kept, ...] | None:
        """What came after that packet of such a stream, in the order of decoding, and is needed up
        to `until_ns`; None where a stream of another kind has begun. What was let go meanwhile
        leaves a gap, and a key frame follows it."""
        with self._lock:
            if self._info != info:
                return None
            kept = [one for one in self._kept if one.number > number]
        end = max((i + 1 for i, one in enumerate(kept) if one.at_ns <= until_ns), default=0)
        return tuple(kept[:end])

    def shorten(self) -> None:
        """Lets the oldest group of pictures go."""
        with self._lock:
            following = self._second_key()
            if following:
                self._let_go(following)
            elif self._kept:
                self._overflow()

    def _let_go(self, count: int) -> None:
        for _ in range(count):
            self._bytes -= len(self._kept.popleft().packet.data)

    def _overflow(self) -> None:
        """One group of pictures alone is too much: begins again at the next key frame."""
        self.overflows += 1
        self._kept.clear()
        self._bytes = 0
        self._opening = True

    def _second_key(self) -> int:
        """Where the second group of pictures begins; 0 where there is only one."""
        kept = self._kept
        return next((i for i in range(1, len(kept)) if kept[i].packet.keyframe), 0)

    def _trim(self) -> None:
        """Drop whole groups of pictures from the front while what stays is long enough, or while
        there are too many bytes."""
        while len(self._kept) > 1:
            following = self._second_key()
            long_enough = self._kept[-1].at_ns - self._kept[following].at_ns >= self._keep_ns
            too_much = self._bytes > self._bytes_max
            if too_much and not following:
                self._overflow()
                return
            if not following or not (long_enough or too_much):
                return
            self._let_go(following)
