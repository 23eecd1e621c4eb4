"""Where people were seen, in the last seconds of each camera: what a picture must hide."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock

from edge.core.types import Box, Scores

AROUND_NS = 1_000_000_000  # one who was missed here was seen shortly before or after
_NEAR_NS = 500_000_000  # further away than this from a look, nobody can say who came
_COUNT_MAX = 2048  # looks of one camera


@dataclass(frozen=True)
class Sighting:
    """Everyone the network saw in one picture, and the shape of it, width over height."""

    at_ns: int
    aspect: float
    people: tuple[Box, ...]


@dataclass(frozen=True)
class Track:
    """The sightings of one camera over a stretch of time, in order."""

    sightings: tuple[Sighting, ...]

    def around(self, at_ns: int, aspect: float | None = None) -> tuple[Box, ...] | None:
        """Everyone seen within a second of this moment. None where nobody looked within half of
        one, both before and after it, or at a picture of another shape (`aspect`) where boxes may
        not mean the same."""
        near = [one for one in self.sightings if abs(one.at_ns - at_ns) <= AROUND_NS]
        looked_before = any(0 <= at_ns - one.at_ns <= _NEAR_NS for one in near)
        looked_after = any(0 <= one.at_ns - at_ns <= _NEAR_NS for one in near)
        if not (looked_before and looked_after):
            return None
        if aspect is not None and any(abs(one.aspect / aspect - 1) > 0.05 for one in near):
            return None
        return tuple(dict.fromkeys(box for one in near for box in one.people))


class Sightings:
    """Written by the thread that looks, read by those who make pictures and clips. What is older
    than `keep_s` is forgotten, and all of a camera that nobody looks at any more."""

    def __init__(self, keep_s: float) -> None:
        self._keep_ns = int(keep_s * 1e9)
        self._lock = Lock()
        self._seen: dict[str, deque[Sighting]] = {}

    def add(self, camera: str, scores: Scores) -> None:
        """What the network said of one picture."""
        people = tuple(person.box for person in scores.people)
        one = Sighting(scores.at_ns, scores.aspect, people)
        oldest_ns = scores.at_ns - self._keep_ns
        with self._lock:
            if camera not in self._seen:
                self._forget_gone(oldest_ns)
                self._seen[camera] = deque(maxlen=_COUNT_MAX)
            seen = self._seen[camera]
            seen.append(one)
            while seen[0].at_ns < oldest_ns:
                seen.popleft()

    def track(self, camera: str, from_ns: int, until_ns: int) -> Track:
        """What was seen in a stretch, and a second before and after it."""
        first_ns, last_ns = from_ns - AROUND_NS, until_ns + AROUND_NS
        with self._lock:
            seen = tuple(self._seen.get(camera, ()))
        return Track(tuple(one for one in seen if first_ns <= one.at_ns <= last_ns))

    def _forget_gone(self, oldest_ns: int) -> None:
        for camera in [name for name, seen in self._seen.items() if seen[-1].at_ns < oldest_ns]:
            del self._seen[camera]
