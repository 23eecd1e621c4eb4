"""The endpoint answers over a real socket what it should, and puts up with any client."""

from __future__ import annotations

import http.client
import json
import logging
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from alerts.http_server import CONNECTIONS_MAX, TIMEOUT_S
from edge.check import check
from edge.config import load
from edge.diagnosis import diagnose
from edge.endpoint import Endpoint, exposed
from edge.metrics import Metrics
from edge.vitals import ThreadVitals, Vitals
from tests.edge.pulses import VITALS
from tests.support.mosquitto import free_port
from tests.support.site import site_file
from tests.support.until import until

ILL = replace(VITALS, own_threads=(ThreadVitals("brain", 99.0, 60.0),))
SILENT_S = 60.0  # far beyond the limit on a request, even on a machine that has no time


@dataclass
class Served:
    """An endpoint at work, and the vitals it serves."""

    endpoint: Endpoint
    vitals: Vitals = VITALS

    @property
    def place(self) -> tuple[str, int]:
        assert self.endpoint.url is not None
        url = urlsplit(self.endpoint.url)
        assert url.hostname is not None
        assert url.port is not None
        return url.hostname, url.port

    def ask(self, path: str, verb: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(*self.place, timeout=SILENT_S)
        try:
            connection.request(verb, path)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.place, timeout=SILENT_S)


@contextmanager
def running(endpoint: Endpoint) -> Iterator[None]:
    stop = Event()
    thread = threading.Thread(target=endpoint.run, args=(stop,), name="http")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Served]:
    metrics = Metrics(lambda: served.vitals)
    served = Served(Endpoint(host, 0, metrics.text, lambda: diagnose(served.vitals)))
    with running(served.endpoint):
        until(lambda: served.endpoint.url, "it listens")
        yield served


def test_metrics_are_what_prometheus_reads() -> None:
    with serving() as served:
        answer, body = served.ask("/metrics")
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    names = {family.name for family in parse(body.decode())}
    assert {"floorwatch_camera_health", "process_cpu_seconds"} <= names


def test_health_is_200_while_it_works_and_503_when_it_does_not() -> None:
    with serving() as served:
        well, body = served.ask("/health")
        assert (well.status, well.getheader("Content-Type")) == (200, "application/json")
        assert json.loads(body)["ok"] is True
        served.vitals = ILL
        ill, body = served.ask("/health")
    assert ill.status == 503
    assert json.loads(body)["reasons"] == ["thread brain has shown no life for 99 s"]


def test_the_front_page_lists_both() -> None:
    with serving() as served:
        answer, body = served.ask("/")
    assert answer.status == 200
    assert b"/metrics" in body
    assert b"/health" in body


def test_only_reading_is_possible() -> None:
    with serving() as served:
        for verb in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FLOOR"):
            answer, _ = served.ask("/metrics", verb)
            assert (answer.status, answer.getheader("Allow")) == (405, "GET, HEAD"), verb
        with served.connect() as line:
            line.sendall(b"HEAD /health HTTP/1.0\r\n\r\n")
            head = b"".join(iter(partial(line.recv, 65_536), b""))
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert re.search(rb"Content-Length: \d{3,}\r\n", head)
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "path", ["/nothing", "/metrics/", "/../etc/passwd", "/health/..", "/%2e%2e/", "/Health"]
)
def test_there_are_no_other_pages(path: str) -> None:
    with serving() as served:
        answer, body = served.ask(path)
    assert (answer.status, body) == (404, b"no such page\n")


def test_the_banner_names_no_version() -> None:
    with serving() as served:
        for path in ("/", "/nothing"):
            answer, _ = served.ask(path)
            assert answer.getheader("Server") == "floorwatch"


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a browser that wants TLS
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"\xff\xfe\x00 \x00\r\n\r\n",
        b"",
    ],
)
def test_nonsense_harms_nobody(sent: bytes) -> None:
    with serving() as served:
        with served.connect() as line:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            while line.recv(65_536):
                pass
        assert served.ask("/health")[0].status == 200


def test_who_hangs_up_in_the_middle_is_no_bug() -> None:
    with serving() as served:
        for _ in range(5):
            with served.connect() as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                line.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert served.ask("/health")[0].status == 200


