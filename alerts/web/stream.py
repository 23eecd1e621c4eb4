"""The live stream of one page: Server-Sent Events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from starlette.types import Receive, Scope, Send

from alerts import moments
from alerts.web.broadcast import Broadcast
from alerts.web.refusal import Refused

HEARTBEAT_S = 15.0
_RETRY_MS = 2000  # how long a browser waits before it comes again
_BATCH_MAX = 200
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy shall not collect before it passes on
]


class Places:
    """How many streams are open, in all and by session; more are refused."""

    def __init__(self, all_max: int, each_max: int) -> None:
        self.open = 0
        self.refused = 0
        self._all_max = all_max
        self._each_max = each_max
        self._by_key: dict[str, int] = {}

    @contextmanager
    def taken(self, key: str) -> Iterator[None]:
        """One of them, while inside. Raises `Refused` when there is none."""
        mine = self._by_key.get(key, 0)
        if self.open >= self._all_max or mine >= self._each_max:
            self.refused += 1
            raise Refused(
                503, "full", "too many pages are open: close some of them", retry_after_s=10
            )
        self.open += 1
        self._by_key[key] = mine + 1
        try:
            yield
        finally:
            self.open -= 1
            self._by_key[key] -= 1
            if not self._by_key[key]:
                del self._by_key[key]


class Stream:
    """An answer that goes on: what changed since `last_id`, then every change as it comes.

    `alive` says whether the session still is; asked at every heartbeat. How fast the page reads is
    its own affair: this waits for it, and the connection's own patience ends it.
    """

    def __init__(
        self,
        broadcast: Broadcast,
        last_id: str | None,
        alive: Callable[[], bool],
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._broadcast = broadcast
        self._last_id = last_id
        self._alive = alive
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Until the page goes, the session ends or the server does."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await self._tell(send, gone)
            with suppress(OSError):  # it went while the last words were said
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    async def _tell(self, send: Send, gone: asyncio.Task[None]) -> None:
        broadcast = self._broadcast
        with broadcast.waiting() as changed:
            begun = f"retry: {_RETRY_MS}\n\n".encode() + _heartbeat()
            place = None if self._last_id is None else broadcast.place_of(self._last_id)
            if place is None:
                place = broadcast.newest()
                begun += self._reset(place) if self._last_id is not None else b""
            await _put(send, begun)
            loop = asyncio.get_running_loop()
            due_s = loop.time() + self._heartbeat_s
            while not (gone.done() or broadcast.closed):
                changed.clear()
                frames, place = self._next(place)
                if loop.time() >= due_s:
                    if not self._alive():
                        await _put(send, b"event: bye\ndata: {}\n\n")
                        return
                    frames += _heartbeat()
                    due_s = loop.time() + self._heartbeat_s
                if frames:
                    await _put(send, frames)
                else:
                    await _either(changed, gone, due_s - loop.time())

    def _next(self, place: int) -> tuple[bytes, int]:
        """What to write now, and where the page stands after it."""
        told = self._broadcast.after(place)
        if told is None:
            newest = self._broadcast.newest()
            return self._reset(newest), newest
        told = told[:_BATCH_MAX]
        return b"".join(one.frame for one in told), told[-1].number if told else place

    def _reset(self, place: int) -> bytes:
        at = self._broadcast.id_of(place)
        return f"id: {at}\nevent: reset\ndata: {_now()}\n\n".encode()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _either(changed: asyncio.Event, gone: asyncio.Task[None], timeout_s: float) -> None:
    """Waits for one of them, or for the time to be up."""
    waiting = asyncio.create_task(changed.wait())
    try:
        await asyncio.wait({waiting, gone}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _put(send: Send, frame: bytes) -> None:
    await send({"type": "http.response.body", "body": frame, "more_body": True})


def _heartbeat() -> bytes:
    return f"event: heartbeat\ndata: {_now()}\n\n".encode()


def _now() -> str:
    return json.dumps({"now": moments.to_text(moments.now())})
