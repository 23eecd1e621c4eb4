"""The real daemon, asked for TensorRT where there is none: it watches all the same, and says so."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest

from edge.engines import toolchain
from edge.engines.faults import NoEngine
from tests.support.mosquitto import Mosquitto
from tests.support.site import DaemonProcess, Listener, site_file, wait_for_opened
from tests.support.until import until
from tests.support.yellow import yellow_model


def health(log: str) -> dict[str, object]:
    """What the daemon says of itself over HTTP."""
    found = re.search(r"metrics and health at (http://\S+?)\"", log)
    assert found is not None
    with urllib.request.urlopen(f"{found[1]}health", timeout=10) as answer:
        return dict(json.load(answer))


def test_the_processor_watches_where_there_can_be_no_engine(
    tmp_path: Path, broker: Mosquitto, clips: Path
) -> None:
    try:
        toolchain.find()
    except NoEngine as fault:
        why = str(fault)
    else:
        pytest.skip("there is a GPU here, and TensorRT")
    yellow_model(tmp_path / "yellow")
    floor = {"name": "floor", "url": str(clips / "spread.mp4"), "file": {"hold_last_s": 600}}
    chosen = {"path": "yellow", "backend": "tensorrt"}
    site = site_file(tmp_path, [floor], broker.port, model=chosen)
    with Listener(broker.settings("listener")) as listener, DaemonProcess(site) as daemon:
        wait_for_opened(listener, [("floor", "spill")], 60)
        until(lambda: "goes on running the network" in daemon.log, "it says so", 60)
        assert why.split(";", maxsplit=1)[0] in daemon.log
        assert health(daemon.log)["backend"] in (
            {"name": "onnx", "preparing": False},
            {"name": "openvino", "preparing": False},
        )
        status = listener.last("/status")
        assert status is not None
        assert status["counters"]["engine_preparing"] in {0, 1}
        assert daemon.stop() == 0
    assert (tmp_path / "state" / "engines").stat().st_mode & 0o777 == 0o700
