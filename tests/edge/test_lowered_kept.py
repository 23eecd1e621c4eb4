"""Thresholds that fell in the daemon are shown by `normal show` and `check`, with why."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from alerts.main import main
from edge.config.load import load
from edge.normal.camera import CameraNormal
from edge.normal.file import to_bytes
from edge.normal.usual_scores import DAYS
from edge.normality import mark
from edge.remembered import Remembered
from edge.wiring import model
from tests.edge.test_normal_verb import FEATURES
from tests.support.site import site_file

HALL: dict[str, Any] = {"name": "hall", "url": "rtsp://hall.invalid/"}
YARD: dict[str, Any] = {"name": "yard", "url": "rtsp://yard.invalid/"}
FIXED: dict[str, Any] = {"labels": {"spill": {"threshold": 0.4}}}


def site(folder: Path, **normal: Any) -> Path:
    """A site whose hall was quiet for four weeks, all of it watched."""
    cameras = [HALL | FIXED, YARD]
    path = site_file(folder, cameras, normal={"lower_thresholds": True} | normal)
    card = folder / "model" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"features": FEATURES}))
    known = CameraNormal.empty((4, 3, 4), time.time())
    today = int(time.time() // 86_400)
    for day in range(today - DAYS + 1, today + 1):
        known.scores.days[day % DAYS], known.scores.watched[day % DAYS] = day, 86_400.0
    sha256 = model(load(path)).card.sha256
    files = Remembered(folder / "state" / "normal")
    files.write("hall", to_bytes(known, mark(sha256, HALL["url"])))
    return path


def shown(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, Any]:
    capsys.readouterr()
    assert main(["normal", "show", "hall", "--config", str(path)]) == 0
    words = capsys.readouterr().out
    assert main(["normal", "show", "hall", "--config", str(path), "--json"]) == 0
    return words, json.loads(capsys.readouterr().out)["thresholds"]


def test_normal_show_says_what_is_gone_by_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, found = shown(site(tmp_path), capsys)
    assert "threshold: collapse 0.5 is lowered to 0.25: 0 false alarms in 28.0 normal days" in words
    assert "threshold: spill 0.4 stays: the site file says so" in words
    assert "minutes ago; the daemon writes it hourly at the latest" in words
    assert found == {
        "collapse": {"used": 0.25, "before": 0.5, "lowered": True},
        "spill": {"used": 0.4, "before": 0.4, "lowered": False},
    }


def test_where_nobody_asked_for_it_nothing_is_said_to_fall(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, found = shown(site(tmp_path, lower_thresholds=False), capsys)
    assert "threshold:" not in words
    assert found["collapse"] == {"used": 0.5, "before": 0.5, "lowered": False}


def test_check_says_it_of_every_camera(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site(tmp_path)
    files = Remembered(tmp_path / "state" / "normal")
    files.write("yard", b"damaged")
    main(["check", str(path), "--json"])
    found = {one["part"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert found["lowered"]["good"]
    words = found["lowered"]["words"]
    assert "hall: collapse 0.5 is lowered to 0.25: " in words
    assert "yard: collapse 0.5 stays: its days bear no lower one yet" in words
    assert files.read("yard") == b"damaged", "who looks changes nothing"
