"""What goes wrong with a camera, and what is said of it."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import Literal

import pytest

from edge.errors import SourceLost
from edge.ports import Picture
from tests.edge.sources.rtsp_kit import refused, source, to_the_end
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.until import until


@contextmanager
def stranger(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Something that accepts connections and is no camera; gives its URL."""
    done = Event()

    def serve(listener: socket.socket) -> None:
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(0.1)
                try:
                    behave(connection)
                    done.wait(20)
                except OSError:
                    continue

    with socket.socket() as listener:
        listener.settimeout(0.1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield f"rtsp://joe:secret@127.0.0.1:{listener.getsockname()[1]}/a"
        finally:
            done.set()
            thread.join()


def silent(connection: socket.socket) -> None:
    del connection


def garbage(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(os.urandom(200_000))


def endless_garbage(connection: socket.socket) -> None:
    connection.recv(4096)
    while True:  # until nobody reads it
        connection.sendall(os.urandom(100_000))


def empty_lines(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\r\n" * 50_000)


def hangs_up(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.shutdown(socket.SHUT_RDWR)


def busy(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"RTSP/1.0 503 Service Unavailable\r\nCSeq: 1\r\n\r\n")


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (silent, "timed out: no answer within 3 s"),
        (garbage, "no RTSP camera|timed out"),
        (endless_garbage, "no RTSP camera|timed out"),
        (empty_lines, "no RTSP camera"),
        (hangs_up, "no RTSP camera|closed the connection"),
        (busy, "error of its own"),
    ],
)
def test_what_answers_is_no_camera(
    behave: Callable[[socket.socket], None], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    with stranger(behave) as url, pytest.raises(SourceLost, match=words) as caught:
        source(url).__enter__()
    assert "secret" not in repr(caught.value) + caplog.text
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_killed_server_is_a_loss_and_a_new_source_connects(own_server: RtspServer) -> None:
    url = own_server.url("/endless")
    seen: list[Picture] = []

    def kill_at_third(picture: Picture) -> None:
        seen.append(picture)
        if len(seen) == 3:
            own_server.kill()

    why = to_the_end(source(url), kill_at_third)
    assert "ended" in why or "broke" in why
    assert "connection refused" in refused(url)
    own_server.restart()
    with source(url) as again:
        assert next(again.pictures(Event())).pts_ns == 0


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_silence_is_a_loss_and_its_connection_is_given_back(
    own_server: RtspServer, transport: Literal["tcp", "udp"]
) -> None:
    seen: list[Picture] = []

    def freeze_at_third(picture: Picture) -> None:
        seen.append(picture)
        if len(seen) == 3:
            own_server.freeze()

    threads = threading.active_count()
    built = source(own_server.url("/endless"), transport=transport, timeout_s=1)
    assert "no data for 1 s" in to_the_end(built, freeze_at_third)
    until(lambda: threading.active_count() <= threads, "the reading thread to end")
    own_server.thaw()


def test_stop_ends_a_silent_read(own_server: RtspServer) -> None:
    stop, threads = Event(), threading.active_count()
    built = source(own_server.url("/endless"))
    ended = Event()

    def grab() -> None:
        with built:
            for _ in built.pictures(stop):
                own_server.freeze()
        ended.set()

    thread = threading.Thread(target=grab)
    thread.start()
    until(lambda: own_server.frozen, "the server to be frozen")
    stop.set()
    assert ended.wait(2.5), "stop must end a read in which nothing comes"
    own_server.thaw()
    until(lambda: threading.active_count() <= threads, "all threads to end")
    thread.join()


def garbles_the_middle(connection: socket.socket, line: socket.socket, after_bytes: int) -> None:
    """Passes on what a camera sends; garbage without end after so many bytes."""
    passed = 0
    while True:
        for side, other in ((connection, line), (line, connection)):
            with contextlib.suppress(TimeoutError):
                data = side.recv(65_536)
                if not data:
                    return
                passed += len(data) * (side is line)
                other.sendall(data if passed < after_bytes else os.urandom(100_000))


def test_garbage_without_end_in_mid_stream_is_a_loss_and_leaves_nothing_behind(
    own_server: RtspServer,
) -> None:
    threads = threading.active_count()
    with socket.create_connection(("127.0.0.1", own_server.port)) as line:
        line.settimeout(0.02)
        through = partial(garbles_the_middle, line=line, after_bytes=20_000)
        with stranger(through) as url:
            seen: list[Picture] = []
            built = source(url.replace("/a", "/endless"), timeout_s=20, silent_s=2)
            why = to_the_end(built, seen.append)
            assert any(word in why for word in ("no data", "broke", "ended", "no picture")), why
            assert seen
    until(lambda: threading.active_count() <= threads, "all threads to end")


def test_a_clock_that_turns_back_is_a_loss(server: RtspServer) -> None:
    why = to_the_end(source(server.url("/back")), lambda _: None)
    assert why == "stream clock jumped back by 1.1 s"


def test_what_is_not_decodable_is_counted_and_in_the_end_a_loss(h264_clip: Path) -> None:
    """Whole packets whose slices are noise."""
    kind = rtsp_server_or_skip()
    with kind(Mount("/noise", h264_clip, loop=True, noise_from_unit=10)) as server:
        built = source(server.url("/noise"), timeout_s=1)
        why = to_the_end(built, lambda _: None)
    assert "no picture could be decoded for 1 s" in why
    assert built.skipped > 5
