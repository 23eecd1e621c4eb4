"""Asking whether RTSP is spoken at all, before FFmpeg listens.

FFmpeg reads an answer byte by byte, a system call each. Something that pours out bytes without
meaning where a camera should be takes two thirds of a core that way for as long as the time-out
lasts, again at every attempt, and the other cameras wait. So whoever made no sense last time is
asked a plain question first, and only five bytes of the answer are read.
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from edge.sources.camera import NO_RTSP, Camera

_BEGINNING = b"RTSP/"


class Doubts:
    """Whether the last attempt at one camera made sense. Shared by all its connections."""

    def __init__(self) -> None:
        self._doubted = False

    def settle(self, camera: Camera) -> str | None:
        """Knocks, if there is a doubt; why FFmpeg need not try, in words, if so."""
        # Through TLS nothing is heard before the handshake, and rubbish fails it at once.
        if not self._doubted or urlsplit(camera.url).scheme.lower() != "rtsp":
            return None
        try:
            answer = _knock(camera)
        except TimeoutError:
            return f"timed out: no answer within {camera.connect_timeout_s:g} s"
        except OSError:
            return None  # FFmpeg tells why
        return None if answer == _BEGINNING else NO_RTSP

    def note(self, *, sense: bool) -> None:
        """What came of an attempt."""
        self._doubted = not sense


def _knock(camera: Camera) -> bytes:
    host, port = camera.host_port
    parts = urlsplit(camera.url)
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    request = f"OPTIONS {address} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: floorwatch\r\n\r\n"
    answer = b""
    with socket.create_connection((host, port), camera.connect_timeout_s) as line:
        line.sendall(request.encode())
        while len(answer) < len(_BEGINNING) and _BEGINNING.startswith(answer):
            more = line.recv(len(_BEGINNING) - len(answer))
            if not more:
                break
            answer += more
    return answer
