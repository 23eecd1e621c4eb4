"""`RtspSource` against a real server, and against what is none."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from threading import Event
from typing import Literal
from urllib.parse import quote

import cv2
import numpy as np
import pytest

from edge.core.types import Rgb
from edge.ports import Picture
from edge.sources.pattern import COLOURS
from tests.edge.sources.conftest import LOGIN, SCRIPT
from tests.edge.sources.rtsp_kit import refused, source, to_the_end
from tests.support.clips import write_clip
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip


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
