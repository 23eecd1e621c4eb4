"""Real falls, served over RTSP with their last picture held, judged by the shipped model.

Needs the recordings (`FLOORWATCH_DATA`); whoever lacks them sees a skip.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import Mount, RtspServer
from tests.support.site import DaemonProcess, Listener, site_file, wait_for_opened

# Of people and a room that no training saw (see models/splits.py).
FALL = "falls/gmdcsa24/Subject 1/Fall/15.mp4"


@pytest.fixture
def fall() -> Path:
    data = os.environ.get("FLOORWATCH_DATA")
    if not data:
        pytest.skip("FLOORWATCH_DATA is not set: no recordings of real falls here")
    return Path(data) / FALL


def test_a_real_fall_over_rtsp_raises_a_collapse_alert(
    tmp_path: Path, broker: Mosquitto, rtsp: type[RtspServer], fall: Path
) -> None:
    with rtsp(Mount("/fall", fall, hold_last_s=15)) as server:
        camera = {"name": "room", "url": server.url("/fall")}
        shipped = {"model": {"name": "first"}, "alarms": {}}
        site = site_file(tmp_path, [camera], broker.port, **shipped)
        with Listener(broker.settings("listener")) as listener, DaemonProcess(site):
            wait_for_opened(listener, [("room", "collapse")], 40)
