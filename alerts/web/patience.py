"""How long a connection may keep us waiting: with its question, and with taking the answer.

uvicorn waits for ever on both; a few hundred idle connections would then be all there are.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState


@dataclass(frozen=True)
class Patience:
    """`ask_s` to send a question's head and body, `take_s` in which nothing of an answer is taken;
    `each_max` connections of one address, None where all come through one proxy."""

    ask_s: float = 10.0
    take_s: float = 30.0
    look_s: float = 1.0
    each_max: int | None = 128


def patient(patience: Patience) -> type[H11Protocol]:
    """The protocol for uvicorn that has this patience."""

    class Patient(_Patient):
        limits = patience

    return Patient


class _Patient(H11Protocol):
    """Looks at itself now and then, and hangs up on whoever takes too long."""

    limits = Patience()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._look: asyncio.TimerHandle | None = None
        self._asking_since_s: float | None = None
        self._stuck_since_s: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as theirs
        """One more of them."""
        super().connection_made(transport)
        most, mine = self.limits.each_max, self.client
        if most is not None and mine is not None:
            ours = (getattr(one, "client", None) for one in self.connections)
            same = sum(1 for one in ours if one is not None and one[0] == mine[0])
            if same > most:
                self._hang_up()
                return
        self._asking_since_s = self.loop.time()
        self._look = self.loop.call_later(self.limits.look_s, self._look_at_it)

    def connection_lost(self, exc: Exception | None) -> None:
        """One fewer."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Part of a question: from its first byte on it has to come to an end."""
        if self._asking_since_s is None and self._idle():
            self._asking_since_s = self.loop.time()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._asking_since_s = None  # asked, to the last byte

    def pause_writing(self) -> None:
        """They do not take what we write."""
        self._stuck_since_s = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """They took it."""
        self._stuck_since_s = None
        super().resume_writing()

    def _hang_up(self) -> None:
        """At once: the system too forgets what is not taken, instead of keeping it for hours."""
        line = self.transport.get_extra_info("socket")
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look_at_it(self) -> None:
        now_s = self.loop.time()
        if self.transport.is_closing() and self._stuck_since_s is None:
            self._stuck_since_s = now_s  # what is left in the buffer has to be taken too
        for since_s, most_s in (
            (self._asking_since_s, self.limits.ask_s),
            (self._stuck_since_s, self.limits.take_s),
        ):
            if since_s is not None and now_s - since_s > most_s:
                self._hang_up()
                return
        self._look = self.loop.call_later(self.limits.look_s, self._look_at_it)
