"""Tuned thresholds in a running daemon: what alarms, what events quote, what a reload does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.support.mosquitto import Mosquitto
from tests.support.site import PROGRAM, DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.tuned import kept, thresholds_file
from tests.support.until import until


def reload(site: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "reload", str(site)], check=False, capture_output=True, text=True, timeout=60
    )


def test_a_reload_takes_the_thresholds_anew_and_refuses_what_was_tuned_for_something_else(
    tmp_path: Path, broker: Mosquitto, clips: Path
) -> None:
    fall = {"url": str(clips / "fall.mp4"), "file": {"hold_last_s": 600}}
    named: dict[str, Any] = {"thresholds": "tuned.yaml"}
    site = site_file(tmp_path, [{"name": "hall"} | fall], broker.port, **named)
    path = tmp_path / "tuned.yaml"
    away = {"yard": {"collapse": kept(0.3)}}
    thresholds_file(path, thresholds={"collapse": kept(0.95)}, cameras=away)  # never reached
    with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
        until(lambda: listener.camera("hall").get("frames_inferred", 0) > 45, "it lies", 40)
        assert not listener.opened()
        assert "thresholds of cameras that are not of this site: yard" in daemon.log

        thresholds_file(path, model={"name": "old", "sha256": "ab" * 32})
        refused = reload(site)
        assert refused.returncode == 2
        assert "tuned for model old" in refused.stderr
        path.unlink()
        assert "there is no such file" in reload(site).stderr
        before = listener.camera("hall")["frames_inferred"]
        until(lambda: listener.camera("hall")["frames_inferred"] > before + 10, "it goes on")
        assert not listener.opened()

        thresholds_file(path)
        assert reload(site).returncode == 0
        wait_for_opened(listener, [("hall", "collapse")], 40)
        quoted = listener.events[0].threshold
        assert (quoted.value, quoted.source) == (0.213, "tuned.yaml, tuned 2026-11-20")
        assert (quoted.target_recall, quoted.confidence, quoted.incidents) == (0.9, 0.95, 59)
        assert listener.camera("hall")["connects"] == 1
        assert daemon.stop() == 0
