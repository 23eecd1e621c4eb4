"""Clips that are wanted: gathered while they go on, then made, one after the other.

Packets are taken out of the camera's ring as they come, so that neither a ring that is short nor
another clip that takes long to make costs a clip its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from edge.core.types import Box, Rgb
from edge.muxing import About, mp4
from edge.ports import Clock, StreamInfo
from edge.privacy import Privacy
from edge.recoding import Meanwhile, recoded
from edge.ring import Cut, Kept, PacketRing
from edge.sightings import AROUND_NS, Sightings, Track

_LATE_NS = 5_000_000_000  # a camera that fell silent gets no more patience than this
_WANTED_MAX = 64
_GATHERED_BYTES_MAX = 128 * 2**20

Hide = Callable[[Rgb, int], Rgb]  # of a picture taken at that camera time, in ns


@dataclass(frozen=True)
class Veil:
    """What must not be seen in a clip of a camera, by where the network saw people."""

    privacy: Privacy
    sightings: Sightings
    camera: str
    spared: Box | None = None

    def track(self, from_ns: int, until_ns: int) -> Track:
        """Who was seen in that stretch, as far as anybody has looked by now."""
        return self.sightings.track(self.camera, from_ns, until_ns)

    def hidden(self, track: Track, rgb: Rgb, at_ns: int) -> Rgb:
        """A picture (H×W×3) of that moment as it may be shown."""
        people = track.around(at_ns, rgb.shape[1] / rgb.shape[0])
        return self.privacy.hidden(rgb, people, self.spared)


@dataclass(frozen=True)
class Wanted:
    """A clip from `from_ns` to `until_ns` of camera time, around the moment `at_ns` an alert was
    decided, which was `at`. It is encoded anew where that is wanted, and under a veil always."""

    event_id: str
    ring: PacketRing
    at_ns: int
    at: datetime
    from_ns: int
    until_ns: int
    veil: Veil | None = None
    anew: bool = False


@dataclass
class Gathering:
    """A clip that is wanted, and what there is of it. `track` is set once it is complete."""

    wanted: Wanted
    info: StreamInfo | None = None
    size_bytes: int = 0
    ended: bool = False  # it takes nothing more
    track: Track | None = None

    def __post_init__(self) -> None:
        self._kept: list[Kept] = []

    def take(self, bytes_max: int) -> None:
        """Takes what has come; ends there if that would be more than so many bytes."""
        more = None if self.ended else self._more()
        if more is None:
            return
        count = sum(len(one.packet.data) for one in more)
        if count > bytes_max:
            self.ended = True
            return
        self._kept += more
        self.size_bytes += count

    def _more(self) -> tuple[Kept, ...] | None:
        wanted = self.wanted
        if self.info is not None:
            number = self._kept[-1].number if self._kept else 0
            more = wanted.ring.following(number, self.info, wanted.until_ns)
            self.ended = more is None  # a stream of another kind: no clip holds both
            return more
        cut = wanted.ring.cut(wanted.from_ns, wanted.until_ns)
        if cut is not None:
            self.info = cut.info
        return None if cut is None else cut.packets

    def seen(self) -> Track:
        """Who must be hidden, as far as anybody has looked: from its first picture on, which may be
        long before the beginning that is wanted."""
        veil, wanted = self.wanted.veil, self.wanted
        from_ns = min((one.at_ns for one in self._kept), default=wanted.from_ns)
        return Track(()) if veil is None else veil.track(from_ns, wanted.until_ns)

    def made(self, meanwhile: Meanwhile) -> bytes | None:
        """The MP4; None where nothing came. Raises NoClip."""
        wanted = self.wanted
        if self.info is None or not self._kept:
            return None
        cut = Cut(self.info, tuple(self._kept))
        if wanted.veil is not None:
            track = self.seen() if self.track is None else self.track
            cut = recoded(cut, partial(wanted.veil.hidden, track), meanwhile)
        elif wanted.anew:
            cut = recoded(cut, lambda rgb, _at_ns: rgb, meanwhile)
        early_s = (wanted.at_ns - min(one.at_ns for one in cut.packets)) / 1e9
        title = f"{wanted.event_id}, decided {wanted.at.isoformat(timespec='milliseconds')}"
        return mp4(cut, About(wanted.at - timedelta(seconds=early_s), title))


class Clips:
    """At most 64 at a time, and so many bytes of packets. `want` may be called from any thread, the
    rest by the one that makes them."""

    def __init__(self, clock: Clock, bytes_max: int = _GATHERED_BYTES_MAX) -> None:
        self._clock = clock
        self._bytes_max = bytes_max
        self._lock = Lock()
        self._gathering: list[Gathering] = []

    def want(self, wanted: Wanted) -> bool:
        """False where too many are wanted already."""
        with self._lock:
            if len(self._gathering) >= _WANTED_MAX:
                return False
            self._gathering.append(Gathering(wanted))
        return True

    def waiting(self) -> int:
        """How many are wanted and not begun to be made."""
        with self._lock:
            return len(self._gathering)

    def gather(self) -> None:
        """Takes what has come of each; call it more often than any ring is short."""
        with self._lock:
            gathering = list(self._gathering)
        room = self._bytes_max - sum(one.size_bytes for one in gathering)
        for one in gathering:
            before = one.size_bytes
            one.take(room)
            room -= one.size_bytes - before
            if one.track is None and self._is_complete(one):
                one.track = one.seen()

    def next(self, *, everything: bool) -> Gathering | None:
        """One that can be made, or simply the oldest; it is not waited for any more."""
        with self._lock:
            for one in self._gathering:
                if everything or one.track is not None:
                    self._gathering.remove(one)
                    break
            else:
                return None
        if one.track is None:
            one.track = one.seen()
        return one

    def _is_complete(self, one: Gathering) -> bool:
        wanted = one.wanted
        if self._clock.now_ns() > wanted.until_ns + _LATE_NS:
            return True
        newest_ns = wanted.ring.newest_ns()
        if not one.ended and (newest_ns is None or newest_ns < wanted.until_ns):
            return False
        if wanted.veil is None:
            return True
        # Whoever the network saw right after the end may be in its last picture already.
        seen = one.seen().sightings
        return bool(seen) and seen[-1].at_ns >= wanted.until_ns + AROUND_NS // 2