def test_one_who_says_a_letter_at_a_time_is_cut_off() -> None:
    with serving() as served, served.connect() as line:
        until(lambda: not _can_say(line, b"a"), "it is cut off", SILENT_S)
        assert served.ask("/health")[0].status == 200


def _can_say(line: socket.socket, word: bytes) -> bool:
    time.sleep(0.5)
    try:
        line.sendall(word)
    except OSError:
        return False
    return True


def test_many_silent_clients_are_limited_and_make_room_again() -> None:
    with serving() as served, ExitStack() as stack:
        lines = [stack.enter_context(served.connect()) for _ in range(CONNECTIONS_MAX + 4)]
        closed, _, _ = select.select(lines, [], [], SILENT_S)
        assert closed
        assert set(closed) <= set(lines[CONNECTIONS_MAX:])  # too many, so not even waited for
        assert lines[0].recv(1) == b""  # silent for too long
        until(lambda: _answers(served), "there is room again")


def _answers(served: Served) -> bool:
    try:
        return served.ask("/health")[0].status == 200
    except (http.client.HTTPException, OSError):
        return False


def test_it_stops_at_once_whoever_is_connected() -> None:
    with ExitStack() as stack:
        with serving() as served:
            place = served.place
            line = stack.enter_context(served.connect())
            line.sendall(b"GET ")
            served.ask("/")  # by now the one before is served too
            began_s = time.monotonic()
        assert line.recv(1) == b""
        assert time.monotonic() - began_s < TIMEOUT_S - 1
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place, timeout=SILENT_S)


def test_a_port_in_use_is_told_once_and_taken_when_it_is_free(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "edge.endpoint")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        endpoint = Endpoint("127.0.0.1", port, lambda: b"", lambda: diagnose(VITALS))
        with running(endpoint):
            until(lambda: "another program listens there" in caplog.text, "it is told")
            assert endpoint.url is None
            time.sleep(4)  # long enough for another try
            other.close()
            until(lambda: endpoint.url, "the port is taken")
    assert caplog.text.count("another program") == 1
    assert f"metrics and health at http://127.0.0.1:{port}/" in caplog.text


def test_an_address_of_another_machine_is_told(caplog: pytest.LogCaptureFixture) -> None:
    endpoint = Endpoint("192.0.2.1", 0, lambda: b"", lambda: diagnose(VITALS))
    with running(endpoint):
        until(lambda: "this machine has no such address" in caplog.text, "it is told")


def test_whoever_opens_it_to_the_network_is_warned(caplog: pytest.LogCaptureFixture) -> None:
    with serving("0.0.0.0"):
        until(lambda: "there is no login" in caplog.text, "the warning")
    caplog.clear()
    with serving():
        pass
    assert "no login" not in caplog.text
    assert not exposed("127.0.0.53")
    assert not exposed("::1")
    assert exposed("192.0.2.1")
    assert exposed("::")


@pytest.mark.parametrize(
    ("http", "told"),
    [
        ({"host": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "enabled": False}, False),
        ({"host": "127.0.0.1"}, False),
    ],
)
def test_check_says_who_may_see_them(http: dict[str, object], told: bool, tmp_path: Path) -> None:
    camera = {"name": "hall", "url": "no-such-clip.mp4"}
    site = site_file(tmp_path, [camera], free_port(), telemetry={"http": http})
    found = [one.words for one in check(load(site)) if one.part == "metrics"]
    assert ["there is no login" in words for words in found] == [True] * told


def test_a_bug_in_a_page_comes_out() -> None:
    def broken() -> bytes:
        raise ZeroDivisionError("a bug")

    raised: list[BaseException] = []

    def run() -> None:
        try:
            endpoint.run(Event())
        except ZeroDivisionError as error:
            raised.append(error)

    endpoint = Endpoint("127.0.0.1", 0, broken, lambda: diagnose(VITALS))
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until(lambda: endpoint.url, "it listens")
    with pytest.raises((http.client.HTTPException, OSError)):
        Served(endpoint).ask("/metrics")
    thread.join(20)
    assert [str(error) for error in raised] == ["a bug"]


def test_requests_are_not_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving() as served:
        before = len(caplog.records)
        served.ask("/metrics")
        served.ask("/nothing")
        assert len(caplog.records) == before
    assert capfd.readouterr() == ("", "")
