"""A small MQTT broker inside this process: for the demo alone, which must need nothing else.

amqtt speaks MQTT 3.1.1 only. A site runs mosquitto or another full broker.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from threading import Event, Thread
from types import TracebackType

from typing_extensions import Self

from alerts.errors import UserError

_START_S = 20.0


class EmbeddedBroker:
    """Listens on a free port of the loopback interface while it is entered. Raises UserError
    where the `demo` extra is not installed or the broker does not come up."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._ready = Event()
        self._loop = asyncio.new_event_loop()
        self._done: asyncio.Event | None = None
        self._thread = Thread(target=self._run, name="broker", daemon=True)

    def __enter__(self) -> Self:
        try:
            import amqtt.broker  # noqa: F401, PLC0415  (an extra: only the demo needs it)
        except ImportError:
            raise UserError(
                "the demo's broker is missing: install floorwatch with its extra, "
                "pip install '.[demo]' in its folder"
            ) from None
        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # its reports are not the demo's
        self._thread.start()
        if not self._ready.wait(_START_S):
            raise UserError("the demo's own broker did not start; is port access forbidden here?")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._done is not None:
            self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(_START_S)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        from amqtt.broker import Broker  # noqa: PLC0415  (see __enter__)

        self._done = asyncio.Event()
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                "plugins": {
                    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
                },
            }
        )
        await broker.start()
        self._ready.set()
        await self._done.wait()
        await broker.shutdown()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
