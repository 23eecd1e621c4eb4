"""One RTSP connection: connecting, reading packets, and saying in plain words why it failed.

Shared by `RtspSource` (decodes) and `PacketStream` (only records). Nothing said here repeats an
error text of FFmpeg, which quotes the address with its password; messages name host and port.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Literal
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import av
import av.error

from edge.errors import SourceLost
from edge.sources.decoding import VideoPacket

# A blocked read is broken this often to look at `stop`.
SLICE_S = 0.8
_RTSP_PORT = 554
_ANALYSE_US = 1_000_000


@dataclass(frozen=True)
class Camera:
    """Where a stream is and how it is asked for. Address and credentials stay out of `repr`."""

    url: str = field(repr=False)
    transport: Literal["tcp", "udp"] = "tcp"
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 10.0

    @property
    def where(self) -> str:
        """Host and port: all that a message may say of the address."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or _RTSP_PORT}"

    @property
    def address(self) -> str:
        """The address for FFmpeg, credentials percent-encoded in it. A secret."""
        parts = urlsplit(self.url)
        user = self.username if self.username is not None else unquote(parts.username or "")
        password = self.password if self.password is not None else unquote(parts.password or "")
        host = parts.netloc.rpartition("@")[2]
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return urlunsplit(parts._replace(netloc=login + host))


class Wire:
    """A connection to one camera's video stream, opened once."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._container: av.container.InputContainer | None = None
        self._stream: av.VideoStream | None = None

    @property
    def stream(self) -> av.VideoStream:
        """The open video stream."""
        if self._stream is None:
            raise RuntimeError("not connected")
        return self._stream

    def open(self) -> None:
        """Connects and learns what the camera sends. Raises `SourceLost`."""
        camera = self._camera
        _resolve(camera)
        failure = self._try_open()
        if failure:
            self.close()
            raise SourceLost(f"{camera.where}: {failure}")

    def _try_open(self) -> str | None:
        """Opens; the reason in words when it does not work.

        A word instead of an exception, so that FFmpeg's own, with the address in it, is not
        carried along as the context of ours.
        """
        camera = self._camera
        options = {
            "rtsp_transport": camera.transport,
            "timeout": str(int(camera.connect_timeout_s * 1e6)),
            "analyzeduration": str(_ANALYSE_US),
            # With a second medium FFmpeg shifts the video's clock at the first RTCP report.
            "allowed_media_types": "video",
        }
        try:
            self._container = av.open(
                camera.address,
                mode="r",
                format="rtsp",
                options=options,
                timeout=(camera.connect_timeout_s, SLICE_S),
            )
        except av.error.FFmpegError as error:
            return _why_not_open(error, camera)
        streams = self._container.streams.video
        if not streams:
            return "the stream has no video: check the path in its url"
        # An unknown codec leaves the stream without a codec context.
        if getattr(streams[0], "codec_context", None) is None:
            return "the video codec is not supported: set the camera to H.264 or H.265"
        if not streams[0].codec_context.width:
            return (
                f"connected, but no video came within {camera.connect_timeout_s:g} s; "
                "check that the stream is enabled on the camera"
            )
        self._stream = streams[0]
        return None

    def read(self, stop: Event) -> Generator[VideoPacket, None, None]:
        """Yields packets until `stop` is set, then ends; raises `SourceLost` when they cease."""
        heard_s = time.monotonic()
        while not stop.is_set():
            try:
                for packet in self._demux():
                    if stop.is_set():
                        return
                    if packet.size:
                        yield packet
                        heard_s = time.monotonic()  # after: a slow reader is not a silent camera
                failure = "the stream ended"
            except av.error.ExitError:
                if time.monotonic() - heard_s < self._camera.read_timeout_s:
                    continue
                failure = f"no data for {self._camera.read_timeout_s:g} s"
            except av.error.FFmpegError as error:
                failure = _why_not_read(error)
            if not stop.is_set():
                raise SourceLost(f"{self._camera.where}: {failure}")

    def _demux(self) -> Iterator[VideoPacket]:
        if self._container is None:
            raise RuntimeError("not connected")
        return self._container.demux(self.stream)

    def close(self) -> None:
        """Gives the connection back; more than once is fine."""
        container, self._container, self._stream = self._container, None, None
        if container is not None:
            container.close()


def _resolve(camera: Camera) -> None:
    parts = urlsplit(camera.url)
    try:
        socket.getaddrinfo(parts.hostname, parts.port or _RTSP_PORT, type=socket.SOCK_STREAM)
        return
    except OSError:
        pass
    raise SourceLost(f"unknown host {parts.hostname}: check the url and the name server")


_OPEN_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (av.error.ConnectionRefusedError, "connection refused: nothing listens there; check the port"),
    (av.error.HTTPUnauthorizedError, "wrong user or password (401)"),
    (av.error.HTTPForbiddenError, "this user may not see the stream (403)"),
    (av.error.HTTPNotFoundError, "no such stream (404): check the path in its url"),
    (av.error.HTTPServerError, "the camera reports an error of its own (5xx)"),
    (av.error.HTTPClientError, "the camera refuses the request: try the other transport"),
    (av.error.InvalidDataError, "what answers there does not speak RTSP, or sends no video"),
    (av.error.ConnectionResetError, "the camera closed the connection"),
    (av.error.BrokenPipeError, "the camera closed the connection"),
    (av.error.EOFError, "the camera closed the connection"),
)


def _why_not_open(error: av.error.FFmpegError, camera: Camera) -> str:
    if isinstance(error, (av.error.ExitError, av.error.TimeoutError)):
        return f"timed out: no answer within {camera.connect_timeout_s:g} s"
    for kind, words in _OPEN_FAILURES:
        if isinstance(error, kind):
            return words
    # `strerror` alone: the full text quotes the address.
    return f"cannot connect ({error.strerror or type(error).__name__})"


def _why_not_read(error: av.error.FFmpegError) -> str:
    return f"the connection broke ({error.strerror or type(error).__name__})"
