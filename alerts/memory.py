"""Where messages wait when the disk refuses them: bounded, counted, gone with the process."""

from __future__ import annotations

from collections.abc import Collection

from alerts.outbox import KINDS, RANK, Kept, Kind


class MemoryQueue:
    """A queue in memory that gives up what matters least, as the outbox does. Not thread-safe."""

    def __init__(self, count_max: int, bytes_max: int) -> None:
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._kept: list[Kept] = []
        self._bytes = 0
        self.dropped: dict[Kind, int] = dict.fromkeys(KINDS, 0)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, kept: Kept) -> None:
        """Puts it last; gives up, oldest first, what matters least while there is too much."""
        self._kept.append(kept)
        self._bytes += kept.bytes
        while len(self._kept) > self._count_max or self._bytes > self._bytes_max:
            least = min(self._kept, key=lambda one: RANK[one.phase])  # the first of equals
            self.dropped[least.phase] += 1
            self.remove(least.id)

    def first(self) -> Kept | None:
        """The oldest, still kept."""
        return self._kept[0] if self._kept else None

    def next(self, limit: int, resting: Collection[str]) -> list[Kept]:
        """The next to send, in the outbox's order: events as they came, then snapshots."""
        awake = [one for one in self._kept if one.event_id not in resting]
        return sorted(awake, key=lambda one: one.phase == "snapshot")[:limit]

    def remove(self, kept_id: int) -> None:
        """Forgets one, if it is still there."""
        for at, one in enumerate(self._kept):
            if one.id == kept_id:
                del self._kept[at]
                self._bytes -= one.bytes
                return
