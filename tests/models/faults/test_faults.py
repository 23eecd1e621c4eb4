"""Every fault is a pure function that leaves a well camera well."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts import main
from edge.core.types import Rgb
from models.faults.catalogue import CATALOGUE, Fault, named
from models.faults.cli import NAMES
from models.faults.inject import Injection, injected
from models.synth.video import Coding, write_video
from tests.edge.fit.rooms import room

IDS = [fault.name for fault in CATALOGUE]


def small(seed: int) -> Rgb:
    return np.asarray(cv2.resize(room(seed), (320, 180), interpolation=cv2.INTER_AREA), np.uint8)


def test_the_verb_names_them_all() -> None:
    assert tuple(IDS) == NAMES


@pytest.mark.parametrize("fault", CATALOGUE, ids=IDS)
def test_the_same_draws_give_the_same_picture(fault: Fault) -> None:
    rgb = small(0)
    once, again = (fault.draw(rgb, 7.0, fault.strengths[0], 3) for _ in range(2))
    assert once.shape == rgb.shape
    assert once.dtype == np.uint8
    assert np.array_equal(once, again)
    assert np.array_equal(rgb, small(0))


@pytest.mark.parametrize(
    "fault", [one for one in CATALOGUE if not one.windowed], ids=lambda one: one.name
)
def test_without_strength_nothing_is_wrong(fault: Fault) -> None:
    assert np.array_equal(fault.draw(small(0), 7.0, 0.0, 3), small(0))


@pytest.mark.parametrize(
    "fault", [one for one in CATALOGUE if not one.repeats], ids=lambda one: one.name
)
def test_at_its_weakest_it_shows(fault: Fault) -> None:
    rgb = small(0)
    hurt, well = (fault.draw(rgb, 7.0, how, 3) for how in (fault.strengths[0], 0.0))
    assert np.abs(hurt.astype(int) - well).mean() > 3


def test_a_frozen_camera_repeats_its_last_good_picture() -> None:
    (still,) = named(["still"])
    out = list(injected([(float(at), small(at)) for at in range(5)], Injection(still, 1, 2, 0, 0)))
    assert np.array_equal(out[1][1], small(1))
    assert all(np.array_equal(rgb, small(1)) for _, rgb in out[2:])


def test_a_fault_grows() -> None:
    (dark,) = named(["dark"])
    growing = Injection(dark, 1.0, 10.0, 20.0, 0)
    assert [growing.strength_at(at) for at in (9.0, 10.0, 20.0, 30.0, 99.0)] == [0, 0, 0.5, 1, 1]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "room.mp4"
    write_video(path, [small(at) for at in range(10)], (320, 180), 5, Coding(20, "ultrafast", 4000))
    return path


def test_clips_and_a_table_are_written(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main.main(["faults", str(clip), "--fault", "black", "--out", str(out)]) == 0
    rows = list(csv.DictReader((out / "faults.csv").read_text().splitlines()))
    assert [(row["clip"], row["reason"], row["onset_s"]) for row in rows] == [
        ("room-black-1.mp4", "dark", "75.0")
    ]
    assert (out / "room-black-1.mp4").stat().st_size > 1000
    assert (out / "faults.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_found_is_counted(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["faults", str(clip), "--measure", "--fault", "black", "--per-clip", "1", "--json"]
    assert main.main(asked) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["all"]["found"] == said["all"]["tried"] == 1
    assert said["untouched"]["false_reports"] == 0


def test_a_folder_without_clips_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["faults", str(tmp_path), "--measure"]) == 2
    assert "holds no recording" in capsys.readouterr().err
