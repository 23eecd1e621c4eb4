"""Metrics and health of the daemon itself: true, and without a word that would let anybody in."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families as parse

from tests.support.mosquitto import Mosquitto, free_port
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.until import until

CAMERA_PASSWORD, BROKER_PASSWORD = "s3cret/?@", "br0ker-w0rd"


def get(url: str, path: str) -> str:
    with urllib.request.urlopen(url + path, timeout=20) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def value(url: str, name: str, **labels: str) -> float:
    """The sum of all lines that have these labels."""
    return sum(
        sample.value
        for family in parse(get(url, "metrics"))
        for sample in family.samples
        if sample.name == f"floorwatch_{name}" and labels.items() <= sample.labels.items()
    )


def cameras(server: RtspServer) -> list[dict[str, Any]]:
    login = {"username": "viewer", "password_file": "camera.secret"}
    timeouts = {"connect_timeout_s": 3, "read_timeout_s": 3}
    return [
        {"name": "hall", "url": server.url("/fall")} | login | timeouts,
        {"name": "door", "url": f"rtsp://127.0.0.1:{free_port()}/none"} | login | timeouts,
    ]


def test_a_daemon_at_work_shows_how_it_is_and_nothing_secret(
    tmp_path: Path, rtsp: type[RtspServer], clips: Path
) -> None:
    (tmp_path / "camera.secret").write_text(CAMERA_PASSWORD)
    (tmp_path / "broker.secret").write_text(BROKER_PASSWORD)
    with (
        Mosquitto(tmp_path / "broker", users={"floor": BROKER_PASSWORD}) as broker,
        rtsp(
            Mount("/fall", clips / "fall.mp4", hold_last_s=60),
            user="viewer",
            password=CAMERA_PASSWORD,
        ) as server,
    ):
        login = {"username": "floor", "password_file": "broker.secret"}
        reach = {"host": "127.0.0.1", "port": broker.port}
        site = site_file(tmp_path, cameras(server), broker.port, broker=reach | login)
        settings = replace(broker.settings("desk"), username="floor", password=BROKER_PASSWORD)
        with Listener(settings) as listener, DaemonProcess(site) as daemon:
            wait_for_opened(listener, [("hall", "collapse")], 60)
            found = re.search(r"http://127\.0\.0\.1:\d+/", daemon.log)
            assert found, "the log says where"
            url = found.group()
            shown(url)
            broker.kill()
            until(lambda: value(url, "broker_connected") == 0, "the broker is away")
            assert json.loads(get(url, "health"))["ok"] is True
            told = [get(url, path) for path in ("", "metrics", "health")] + [daemon.log]
            assert daemon.stop() == 0
    for text in told:
        for secret in (CAMERA_PASSWORD, "s3cret", BROKER_PASSWORD, "viewer"):
            assert secret not in text


def shown(url: str) -> None:
    """The one camera that works, the other one, and the incident, as the metrics tell them."""
    opened = {"camera": "hall", "label": "collapse", "phase": "opened"}
    until(lambda: value(url, "publish_seconds_count") >= 1, "a receipt of the broker", 30)
    assert value(url, "events_total", **opened) == 1
    assert value(url, "events_total", camera="door") == 0
    assert value(url, "broker_connected") == 1
    assert value(url, "camera_health", camera="hall", reason="ok") == 1
    assert value(url, "camera_health", camera="door", reason="offline") == 1
    assert value(url, "frames_inferred_total", camera="hall") > 10
    assert value(url, "memory_bytes") > 2**20
    assert 0 <= value(url, "thread_silent_seconds", thread="brain") < 60
    health = json.loads(get(url, "health"))
    assert (health["ok"], health["reasons"]) == (True, [])
    assert [one["name"] for one in health["cameras"]] == ["hall", "door"]
    assert any(words.startswith("camera door is offline") for words in health["concerns"])
