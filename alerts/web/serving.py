"""Serving: the socket, uvicorn on it, and the threads that live as long as it does."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from alerts.carrying import CarryingThread
from alerts.errors import UserError
from alerts.web.patience import Patience, patient
from alerts.web.settings import DashboardConfig

_BACKLOG = 512
_CONNECTIONS_MAX = 512
_HEAD_BYTES_MAX = 16 * 1024
_END_S = 5.0
_WORDS = {
    errno.EADDRINUSE: "another program listens there: choose another --port",
    errno.EACCES: "this user may not: ports from 1024 on are for everybody",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}

Body = Callable[[threading.Event], None]


def listen(host: str, port: int) -> socket.socket:
    """The socket. Raises `UserError` with what stands in the way."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG, reuse_port=False)
    except socket.gaierror:
        raise UserError(f"{host}: no such name; write an address of this machine") from None
    except OSError as error:
        words = _WORDS.get(error.errno or 0, error.strerror or str(error))
        raise UserError(f"{host}:{port}: {words}") from None


def address_of(bound: socket.socket, config: DashboardConfig) -> str:
    """What to type into a browser on this machine."""
    host, port = bound.getsockname()[:2]
    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound to
    name = next(iter(config.names), socket.gethostname() if everywhere else host)
    named = f"[{name}]" if ":" in name else name
    return f"{'https' if config.tls else 'http'}://{named}:{port}/"


class Server(uvicorn.Server):
    """uvicorn's, which tells the streams to end before it waits for them, and ends when a thread
    does. SIGTERM and ctrl-C end it; a second one does not wait."""

    def __init__(
        self,
        config: uvicorn.Config,
        ending: Callable[[], None],
        threads: Sequence[CarryingThread],
        stop: threading.Event,
    ) -> None:
        super().__init__(config)
        self._ending = ending
        self._threads = threads
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        """Now and then: whether to end."""
        failed = any(thread.error is not None for thread in self._threads)
        return failed or self._stop.is_set() or await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """The end."""
        self._ending()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """While serving; theirs would raise the signal again and so leave no time to tidy up."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        kept = {one: signal.signal(one, self._on_signal) for one in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def server(
    app: ASGIApp,
    config: DashboardConfig,
    ending: Callable[[], None],
    threads: Sequence[CarryingThread],
    *,
    stop: threading.Event,
    patience: Patience | None = None,
) -> Server:
    """uvicorn with our limits."""
    proxied = bool(config.behind_proxy)
    chosen = patience or Patience(each_max=None if proxied else Patience.each_max)
    tls = config.tls
    return Server(
        uvicorn.Config(
            app,
            http=patient(chosen),
            ws="none",
            lifespan="on",
            loop="asyncio",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Without a proxy anybody could say to be somebody else.
            proxy_headers=proxied,
            forwarded_allow_ips=list(config.behind_proxy),
            limit_concurrency=_CONNECTIONS_MAX,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=_HEAD_BYTES_MAX,
            ssl_certfile=str(tls.cert_file) if tls else None,
            ssl_keyfile=str(tls.key_file) if tls else None,
        ),
        ending,
        threads,
        stop,
    )


@contextmanager
def running(threads: Sequence[CarryingThread], stop: threading.Event) -> Iterator[None]:
    """The threads run while inside; what one of them raised comes out at the end."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(_END_S)
    for thread in threads:
        thread.raise_error()
