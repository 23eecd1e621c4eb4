"""What a site allows to be seen: nothing else is kept, sent, or left at the broker."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from alerts.mqtt import connector
from alerts.outbox import Outbox
from alerts.ports import Message
from edge.core.types import Box
from edge.sources.pattern import Mark, Script, draw
from tests.peers.conftest import LYING, STANDING
from tests.support.clips import write_clip
from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import QUICK, DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.until import until

Grey = NDArray[np.uint8]
OFTEN = {"collapse": QUICK["collapse"] | {"update_s": 1}}


def filmed(path: Path, size: tuple[int, int]) -> Path:
    """The fall as the scripted network knows it, with fine stripes on the person's clothes."""
    marks = (Mark("upright", STANDING, 0, 3), Mark("down", LYING, 3))
    script = Script(marks, 4, 10, size)
    pictures = []
    for at_s in script.times_s:
        rgb = draw(marks, at_s, size)
        people = (rgb.max(-1) > 200) & (rgb.min(-1) < 60)
        stripes = np.indices(rgb.shape[:2]).sum(0) // 3 % 2 == 0
        rgb[people & stripes] = np.clip(rgb[people & stripes].astype(int) - 70, 0, 255)
        pictures.append(rgb)
    return write_clip(path, pictures, fps=10, gop=10)


def detail(grey: Grey, box: Box) -> float:
    """How much neighbours differ inside it, away from its edges."""
    height, width = grey.shape
    x, y, w, h = box.x + box.w / 4, box.y + box.h / 4, box.w / 2, box.h / 2
    part = grey[
        round(y * height) : round((y + h) * height), round(x * width) : round((x + w) * width)
    ]
    return float(np.abs(np.diff(part.astype(int), axis=1)).mean())


def is_in(rgb: NDArray[np.uint8], box: Box) -> bool:
    """Whether the person is there: the floor has no colour."""
    height, width = rgb.shape[:2]
    middle = rgb[round(box.centre[1] * height), round(box.centre[0] * width)]
    return int(middle.max()) - int(middle.min()) > 100


def grey_of(jpeg: bytes) -> Grey:
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    return np.asarray(grey, np.uint8)


def waiting(outbox: Path) -> list[bytes]:
    """Every picture that waits in the outbox."""
    with sqlite3.connect(f"file:{outbox}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT payload FROM outbox").fetchall()
    return [bytes(row[0]) for row in rows if bytes(row[0]).startswith(b"\xff\xd8")]


def camera(server: RtspServer) -> dict[str, Any]:
    return {
        "name": "hall",
        "url": server.url("/small"),
        "record_url": server.url("/large"),
        "connect_timeout_s": 3,
        "read_timeout_s": 3,
    }


def test_with_privacy_on_nobody_is_to_be_recognised_in_what_is_kept_sent_or_waits(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer]
) -> None:
    small, large = filmed(tmp_path / "s.mp4", (320, 180)), filmed(tmp_path / "l.mp4", (640, 360))
    with av.open(str(large)) as clip:
        sharp = [frame.to_ndarray(format="gray") for frame in clip.decode(video=0)]
    assert detail(sharp[-1], LYING) > 8  # so that one would see it if it were shown
    mounts = [Mount("/small", small, hold_last_s=60), Mount("/large", large, hold_last_s=60)]
    with rtsp(*mounts) as server:
        site = site_file(
            tmp_path,
            [camera(server)],
            broker.port,
            alarms=OFTEN,
            evidence={"privacy": "people", "before_s": 8, "after_s": 1, "free_mb_min": 0},
        )
        state, seen = tmp_path / "state", list[bytes]()
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
            wait_for_opened(listener, [("hall", "collapse")], 40)
            until(lambda: listener.last_raw("/hall/snapshot"), "the camera's picture")
            until(lambda: list(state.glob("evidence/*.mp4")), "the clip", 40)
            broker.kill()
            until(lambda: waiting(state / "outbox.sqlite3"), "an update's picture waits", 40)
            seen += waiting(state / "outbox.sqlite3")
            assert daemon.stop() == 0
            seen += [
                m.payload for m in listener.messages if m.topic.endswith(("/snapshot", "/plain"))
            ]
    seen += [path.read_bytes() for path in state.glob("evidence/*.jpg")]
    assert list(state.glob("evidence/*-plain.jpg"))
    pictures = [grey_of(jpeg) for jpeg in seen if jpeg]
    assert len(pictures) >= 4
    assert max(detail(grey, LYING) for grey in pictures) < 2
    (kept,) = state.glob("evidence/*.mp4")
    with av.open(io.BytesIO(kept.read_bytes())) as clip:
        assert clip.streams.video[0].width == 640
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert len(frames) >= 20
    there = [(rgb, box) for rgb in frames for box in (LYING, STANDING) if is_in(rgb, box)]
    assert {box for _, box in there} == {LYING, STANDING}
    assert max(detail(rgb[..., 0] // 2 + rgb[..., 1] // 2, box) for rgb, box in there) < 2


def test_pictures_that_wait_from_before_are_not_sent_once_they_are_forbidden(
    tmp_path: Path, broker: Mosquitto
) -> None:
    site = site_file(
        tmp_path,
        [{"name": "hall", "url": "pattern:empty"}],
        broker.port,
        evidence={"privacy": "all"},
    )
    (tmp_path / "state").mkdir(mode=0o700)
    with Outbox(tmp_path / "state" / "outbox.sqlite3") as outbox:
        topic = "floorwatch/lab/events/e/snapshot"
        outbox.put(Message(topic, b"\xff\xd8 sharp"), "e", 0, "snapshot")
    with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
        until(lambda: listener.last("/hall/health"), "connected")
        until(lambda: listener.last("/status"), "how it is doing")
        status = listener.last("/status") or {}
        assert status["outbox"]["dropped"]["snapshot"] == 1
        assert daemon.stop() == 0
        assert listener.last_raw("/e/snapshot") is None


def test_where_the_site_forbids_pictures_none_is_made_and_the_broker_forgets_the_last(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    topic = "floorwatch/lab/cameras/hall/snapshot"
    settings = broker.settings("earlier")
    with connector(settings, Message("w", b""))() as sink:
        sink.send(Message(topic, b"\xff\xd8 an older picture", retain=True))
    mounts = [Mount(path, clips / "fall.mp4", hold_last_s=60) for path in ("/small", "/large")]
    with rtsp(*mounts) as server:
        off = {"snapshot": False, "clip": False}
        site = site_file(tmp_path, [camera(server)], broker.port, alarms=OFTEN, evidence=off)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
            until(lambda: listener.last_raw(topic), "the older picture is there")
            wait_for_opened(listener, [("hall", "collapse")], 40)
            until(lambda: len(listener.events) >= 2, "an update", 40)
            assert daemon.stop() == 0
            until(lambda: listener.events[-1].phase == "closed", "closed")
            assert listener.last_raw("/hall/snapshot") == b""
            assert all(
                event.evidence.snapshot is None and event.evidence.clip is None
                for event in listener.events
            )
            pictures = [m for m in listener.messages if m.payload.startswith(b"\xff\xd8")]
            assert len(pictures) == 1  # the older one
            assert "record_packets" not in listener.camera("hall")
    assert not (tmp_path / "state" / "evidence").exists()
    with Listener(broker.settings("newcomer")) as newcomer:
        until(lambda: newcomer.last("/status"), "what the broker keeps")
        assert newcomer.last_raw(topic) is None
