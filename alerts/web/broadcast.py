"""What changes, told to all pages at once: a ring of the last changes, and where each page stands.

Nobody has a queue of their own. A page that reads slowly finds the next ones in the ring; one that
comes back, or was too slow, and no longer finds what it missed fetches everything anew (`reset`).
So the memory is bounded whatever the pages do, and none of them can hold up another.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from alerts import moments

KEPT_MAX = 2000


@dataclass(frozen=True)
class Told:
    """One change: its number, and how it is written into a stream."""

    number: int
    frame: bytes


class Broadcast:
    """`tell` may be called from any thread; everything else from the loop it was opened in."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self.closed = False
        # Another one after a restart: numbers of before mean nothing any more.
        self._origin = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._number = 0
        self._ring: deque[Told] = deque(maxlen=kept_max)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop in which the pages are served."""
        with self._lock:
            self._loop = loop

    def close(self) -> None:
        """No more changes: all streams end."""
        with self._lock:
            self.closed = True
            self._loop = None
        self._wake()

    def tell(self, kind: str, key: str, fields: Mapping[str, object]) -> None:
        """A change of `kind`, of what `key` names, with its `fields`."""
        told = {"kind": kind, "key": key, "at": moments.to_text(moments.now()), **fields}
        data = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with self._lock:
            self._number += 1
            at = f"{self._origin}-{self._number}"
            frame = f"id: {at}\nevent: change\ndata: {data}\n\n".encode()
            self._ring.append(Told(self._number, frame))
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._wake)

    def place_of(self, last_id: str) -> int | None:
        """Where a page stands that has seen `last_id` last; None if that cannot be told."""
        origin, _, number = last_id.partition("-")
        if origin != self._origin or not (number.isascii() and number.isdigit()):
            return None
        return int(number) if len(number) < 19 and int(number) <= self._number else None

    def newest(self) -> int:
        """The number of the last change; 0 if there was none."""
        return self._number

    def after(self, number: int) -> list[Told] | None:
        """What came after, oldest first; None if some of it is no longer kept."""
        with self._lock:
            if not self._ring or number >= self._number:
                return []
            missed = self._number - number
            if missed > len(self._ring):
                return None
            return [self._ring[index] for index in range(len(self._ring) - missed, len(self._ring))]

    def id_of(self, number: int) -> str:
        """What a page says later to stand there."""
        return f"{self._origin}-{number}"

    @contextmanager
    def waiting(self) -> Iterator[asyncio.Event]:
        """An event that is set at each change."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()
