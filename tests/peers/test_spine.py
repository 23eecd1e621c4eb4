"""The whole way: a real RTSP server, the daemon as a process, a real broker, a subscriber."""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path
from typing import Any

import av

from tests.support.mosquitto import Mosquitto, free_port
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.until import until


def camera(name: str, url: str, **more: Any) -> dict[str, Any]:
    timeouts = {"connect_timeout_s": 3, "read_timeout_s": 3}
    return {"name": name, "url": url} | timeouts | more


def test_clips_over_rtsp_come_out_as_exactly_the_expected_alerts(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    mounts = [
        Mount("/fall", clips / "fall.mp4", hold_last_s=30),
        Mount("/spread", clips / "spread.mp4", hold_last_s=30),
        Mount("/quiet", clips / "quiet.mp4", hold_last_s=30),
    ]
    with rtsp(*mounts, user="viewer", password="s3cret/?@") as server:
        (tmp_path / "secret").write_text("s3cret/?@\n")
        login = {"username": "viewer", "password_file": "secret"}
        cameras = [
            camera("hall", server.url("/fall"), **login),
            camera("aisle", server.url("/spread"), transport="udp", **login),
            camera("door", server.url("/quiet"), **login),
        ]
        site = site_file(tmp_path, cameras, broker.port)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
            wait_for_opened(listener, [("aisle", "spill"), ("hall", "collapse")], 40)
            until(lambda: listener.last("/hall/health"), "health of the camera")
            assert (listener.last("/hall/health") or {})["reason"] == "ok"
            assert daemon.stop() == 0
            closed = [p for p in listener.phases() if p[2] == "closed"]
            until(lambda: len([p for p in listener.phases() if p[2] == "closed"]) == 2, "closed")
            assert "s3cret" not in daemon.log, closed
        assert listener.opened() == [("aisle", "spill"), ("hall", "collapse")]
    kept = tmp_path / "state" / "evidence"
    assert len(list(kept.glob("*.jpg"))) >= 2
    for path in kept.glob("*.mp4"):
        with av.open(str(path)) as clip:
            pictures = [frame.pts for frame in clip.decode(video=0)]
        assert len(pictures) >= 20
        assert pictures == sorted(set(pictures))
    assert len(list(kept.glob("*.mp4"))) == 2


def test_camera_killed_in_mid_stream_is_recovered_and_the_gap_counted(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    with rtsp(Mount("/fall", clips / "fall.mp4", hold_last_s=30)) as server:
        site = site_file(tmp_path, [camera("hall", server.url("/fall"))], broker.port)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site):
            until(lambda: listener.camera("hall").get("frames_read", 0) >= 3, "first pictures")
            server.kill()
            until(lambda: (listener.last("/hall/health") or {})["reason"] == "offline", "offline")
            server.restart()
            wait_for_opened(listener, [("hall", "collapse")], 40)
            until(lambda: listener.camera("hall").get("connects", 0) >= 2, "counted as connected")
            assert listener.camera("hall")["lost"] >= 1
            assert (listener.last("/hall/health") or {})["reason"] == "ok"


def test_second_stream_is_recorded_and_the_first_is_looked_at(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    mounts = [
        Mount("/small", clips / "fall.mp4", hold_last_s=30),
        Mount("/large", clips / "large.mp4", hold_last_s=30),
    ]
    with rtsp(*mounts) as server:
        hall = camera("hall", server.url("/small"), record_url=server.url("/large"))
        site = site_file(tmp_path, [hall], broker.port, evidence={"before_s": 2, "after_s": 1})
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site):
            wait_for_opened(listener, [("hall", "collapse")], 40)
            kept = tmp_path / "state" / "evidence"
            until(lambda: list(kept.glob("*.mp4")), "the clip is written")
            until(lambda: listener.camera("hall").get("record_packets"), "packets are counted")
    (path,) = kept.glob("*.mp4")
    with av.open(str(path)) as clip:
        assert clip.streams.video[0].width == 640


def test_bad_cameras_leave_the_good_ones_alone(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    names = ["four", "one", "three", "two"]
    mounts = [
        Mount("/fall", clips / "fall.mp4", hold_last_s=60),
        Mount("/garbled", clips / "fall.mp4", loop=True, noise_from_unit=20),
    ]
    with rtsp(*mounts) as server, socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        good = [camera(name, server.url("/fall")) for name in names]
        bad = [
            camera("dead", f"rtsp://127.0.0.1:{free_port()}/none"),
            camera("mute", f"rtsp://127.0.0.1:{mute.getsockname()[1]}/none"),
            camera("garbled", server.url("/garbled")),
        ]
        alone_ms = decided_after_ms(tmp_path / "alone", broker, good, names)
        among_ms = decided_after_ms(tmp_path / "among", broker, [*bad, *good], names)
    # A camera that made others wait would cost them its time-outs of 3 s.
    assert among_ms <= 3 * alone_ms + 100, (alone_ms, among_ms)


def decided_after_ms(
    folder: Path, broker: Mosquitto, cameras: list[dict[str, Any]], good: list[str]
) -> float:
    """Runs until every good camera has told its incident and every other one has been lost twice;
    gives how long after a picture the decision on it fell, on average over the good ones."""
    site = site_file(folder, cameras, broker.port)
    bad = [one["name"] for one in cameras if one["name"] not in good]
    with Listener(broker.settings(folder.name)) as listener, DaemonProcess(site):
        wait_for_opened(listener, [(name, "collapse") for name in good], 60)
        for name in bad:
            until(partial(lost_twice, listener, name), f"{name} is retried and counted", 40)
        for name in good:
            counters = listener.camera(name)
            assert counters["lost"] == 0
            assert counters["frames_inferred"] >= 0.9 * counters["frames_read"] - 5
        return sum(listener.camera(n)["decided_after_ms_mean"] for n in good) / len(good)


def lost_twice(listener: Listener, name: str) -> bool:
    return listener.camera(name).get("lost", 0) >= 2


def test_broker_killed_while_an_incident_happens_loses_and_reorders_nothing(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    with rtsp(Mount("/fall", clips / "short.mp4")) as server:
        site = site_file(tmp_path, [camera("hall", server.url("/fall"))], broker.port)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
            until(lambda: listener.camera("hall").get("frames_read", 0) >= 1, "first picture")
            broker.kill()
            # The stream ends and begins again, so that one incident opens, closes and reopens
            # while nobody can be told: the outage lasts two rounds of 9 s.
            until(
                lambda: daemon.log.count("camera=hall connected") >= 3, "two rounds of the clip", 90
            )
            assert not listener.events
            broker.start()
            until(lambda: len(listener.phases()) >= 4, "what happened meanwhile", 30)
            by_event: dict[str, list[int]] = {}
            for event in listener.events:
                seqs = by_event.setdefault(event.event_id, [])
                if event.seq not in seqs:
                    seqs.append(event.seq)
            assert all(seqs == list(range(len(seqs))) for seqs in by_event.values()), by_event
            assert all(event.durable for event in listener.events)


def test_refusal_by_acl_is_not_taken_for_success(
    tmp_path: Path, rtsp: type[RtspServer], clips: Path
) -> None:
    acl = "user floor\ntopic write floorwatch/lab/status\ntopic write floorwatch/lab/availability\n"
    acl += "user desk\ntopic read #\n"
    users = {"floor": "pw", "desk": "pw"}
    with (
        Mosquitto(tmp_path / "broker", users=users, acl=acl) as broker,
        rtsp(Mount("/fall", clips / "fall.mp4", hold_last_s=10)) as server,
    ):
        (tmp_path / "secret").write_text("pw")
        access = {"username": "floor", "password_file": "secret"}
        site = site_file(
            tmp_path,
            [camera("hall", server.url("/fall"))],
            broker.port,
            broker={"host": "127.0.0.1", "port": broker.port} | access,
        )
        settings = broker.settings("listener")
        with (
            Listener(_as_user(settings, "desk", "pw")) as listener,
            DaemonProcess(site) as daemon,
        ):
            until(
                lambda: (
                    (listener.last("/status") or {"outbox": {"dead": 0}})["outbox"]["dead"] >= 1
                ),
                "counted as a dead letter",
                40,
            )
            assert not listener.events
            assert "refused for good" in daemon.log


def _as_user(settings: Any, username: str, password: str) -> Any:
    from dataclasses import replace  # noqa: PLC0415  (only here)

    return replace(settings, username=username, password=password)
