"""Who made no sense is asked a plain question before FFmpeg listens again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event

import pytest

from edge.errors import SourceLost
from edge.sources.camera import NO_RTSP
from edge.sources.knock import Doubts
from edge.sources.rtsp import RtspSource
from tests.edge.sources.rtsp_kit import FIT
from tests.support.rtsp_server import RtspServer


class Stranger:
    """Takes calls one after another, writes down what it is asked, answers what it is told to."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self._done = Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.1)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def close(self) -> None:
        self._done.set()
        self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        while not self._done.is_set():
            try:
                line, _ = self._server.accept()
            except TimeoutError:
                continue
            with line:
                line.settimeout(0.5)
                try:
                    self.asked.append(line.recv(4096))
                    line.sendall(self.answer)
                    while line.recv(4096):
                        continue
                except OSError:
                    continue


@contextmanager
def stranger(answer: bytes) -> Iterator[Stranger]:
    with closing(Stranger(answer)) as one:
        yield one


def lost(port: int, doubts: Doubts) -> str:
    url = f"rtsp://joe:secret@127.0.0.1:{port}/a"
    source = RtspSource(url, fit=FIT, sample_fps=5, connect_timeout_s=2, doubts=doubts)
    with pytest.raises(SourceLost) as caught:
        source.__enter__()
    return str(caught.value)


def by_ffmpeg(request: bytes) -> bool:
    return b"User-Agent: floorwatch" not in request


def test_rubbish_is_heard_once_and_from_then_on_asked_first() -> None:
    doubts = Doubts()
    with stranger(b"\x00rubbish\r\n" * 50) as one:
        lost(one.port, doubts)
        assert all(map(by_ffmpeg, one.asked))
        heard = len(one.asked)
        for _ in range(2):
            assert NO_RTSP in lost(one.port, doubts)
        asked = one.asked[heard:]
    assert len(asked) == 2
    assert not any(map(by_ffmpeg, asked))
    assert all(request.startswith(b"OPTIONS rtsp://127.0.0.1:") for request in asked)
    assert not any(b"secret" in request or b"joe" in request for request in asked)


def test_who_says_nothing_is_waited_for_no_longer_than_before() -> None:
    doubts = Doubts()
    doubts.note(sense=False)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert "no answer within 2 s" in lost(mute.getsockname()[1], doubts)


def test_who_speaks_rtsp_again_is_let_in_and_trusted(server: RtspServer) -> None:
    doubts = Doubts()
    doubts.note(sense=False)
    with RtspSource(server.url("/endless"), fit=FIT, sample_fps=5, doubts=doubts) as source:
        assert next(source.pictures(Event())).rgb.size
    with stranger(b"") as one:  # it made sense: whoever comes in its place is heard by FFmpeg
        lost(one.port, doubts)
        assert by_ffmpeg(one.asked[0])
