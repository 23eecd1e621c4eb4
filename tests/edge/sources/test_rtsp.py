"""`RtspSource` against a real server, and against what is none."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Literal
from urllib.parse import quote

import cv2
import numpy as np
import pytest

from edge.core.types import Rgb
from edge.errors import SourceLost
from edge.ports import Picture
from edge.sources.pattern import COLOURS
from edge.sources.rtsp import RtspSource
from tests.edge.sources.conftest import LOGIN, SCRIPT
from tests.support.clips import write_clip
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.until import until

FIT = (320, 192)


def source(
    url: str,
    *,
    transport: Literal["tcp", "udp"] = "tcp",
    username: str | None = None,
    password: str | None = None,
    sample_fps: float = 5,
    timeout_s: float = 3,
) -> RtspSource:
    return RtspSource(
        url,
        fit=FIT,
        sample_fps=sample_fps,
        transport=transport,
        username=username,
        password=password,
        connect_timeout_s=timeout_s,
        read_timeout_s=timeout_s,
    )


def to_the_end(built: RtspSource, each: Callable[[Picture], None]) -> str:
    """Plays until the source is lost; says why."""
    try:
        with built:
            for picture in built.pictures(Event()):
                each(picture)
    except SourceLost as lost:
        return str(lost)
    raise AssertionError("a live source that ends says so")


def refused(url: str, **more: str) -> str:
    with pytest.raises(SourceLost) as caught:
        source(url, username=more.get("username"), password=more.get("password")).__enter__()
    return str(caught.value)


@pytest.mark.parametrize("path", ["/h264", "/hevc"])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_every_picture_comes_and_the_end_is_a_loss(
    server: RtspServer, path: str, transport: Literal["tcp", "udp"]
) -> None:
    pictures: list[Picture] = []
    built = source(server.url(path), transport=transport, sample_fps=60)
    assert "the stream ended" in to_the_end(built, pictures.append)
    # The last may stay in the decoder of a connection that is cut.
    assert 23 <= len(pictures) <= 24
    times = [picture.pts_ns for picture in pictures]
    assert times == pytest.approx([n * 1e9 / 12 for n in range(len(times))], abs=1e6)
    assert built.packets_dropped == 0
    assert built.info.fps in (0.0, 12.0)


@pytest.mark.parametrize("path", ["/h264", "/hevc"])
def test_the_markers_survive_encoding_and_scaling(server: RtspServer, path: str) -> None:
    last: list[Picture] = []
    to_the_end(source(server.url(path)), last.append)
    width, height = SCRIPT.size
    for rgb in (last[-1].rgb, last[-1].full()):
        for mark in SCRIPT.marks:
            left, top, right, bottom = coloured(rgb, COLOURS[mark.kind])
            scale = rgb.shape[1] / width
            box = mark.box
            expected = (box.x, box.y, box.x + box.w, box.y + box.h)
            sides = np.array(expected) * (width, height, width, height) * scale
            assert np.abs(sides - (left, top, right, bottom)).max() <= 3


def coloured(rgb: Rgb, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what has nearly this colour."""
    near = np.abs(rgb.astype(int) - colour).max(axis=2) < 80
    x, y, w, h = cv2.boundingRect(near.astype(np.uint8))
    return x, y, x + w, y + h


def test_the_held_picture_stands_still(server: RtspServer) -> None:
    pictures: list[Picture] = []
    to_the_end(source(server.url("/held")), pictures.append)
    assert pictures[-1].pts_ns / 1e9 == pytest.approx(3.3, abs=0.25)
    still = [picture.rgb.astype(int) for picture in pictures if picture.pts_ns > 2.1e9]
    assert len(still) >= 5
    assert max(np.abs(rgb - still[0]).mean() for rgb in still) < 1


@pytest.mark.parametrize("auth", ["digest", "basic"])
def test_users_and_passwords(h264_clip: Path, auth: Literal["digest", "basic"]) -> None:
    user, password = LOGIN
    kind = rtsp_server_or_skip()
    with kind(Mount("/a", h264_clip, loop=True), user=user, password=password, auth=auth) as server:
        url = server.url("/a")
        inside = server.url("/a", login=f"{quote(user, safe='')}:{quote(password, safe='')}")
        for built in (source(url, username=user, password=password), source(inside)):
            with built:
                assert next(built.pictures(Event())).pts_ns == 0
        said = [
            refused(url),
            refused(url, username=user, password=password + "x"),
            refused(server.url("/a", login="joe:" + quote(password + "x", safe=""))),
        ]
        assert all("wrong user or password (401)" in line for line in said)
        for line in said:
            assert password not in line
            assert quote(password, safe="") not in line
        assert "no such stream (404)" in refused(server.url("/b"), username=user, password=password)


def test_a_path_that_is_not_there(server: RtspServer) -> None:
    assert "no such stream (404)" in refused(server.url("/nothing"))


def test_a_closed_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "connection refused" in refused(f"rtsp://127.0.0.1:{port}/a")


def test_an_unknown_host() -> None:
    assert "unknown host nowhere.invalid" in refused("rtsp://joe:secret@nowhere.invalid/a")


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


@pytest.mark.parametrize("size", [(320, 240), (180, 320), (334, 190)])
def test_other_shapes(tmp_path: Path, size: tuple[int, int]) -> None:
    kind = rtsp_server_or_skip()
    shade = np.linspace(0, 255, size[0], dtype=np.uint8)
    rgb = np.repeat(np.tile(shade, (size[1], 1))[:, :, None], 3, axis=2)
    clip = write_clip(tmp_path / "shape.mp4", [rgb] * 30)
    with kind(Mount("/a", clip)) as server, source(server.url("/a")) as built:
        picture = next(built.pictures(Event()))
        assert (built.info.width, built.info.height) == size
        assert picture.rgb.shape[0] / picture.rgb.shape[1] == pytest.approx(size[1] / size[0], 0.02)
        assert picture.full().shape == (size[1], size[0], 3)


def test_many_cameras_at_once(server: RtspServer) -> None:
    counts: dict[int, int] = {}

    def grab(number: int) -> None:
        path = ("/h264", "/hevc")[number % 2]
        pictures: list[Picture] = []
        to_the_end(source(server.url(path)), pictures.append)
        counts[number] = len(pictures)

    threads = [threading.Thread(target=grab, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [counts.get(number) for number in range(6)] == [counts[0]] * 6
    assert counts[0] >= 9
