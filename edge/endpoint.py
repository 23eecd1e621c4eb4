"""Metrics and health over HTTP, for those who watch the watcher. Nothing depends on it: where it
cannot listen it says so once, and tries again."""

from __future__ import annotations

import errno
import ipaddress
import logging
from collections.abc import Callable
from threading import Event

from edge.diagnosis import Diagnosis
from edge.metrics import CONTENT_TYPE
from edge.pages import Page, PageServer

_AGAIN_S = 3.0
_TURN_S = 0.2  # how late a stop is noticed
_LIST = b"""floorwatch

/metrics  for Prometheus
/health   200 while the daemon does its work, else 503; why, in JSON
"""
_WORDS = {
    errno.EADDRINUSE: "another program listens there",
    errno.EACCES: "this user may not; ports from 1024 on are for everybody",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}
_log = logging.getLogger(__name__)


class Endpoint:
    """Serves what `metrics` and `health` give at the moment they are asked for. `url` is None while
    nobody is served; port 0 takes any that is free."""

    def __init__(
        self,
        host: str,
        port: int,
        metrics: Callable[[], bytes],
        health: Callable[[], Diagnosis],
    ) -> None:
        self.url: str | None = None
        self._host = host
        self._port = port
        self._pages = {
            "/": lambda: Page(_LIST),
            "/metrics": lambda: Page(metrics(), CONTENT_TYPE),
            "/health": lambda: _page(health()),
        }
        self._told = ""

    def run(self, stop: Event) -> None:
        """Until `stop`. A bug in what is served comes out."""
        while not stop.is_set():
            server = self._listen()
            if server is None:
                stop.wait(_AGAIN_S)
                continue
            with server:
                self._serve(server, stop)

    def _listen(self) -> PageServer | None:
        try:
            return PageServer(self._host, self._port, self._pages)
        except OSError as error:
            words = _WORDS.get(error.errno or 0, error.strerror or str(error))
            if words != self._told:
                self._told = words
                _log.error(
                    "no metrics and no health at %s: %s; tried again every %.0f s, or choose "
                    "another place under `telemetry: http:`",
                    _written(self._host, self._port),
                    words,
                    _AGAIN_S,
                )
            return None

    def _serve(self, server: PageServer, stop: Event) -> None:
        self.url = f"http://{_written(self._host, server.server_port)}/"
        self._told = ""
        _log.info("metrics and health at %s", self.url)
        if doubt := exposed(self._host):
            _log.warning("%s", doubt)
        try:
            while not stop.is_set():
                server.serve(_TURN_S)
        finally:
            self.url = None


def exposed(host: str) -> str:
    """What whoever chose this address should know; empty for one that only this machine reaches."""
    if ipaddress.ip_address(host).is_loopback:
        return ""
    return (
        f"metrics and health are shown on {host} to everybody who reaches this machine: "
        "there is no login, so let a firewall choose"
    )


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _page(diagnosis: Diagnosis) -> Page:
    body = (diagnosis.to_json() + "\n").encode()
    return Page(body, "application/json", 200 if diagnosis.ok else 503)
