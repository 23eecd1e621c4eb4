"""A bug in judging a camera's view costs neither the daemon nor an incident."""

from __future__ import annotations

import json
import re
import urllib.request
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from edge import fit
from edge.fit.look import begun
from edge.fit.measures import measure
from edge.fitness import mark
from edge.remembered import Remembered
from edge.sources.scaling import Shrinker
from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.until import until


def test_a_state_that_makes_it_fail_switches_it_off_and_the_fall_is_told(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], clips: Path
) -> None:
    with (
        rtsp(Mount("/fall", clips / "fall.mp4", hold_last_s=60)) as server,
        Listener(broker.settings("desk")) as listener,
    ):
        url = server.url("/fall")
        timeouts = {"connect_timeout_s": 3, "read_timeout_s": 3}
        camera = {"name": "hall", "url": url} | timeouts
        site = site_file(tmp_path, [camera], broker.port, fit={"enabled": True})
        with av.open(str(clips / "fall.mp4")) as film:
            picture = Shrinker((640, 384)).small(next(film.decode(video=0))).rgb
        look = begun(measure(picture))
        odd = replace(look, luma=np.zeros((3, 3), np.float32))  # whole, and of no use
        baseline = fit.Baseline((odd,)).to_bytes()
        Remembered(tmp_path / "state" / "fit").write("hall", mark(url) + baseline)
        with DaemonProcess(site) as daemon:
            wait_for_opened(listener, [("hall", "collapse")], 60)
            until(lambda: "switched off by a bug" in daemon.log, "it is said")
            found = re.search(r"http://127\.0\.0\.1:\d+/", daemon.log)
            assert found
            with urllib.request.urlopen(found.group() + "health", timeout=20) as answer:
                health = json.loads(answer.read())
            assert health["ok"] is True
            assert any("`fit to see` of camera hall" in one for one in health["concerns"])
            assert "not judged any more" in health["cameras"][0]["detail"]
            assert daemon.log.count("Traceback") == 1
            assert daemon.stop() == 0
