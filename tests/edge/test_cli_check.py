"""`floorwatch check`: a finding for each part, and an exit status to build upon."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from alerts.main import main
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.site import site_file
from tests.support.yellow import yellow_model

GOOD = {"name": "hall", "url": "pattern:both"}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as running:
        yield running


def findings(
    captured: pytest.CaptureFixture[str], site: Path, expected: int
) -> dict[str, dict[str, Any]]:
    assert main(["check", str(site), "--json"]) == expected
    out, err = captured.readouterr()
    assert "Traceback" not in err
    found = [dict(json.loads(line)) for line in out.splitlines()]
    assert all(set(one) == {"part", "good", "words"} for one in found)
    assert all("\n" not in one["words"] and one["words"] for one in found)
    return {one["part"]: one for one in found}


def test_a_site_that_works(
    tmp_path: Path, broker: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    found = findings(capsys, site_file(tmp_path, [GOOD], broker.port), 0)
    assert list(found) == ["model", "camera hall", "state", "broker"]
    assert all(one["good"] for one in found.values())
    assert "pattern 1" in found["model"]["words"]
    assert "640×360 at 10 fps, first picture after" in found["camera hall"]["words"]
    assert f"127.0.0.1:{broker.port}" in found["broker"]["words"]


@pytest.mark.parametrize(("asked", "until"), [("auto", False), ("tensorrt", True)])
def test_the_model_is_timed_with_what_the_daemon_would_run_it_with(
    tmp_path: Path, broker: Mosquitto, capsys: pytest.CaptureFixture[str], asked: str, until: bool
) -> None:
    yellow_model(tmp_path / "yellow")
    model = {"path": "yellow", "backend": asked}
    found = findings(capsys, site_file(tmp_path, [GOOD], broker.port, model=model), 0)
    words = found["model"]["words"]
    assert re.match(r"yellow 1 by (onnx|openvino)\b", words)
    assert ("until its TensorRT engine is ready" in words) == until


@pytest.mark.parametrize(("level", "told"), [((), False), (("--log-level", "debug"), True)])
def test_where_all_is_well_nothing_else_is_said_unless_asked_for(
    tmp_path: Path,
    broker: Mosquitto,
    capsys: pytest.CaptureFixture[str],
    level: tuple[str, ...],
    told: bool,
) -> None:
    yellow_model(tmp_path / "yellow")
    site = site_file(tmp_path, [GOOD], broker.port, model={"path": "yellow", "backend": "auto"})
    assert main(["check", str(site), *level]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["ok"] * 4
    assert ("runs the network" in err) == bool(err) == told


def test_a_dead_camera_and_a_dead_broker_are_told_part_by_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret").write_text("s3cret")
    dead = {
        "name": "door",
        "url": f"rtsp://127.0.0.1:{free_port()}/small",
        "record_url": f"rtsp://127.0.0.1:{free_port()}/large",
        "connect_timeout_s": 2,
        "username": "joe",
        "password_file": "secret",
    }
    gone = {"name": "yard", "url": "none.mp4"}
    found = findings(capsys, site_file(tmp_path, [GOOD, dead, gone], free_port()), 2)
    assert {part: one["good"] for part, one in found.items()} == {
        "model": True,
        "camera hall": True,
        "camera door": False,
        "camera door (record)": False,
        "camera yard": False,
        "state": True,
        "broker": False,
    }
    assert "none.mp4" in found["camera yard"]["words"]
    assert not any("s3cret" in one["words"] for one in found.values())


def test_a_state_folder_that_cannot_be_written_is_told(
    tmp_path: Path, broker: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    found = findings(capsys, site_file(tmp_path, [GOOD], broker.port), 2)
    assert [part for part, one in found.items() if not one["good"]] == ["state"]
    assert "state: path:" in found["state"]["words"]


def test_a_bad_model_is_not_the_cameras_fault(
    tmp_path: Path, broker: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    site = site_file(tmp_path, [GOOD], broker.port, model={"path": "model", "backend": "onnx"})
    found = findings(capsys, site, 2)
    assert [part for part, one in found.items() if not one["good"]] == ["model"]


@pytest.mark.parametrize(("grey", "words"), [(3, "almost black"), (200, "one flat colour")])
def test_a_picture_that_shows_hardly_anything_is_doubted(
    tmp_path: Path, broker: Mosquitto, capsys: pytest.CaptureFixture[str], grey: int, words: str
) -> None:
    (tmp_path / "seen").mkdir()
    assert cv2.imwrite(str(tmp_path / "seen" / "1.png"), np.full((90, 160, 3), grey, np.uint8))
    camera = {"name": "hall", "url": "seen"}
    found = findings(capsys, site_file(tmp_path, [camera], broker.port), 0)
    assert words in found["camera hall"]["words"]


def test_for_people_each_part_is_a_line(
    tmp_path: Path, broker: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    camera = GOOD | {"name": "hall [2]"}
    assert main(["check", str(site_file(tmp_path, [camera], broker.port))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "ok   model", "ok   camera hall [2]", "ok   state", "ok   broker",
    ]  # fmt: skip
    broker.kill()
    assert main(["check", str(site_file(tmp_path, [camera], broker.port))]) == 2
    assert capsys.readouterr().out.splitlines()[-1].startswith("FAIL broker: ")
