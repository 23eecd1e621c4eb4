"""The daemon as a process, asked for things while it runs: reload, drill, stop; and what it says to
those who watch it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import PROGRAM, DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.until import until

SECRET = "s3cret/?@%"


def asked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *words], check=False, capture_output=True, text=True, timeout=60
    )


def change(site: Path, **sections: Any) -> None:
    values = yaml.safe_load(site.read_text())
    site.write_text(yaml.safe_dump(values | sections, sort_keys=False))


def pattern(name: str, script: str = "empty", **more: Any) -> dict[str, Any]:
    return {"name": name, "url": f"pattern:{script}"} | more


def ok(listener: Listener, camera: str) -> bool:
    return (listener.last(f"/{camera}/health") or {}).get("reason") == "ok"


def test_cameras_zones_and_thresholds_change_and_the_other_camera_misses_nothing(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    mounts = [
        Mount("/quiet", clips / "quiet.mp4", loop=True),
        Mount("/fall", clips / "fall.mp4", hold_last_s=600),
    ]
    with rtsp(*mounts) as server:
        steady = {"name": "steady", "url": server.url("/quiet")}
        masked = {"name": "bed", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}
        hall = {"name": "hall", "url": server.url("/fall"), "masks": [masked]}
        site = site_file(tmp_path, [steady, hall], broker.port)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
            until(lambda: ok(listener, "steady") and ok(listener, "hall"), "both seen", 40)
            until(lambda: listener.camera("hall").get("frames_inferred", 0) > 60, "it lies", 40)
            assert not listener.opened()
            hall = {"name": "hall", "url": server.url("/fall")}
            change(site, cameras=[steady, hall, pattern("new")])
            answer = asked("reload", str(site))
            assert (answer.returncode, answer.stderr) == (0, "")
            assert "added: new" in answer.stdout
            wait_for_opened(listener, [("hall", "collapse")], 40)
            until(lambda: ok(listener, "new"), "the new camera is seen", 40)
            change(site, cameras=[steady])
            assert asked("reload", str(site)).returncode == 0
            until(lambda: ("hall", "collapse", "closed") in listener.phases(), "closed")
            until(lambda: listener.last_raw("/hall/health") == b"", "its health is taken back")
            counters = listener.camera("steady")
            assert counters["connects"] == 1
            assert counters["lost"] == 0
            assert daemon.stop() == 0
            status = listener.last("/status") or {}
            assert [camera["name"] for camera in status["cameras"]] == ["steady"]
            assert status["counters"]["reloads"] == 2


def test_a_site_file_that_fails_is_refused_and_the_old_one_stays(
    tmp_path: Path, broker: Mosquitto
) -> None:
    site = site_file(tmp_path, [pattern("hall")], broker.port)
    good = site.read_text()
    with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
        until(lambda: ok(listener, "hall"), "seen", 40)
        for wrong, words in (
            (good.replace("hall", "a/b"), "contains a slash"),
            (good + "\tx: 1\n", "tab"),
            (good.replace("port: ", "prefix: other\n  port: ", 1), "broker.prefix cannot change"),
            (good.replace("pattern:empty", "pattern:nonsense"), "no such pattern"),
            (good + "alarms: {}\n", "given twice"),
            (good.replace("pattern:empty", "nothing.mp4"), "nothing.mp4"),
        ):
            site.write_text(wrong)
            answer = asked("reload", str(site))
            assert answer.returncode == 2
            assert words in answer.stderr
            assert "Traceback" not in answer.stderr
        site.write_text(good.replace("hall", "a/b"))
        # Orders above were refused in the same words: only one more shows that this was read.
        refused = "the site file is refused, the old one stays"
        before = daemon.log.count(refused)
        os.kill(daemon.pid, signal.SIGHUP)
        until(lambda: daemon.log.count(refused) > before, "told", 20)
        site.write_text(good)
        seen = listener.camera("hall")["frames_inferred"]
        until(lambda: listener.camera("hall")["frames_inferred"] > seen, "it goes on")
        os.kill(daemon.pid, signal.SIGHUP)
        until(lambda: (listener.last("/status") or {})["counters"]["reloads"] == 1, "reloaded")
        assert daemon.stop() == 0


def test_a_drill_goes_the_whole_way_and_says_where_the_chain_breaks(
    tmp_path: Path, broker: Mosquitto
) -> None:
    dead = {"name": "dead", "url": "rtsp://127.0.0.1:9/none"}
    site = site_file(tmp_path, [pattern("hall"), dead], broker.port)
    drill = partial(asked, "drill", "--config", str(site), "--json", "--seconds", "1")
    with DaemonProcess(site) as daemon:
        until(lambda: "metrics and health at" in daemon.log, "it runs", 40)
        deaf = drill("hall", "collapse")
        assert deaf.returncode == 1
        assert "nobody subscribes" in deaf.stdout
        with Listener(broker.settings("listener")) as listener:
            until(lambda: drill("hall", "spill").returncode == 0, "it arrives", 40)
            until(lambda: len([e for e in listener.events if e.label == "spill"]) >= 2, "closed")
            opened, closed = [e for e in listener.events if e.label == "spill"][:2]
            assert opened.drill
            assert (opened.phase, closed.phase) == ("opened", "closed")
            assert opened.event_id == closed.event_id
            assert opened.evidence.snapshot is not None
            until(lambda: listener.last_raw(f"/{opened.event_id}/snapshot"), "its picture")
        blind = drill("dead", "collapse", "--patience-s", "2")
        assert blind.returncode == 1
        assert "no picture came from dead" in blind.stdout
        broker.kill()
        until(lambda: drill("hall", "spill", "--patience-s", "2").returncode == 1, "not told", 30)
        assert drill("nowhere", "spill").returncode == 2
        assert drill("hall", "fire").returncode == 2


@pytest.mark.parametrize("frozen", [False, True])
def test_a_stop_takes_five_seconds_at_most_whatever_the_broker_does(
    tmp_path: Path, broker: Mosquitto, clips: Path, frozen: bool
) -> None:
    both = {"url": str(clips / "both.mp4"), "file": {"hold_last_s": 600}}
    cameras: list[dict[str, Any]] = [{"name": f"hall{n}"} | both for n in range(3)]
    cameras.append({"name": "dead", "url": "rtsp://127.0.0.1:9/none"})
    site = site_file(tmp_path, cameras, broker.port)
    with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
        until(lambda: len(listener.opened()) == 6, "all opened", 60)
        if frozen:
            broker.freeze()
        began_s = time.monotonic()
        assert daemon.stop() == 0
        took_s = time.monotonic() - began_s
        broker.thaw()
        assert took_s <= 5.0 + _EXIT_S, daemon.log
        if frozen:
            daemon.start()  # what could not be sent waits on disk
        until(
            lambda: len([p for p in listener.phases() if p[2] == "closed"]) >= 6,
            "closed and delivered",
            40,
        )


def test_a_stop_while_it_starts_ends_it_at_once(tmp_path: Path, broker: Mosquitto) -> None:
    # A pipe that nobody writes to: reading the password hangs, as a network file system may.
    os.mkfifo(tmp_path / "password")
    login = {"host": "127.0.0.1", "port": broker.port, "username": "u", "password_file": "password"}
    site = site_file(tmp_path, [pattern("hall")], broker.port, broker=login)
    with DaemonProcess(site) as daemon:
        handled = Path(f"/proc/{daemon.pid}/status")
        until(lambda: _catches(handled.read_text(), signal.SIGTERM), "it heeds signals", 40)
        assert daemon.stop(5) == 0


def _catches(status: str, number: int) -> bool:
    mask = re.search(r"^SigCgt:\s+([0-9a-f]+)", status, re.MULTILINE)
    return mask is not None and bool(int(mask[1], 16) >> (number - 1) & 1)


# The interpreter's own leave-taking, on a machine that does other things too.
_EXIT_S = 1.5


def test_the_service_manager_hears_that_it_is_ready_alive_reloading_and_stopping(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_file(tmp_path, [pattern("hall")], broker.port)
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(0.1)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        def hears(word: bytes, times: int = 1) -> bool:
            try:
                while True:
                    heard.append(manager.recv(4096))
            except TimeoutError:
                return sum(one.startswith(word) for one in heard) >= times

        with DaemonProcess(site) as daemon:
            until(lambda: hears(b"READY=1"), "ready", 40)
            until(lambda: hears(b"WATCHDOG=1", 3), "alive", 40)
            os.kill(daemon.pid, signal.SIGHUP)
            until(lambda: hears(b"RELOADING=1"), "reloading")
            until(lambda: hears(b"READY=1", 2), "ready again")
            assert daemon.stop() == 0
            until(lambda: hears(b"STOPPING=1"), "stopping")
        assert heard[0] == b"READY=1\nSTATUS=watching 1 cameras"


def test_passwords_are_nowhere_to_be_read(
    tmp_path: Path, rtsp: type[RtspServer], clips: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "wrong").write_text(SECRET + "!")
    users = {"floor": SECRET, "desk": "pw"}
    with (
        Mosquitto(tmp_path / "broker", users=users) as broker,
        rtsp(Mount("/fall", clips / "fall.mp4", hold_last_s=60), user="v", password=SECRET) as one,
    ):
        url, login = one.url("/fall"), {"username": "v", "password_file": "secret"}
        cameras = [
            {"name": "hall", "url": url, "record_url": url} | login,
            {"name": "wrong", "url": url} | login | {"password_file": "wrong"},
        ]
        access = {"username": "floor", "password_file": "secret"}
        site = site_file(
            tmp_path,
            cameras,
            broker.port,
            broker={"host": "127.0.0.1", "port": broker.port} | access,
        )
        settings = replace(broker.settings("listener"), username="desk", password="pw")
        with Listener(settings) as listener, DaemonProcess(site, ("--log-level", "debug")) as run:
            wait_for_opened(listener, [("hall", "collapse")], 40)
            until(lambda: listener.camera("wrong").get("lost", 0) >= 1, "refused", 40)
            assert "wrong user or password" in (listener.last("/wrong/health") or {})["detail"]
            at = re.search(r"metrics and health at (http://[0-9.:]+/)", run.log)
            assert at is not None
            shown = [urllib.request.urlopen(at[1] + page).read() for page in ("metrics", "health")]
            assert asked("reload", str(site)).returncode == 0
            broker.kill()
            until(lambda: "nobody listens there" in run.log, "retried", 40)
            assert run.stop() == 0
        told = b"".join([*shown, *(message.payload for message in listener.messages)])
        read = told + run.log.encode()
        assert len(read) > 10_000
        for form in (SECRET, "s3cret", json.dumps(SECRET)[1:-1], "s3cret%2F"):
            assert form.encode() not in read
