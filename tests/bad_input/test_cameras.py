"""Cameras that cannot be reached: `check` says why, the daemon tells it as health and goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from edge.sources.pattern import Script
from tests.bad_input.saying import SECRET, findings, pattern
from tests.support.clips import write_pattern
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.site import DaemonProcess, Listener, site_file
from tests.support.until import until

WORDS = {
    "password": "wrong user or password (401)",
    "nobody": "wrong user or password (401)",
    "path": "no such stream (404): check the path in its url",
    "host": "unknown host nowhere.invalid: check the url and the name server",
    "port": "connection refused: nothing listens there; check the port",
    "web": "what answers there is no RTSP camera: check host, port and path",
    "mute": "timed out: no answer within 2 s",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspServer]:
    clip = write_pattern(tmp_path_factory.mktemp("clip") / "a.mp4", Script(fps=10, size=(160, 120)))
    with rtsp_server_or_skip()(
        Mount("/a", clip, loop=True), user="joe", password=SECRET
    ) as running:
        yield running


@contextmanager
def web() -> Iterator[int]:
    """A web server where a camera is expected."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture
def cameras(tmp_path: Path, server: RtspServer) -> Iterator[list[dict[str, Any]]]:
    """One camera for each fault, named after it, and two good ones."""
    (tmp_path / "right").write_text(SECRET)
    (tmp_path / "wrong").write_text(f"{SECRET}-not")
    login = {"username": "joe", "password_file": "right"}
    with web() as web_port, closing(socket.create_server(("127.0.0.1", 0))) as mute:
        made = [
            {"name": "good", "url": server.url("/a"), **login},
            {"name": "password", "url": server.url("/a"), **login, "password_file": "wrong"},
            {"name": "nobody", "url": server.url("/a")},
            {"name": "path", "url": server.url("/b"), **login},
            {"name": "host", "url": "rtsp://nowhere.invalid/a", **login},
            {"name": "port", "url": f"rtsp://127.0.0.1:{free_port()}/a", **login},
            {"name": "web", "url": f"rtsp://127.0.0.1:{web_port}/a", **login},
            {"name": "mute", "url": f"rtsp://127.0.0.1:{mute.getsockname()[1]}/a", **login},
        ]
        yield [{"connect_timeout_s": 2, "read_timeout_s": 5} | camera for camera in made]


def test_check_says_of_each_what_to_change(
    tmp_path: Path, cameras: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        bad = findings(capsys, site_file(tmp_path, [pattern(), *cameras], broker.port))
    assert {part.removeprefix("camera ") for part in bad} == set(WORDS)
    for name, words in WORDS.items():
        assert words in bad[f"camera {name}"]


def test_the_daemon_tells_it_as_health_and_watches_the_others(
    tmp_path: Path, cameras: list[dict[str, Any]]
) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        site = site_file(tmp_path, cameras, broker.port)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:

            def health(name: str) -> dict[str, Any]:
                return listener.last(f"/cameras/{name}/health") or {"reason": "", "detail": ""}

            def told(name: str, words: str) -> bool:
                return words in health(name)["detail"]

            until(lambda: health("good")["reason"] == "ok", "the good one is watched", 60)
            for name, words in WORDS.items():
                until(partial(told, name, words), f"{name}: {words}", 60)
                assert health(name)["reason"] == "offline"
            until(lambda: listener.camera("port").get("lost", 0) >= 2, "it is tried again", 60)
            assert health("good")["reason"] == "ok"
            assert daemon.stop() == 0
        assert SECRET not in daemon.log
        assert "Traceback" not in daemon.log
