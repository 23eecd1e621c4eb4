"""What waits in memory: beside the disk while that refuses, and as a copy of what is on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator

from alerts.kept import COUNTED, RANK, Kept, Kind, counted_as


class MemoryQueue:
    """Messages no disk has: bounded, counted, gone with the process. Gives up what matters least,
    as the outbox does. Not thread-safe."""

    def __init__(self, count_max: int, bytes_max: int) -> None:
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._kept: dict[int, Kept] = {}  # in the order they came
        self._bytes = 0
        self.dropped: dict[Kind, int] = dict.fromkeys(COUNTED, 0)
        # Told without a disk: to be remembered there once it takes something again.
        self.told: deque[Kept] = deque(maxlen=count_max)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept.values())

    def __contains__(self, kept_id: int) -> bool:
        return kept_id in self._kept

    def add(self, kept: Kept) -> None:
        """Puts it last; gives up, oldest first, what matters least while there is too much."""
        self._kept[kept.id] = kept
        self._bytes += kept.bytes
        while len(self._kept) > self._count_max or self._bytes > self._bytes_max:
            # The first of equals.
            least = min(self._kept.values(), key=lambda one: RANK[one.phase])
            self.dropped[counted_as(least.phase)] += 1
            self.remove(least.id)

    def next(self, limit: int, resting: Collection[str]) -> list[Kept]:
        """The next to send, in the outbox's order: events as they came, then pictures."""
        return _in_order(self._kept.values(), limit, resting)

    def sent(self, kept: Kept) -> None:
        """It was sent from here: it waits no longer."""
        self.remove(kept.id)
        if not kept.is_picture:
            self.told.append(kept)

    def remembered(self, told: Collection[Kept]) -> None:
        """The disk remembers that these were told."""
        self.told = deque((one for one in self.told if one not in told), self.told.maxlen)

    def remove(self, kept_id: int) -> None:
        """Forgets one, if it is still there."""
        kept = self._kept.pop(kept_id, None)
        self._bytes -= kept.bytes if kept is not None else 0


class Mirror:
    """A copy of all that waits on disk, while that is little: so a disk that is slow or hangs holds
    up nobody who only wants to send. `complete` says whether it is all. Not thread-safe."""

    def __init__(self, count_max: int, bytes_max: int) -> None:
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._kept: dict[int, Kept] = {}
        self.complete = True

    def __len__(self) -> int:
        return len(self._kept)

    def holds(self, count: int, size_bytes: int) -> bool:
        """Whether it could hold this much."""
        return count <= self._count_max and size_bytes <= self._bytes_max

    def load(self, kept: Iterable[Kept]) -> None:
        """This is all there is."""
        self._kept = {one.id: one for one in sorted(kept, key=lambda one: one.id)}
        self.complete = True

    def add(self, kept: Kept) -> None:
        """One more was put on the disk."""
        if self.complete:
            self._kept[kept.id] = kept
            if not self.holds(len(self), sum(one.bytes for one in self._kept.values())):
                self.forget()

    def forget(self) -> None:
        """Nobody knows any more whether this is all."""
        self._kept = {}
        self.complete = False

    def remove(self, kept_id: int) -> None:
        """It waits no longer."""
        self._kept.pop(kept_id, None)

    def next(self, limit: int, resting: Collection[str]) -> list[Kept]:
        """The next to send, if this is all: events as they came, then pictures."""
        return _in_order(self._kept.values(), limit, resting)


def _in_order(kept: Iterable[Kept], limit: int, resting: Collection[str]) -> list[Kept]:
    awake = [one for one in kept if one.event_id not in resting]
    return sorted(awake, key=_place)[:limit]


def _place(kept: Kept) -> int:
    """Events of all kinds, then snapshots, then plain ones."""
    return max(-RANK[kept.phase], -1)
