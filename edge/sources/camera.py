"""Where a camera is, and in plain words why it cannot be reached.

Nothing said here repeats an error text of FFmpeg, which quotes the address with its password;
messages name host and port.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import av.error

from edge.errors import SourceLost

_RTSP_PORT = 554


@dataclass(frozen=True)
class Camera:
    """Where a stream is and how it is asked for. Address and credentials stay out of `repr`."""

    url: str = field(repr=False)
    transport: Literal["tcp", "udp"] = "tcp"
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 10.0

    @property
    def where(self) -> str:
        """Host and port: all that a message may say of the address."""
        host, port = self.host_port
        return f"{host}:{port}"

    @property
    def host_port(self) -> tuple[str, int]:
        """Where to connect. Raises `SourceLost` for an address that cannot be taken apart."""
        parts = urlsplit(self.url)
        # A bare # or / in a password moves the pieces; what is then called host is part of it.
        with suppress(ValueError):
            if parts.hostname and not parts.fragment:
                return parts.hostname, parts.port or _RTSP_PORT
        raise SourceLost(
            "the url cannot be read: it must be rtsp://host:port/path; percent-encode special "
            "characters of user and password in it, or give them apart"
        )

    @property
    def login(self) -> tuple[str, str]:
        """User and password, both empty where there is none. A secret."""
        parts = urlsplit(self.url)
        user = self.username if self.username is not None else unquote(parts.username or "")
        password = self.password if self.password is not None else unquote(parts.password or "")
        return user, password

    @property
    def open_address(self) -> str:
        """The address without credentials."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    @property
    def address(self) -> str:
        """The address for FFmpeg, credentials percent-encoded in it. A secret."""
        parts = urlsplit(self.open_address)
        user, password = self.login
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return urlunsplit(parts._replace(netloc=login + parts.netloc))


Found: TypeAlias = "list[tuple[Any, ...]]"  # as `socket.getaddrinfo` gives it


def resolve(
    camera: Camera, look_up: Callable[[str, int], Found] = socket.getaddrinfo
) -> frozenset[tuple[str, int]]:
    """The addresses of the camera. Raises `SourceLost` for a host that nobody knows, which FFmpeg
    would not say, or when the name server does not answer in `connect_timeout_s`."""
    host, port = camera.host_port
    answers: Queue[Found | None] = Queue()

    def ask() -> None:
        try:
            answers.put(look_up(host, port))
        except (OSError, UnicodeError):  # the latter for what cannot be a name at all
            answers.put(None)

    # A look-up cannot be broken off: one that hangs is left behind until the system ends it.
    threading.Thread(target=ask, name=f"look-up:{host}", daemon=True).start()
    try:
        found = answers.get(timeout=camera.connect_timeout_s)
    except Empty:
        raise SourceLost(
            f"host {host} was not found within {camera.connect_timeout_s:g} s: check the name "
            "server, or write the camera's address instead"
        ) from None
    if not found:
        raise SourceLost(f"unknown host {host}: check the url and the name server")
    return frozenset((str(entry[4][0]), int(entry[4][1])) for entry in found)


NO_RTSP = "what answers there is no RTSP camera: check host, port and path"
WRONG_LOGIN = "wrong user or password (401)"
NO_RIGHTS = "this user may not see the stream (403)"
REFUSALS = frozenset({WRONG_LOGIN, NO_RIGHTS})
_OPEN_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (av.error.ConnectionRefusedError, "connection refused: nothing listens there; check the port"),
    (av.error.HTTPUnauthorizedError, WRONG_LOGIN),
    (av.error.HTTPForbiddenError, NO_RIGHTS),
    (av.error.HTTPNotFoundError, "no such stream (404): check the path in its url"),
    (av.error.HTTPServerError, "the camera reports an error of its own (5xx)"),
    (av.error.HTTPClientError, "the camera refuses the request: try the other transport"),
    (av.error.InvalidDataError, NO_RTSP),
    (av.error.ConnectionResetError, "the camera closed the connection"),
    (av.error.BrokenPipeError, "the camera closed the connection"),
    (av.error.EOFError, "the camera closed the connection"),
)


def made_no_sense(error: av.error.FFmpegError, took_s: float, camera: Camera) -> bool:
    """Whether nothing came that one could understand, or nothing at all in time."""
    silent = isinstance(error, (av.error.ExitError, av.error.TimeoutError))
    return silent or isinstance(error, av.error.InvalidDataError) or _quiet(took_s, camera)


def _quiet(took_s: float, camera: Camera) -> bool:
    # FFmpeg calls an answer that never came invalid data, too.
    return took_s > 0.95 * camera.connect_timeout_s


def why_not_open(error: av.error.FFmpegError, took_s: float, camera: Camera) -> str:
    """Why opening failed after `took_s`, and what to look at."""
    if _quiet(took_s, camera) or isinstance(error, (av.error.ExitError, av.error.TimeoutError)):
        return f"timed out: no answer within {camera.connect_timeout_s:g} s"
    for kind, words in _OPEN_FAILURES:
        if isinstance(error, kind):
            return words
    # `strerror` alone: the full text quotes the address.
    return f"cannot connect ({error.strerror or type(error).__name__})"
