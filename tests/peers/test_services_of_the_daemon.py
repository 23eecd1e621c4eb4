"""What the daemon does beside alerting, as a process, with a real broker and a real camera."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.resyncing import Resync
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.until import until

LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)
HOME = {"home_assistant": {"enabled": True}}


def say(broker: Mosquitto, topic: str, payload: bytes) -> None:
    with MqttSink(broker.settings("somebody")) as sink:
        sink.send(Message(topic, payload))


def ask(broker: Mosquitto, request_id: str) -> None:
    request = Resync(request_id, LONG_AGO, "the desk").to_json().encode()
    say(broker, "floorwatch/lab/resync", request)


def test_clip_is_sent_and_all_is_told_again_to_who_asks(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    with rtsp(Mount("/fall", clips / "fall.mp4", hold_last_s=30)) as server:
        camera = {"name": "hall", "url": server.url("/fall")}
        evidence = {"before_s": 2, "after_s": 1, "send_clip": True}
        site = site_file(tmp_path, [camera], broker.port, evidence=evidence)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
            wait_for_opened(listener, [("hall", "collapse")], 40)
            until(lambda: listener.last_raw("/clip"), "the clip")
            event = listener.events[0]
            clip = listener.last_raw("/clip") or b""
            kept = tmp_path / "state" / "evidence" / f"{event.event_id}.mp4"
            assert kept.read_bytes() == clip
            last = [m for m in listener.messages if m.topic.endswith("/clip")]
            assert [m.topic for m in last] == [f"floorwatch/lab/events/{event.event_id}/clip"]
            assert not last[0].retain
            ask(broker, "one")
            until(lambda: any(one.replayed for one in listener.events), "told again")
            until(lambda: counters(listener)["resyncs_answered"] == 1, "counted")
            daemon.stop()
            until(lambda: any(one.phase == "closed" for one in listener.events), "closed")
        again = [(e.event_id, e.seq) for e in listener.events if e.replayed]
        assert again == [(e.event_id, e.seq) for e in listener.events][: len(again)]
        vouched = [e.evidence.clip for e in listener.events if e.evidence.clip is not None]
        assert {file.sha256 for file in vouched} == {hashlib.sha256(clip).hexdigest()}


def counters(listener: Listener) -> dict[str, float]:
    return dict((listener.last("/status") or {})["counters"])


def test_home_assistant_is_told_of_cameras_that_come_and_go(
    tmp_path: Path, broker: Mosquitto, clips: Path
) -> None:
    def camera(name: str) -> dict[str, Any]:
        return {"name": name, "url": str(clips / "fall.mp4"), "file": {"hold_last_s": 600}}

    site = site_file(tmp_path, [camera("hall"), camera("door")], broker.port, **HOME)
    everything = ["floorwatch/#", "homeassistant/#"]
    with keeping(broker.settings("ha"), *everything) as kept, DaemonProcess(site) as daemon:
        until(lambda: len(configs(kept.received)) == 3, "three devices")
        until(lambda: b"ON" in kept.on("/cameras/hall/collapse"), "an incident is open")
        assert kept.on("/cameras/hall/collapse")[0] == b"OFF"
        before = len(kept.on("/config"))
        say(broker, "homeassistant/status", b"online")
        until(lambda: len(kept.on("/config")) >= before + 3, "told again")
        loaded = yaml.safe_load(site.read_text())
        loaded["cameras"] = [camera("hall")]
        site.write_text(yaml.safe_dump(loaded))
        os.kill(daemon.pid, signal.SIGHUP)
        until(lambda: len([c for c in configs(kept.received).values() if c]) == 2, "taken back")
        assert kept.on("/cameras/door/collapse")[-1] == b""
        daemon.stop()


def configs(received: list[Any]) -> dict[str, Any]:
    """The last discovery of each device; None where it was taken back."""
    found = {}
    for one in list(received):
        if one.topic.endswith("/config"):
            found[one.topic] = json.loads(one.payload) if one.payload else None
    return found
