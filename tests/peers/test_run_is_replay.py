"""`run` and `replay` give the same events of the same clip, when nothing was dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alerts.event import Event
from alerts.main import main
from alerts.subscribers import journal
from tests.support.mosquitto import Mosquitto
from tests.support.site import DaemonProcess, Listener, site_file
from tests.support.until import until


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    """What must be the same, with times counted from the first alert."""
    first = min(event.detected_at for event in events)
    return sorted(
        (
            round((event.detected_at - first).total_seconds(), 1),
            event.camera,
            event.label,
            event.phase,
            event.seq,
            event.zone,
            event.score,
            event.threshold.value,
            event.path,
            event.box,
        )
        for event in events
    )


def test_run_and_replay_agree(tmp_path: Path, broker: Mosquitto, clips: Path) -> None:
    cameras = [
        {"name": "fall", "url": str(clips / "fall.mp4"), "file": {"hold_last_s": 6}},
        {"name": "spread", "url": str(clips / "spread.mp4"), "file": {"hold_last_s": 6}},
    ]
    site = site_file(tmp_path, cameras, broker.port)
    with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
        assert daemon.wait(60) == 0
        until(lambda: len(listener.events) >= 4, "opened and closed of both")
        live = listener.events
        status = listener.last("/status")
    assert status is not None
    dropped = [camera["counters"]["frames_dropped"] for camera in status["cameras"]]
    assert dropped == [0, 0], "frames were dropped: the machine is too busy to compare"

    replayed = []
    for camera in cameras:
        # One clip at a time, with the settings of its own camera.
        out = tmp_path / f"out-{camera['name']}"
        settings = ["--config", str(site), "--camera", str(camera["name"]), "--hold-last-s", "6"]
        code = main(["replay", str(camera["url"]), *settings, "--out", str(out)])
        assert code == 0
        replayed.append(list(journal.read(out / "events.jsonl")))
    for camera, events in zip(cameras, replayed, strict=True):
        assert told(events) == told([e for e in live if e.camera == camera["name"]])
