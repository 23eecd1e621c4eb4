"""Runs are told apart by what their folders hold."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import cv2
import pytest
from rich.console import Console

from alerts.main import main
from models import run_folder
from models.digests import Digest
from models.recipe import Recipe, load
from models.recipes import find
from tests.house.tree import ROOT

pytest.importorskip("scipy", reason="the extra `evaluate` is not installed")

from models import runs
from models.runs import NoRuns

SHIPPED = load(find("shipped"))
DATA = {"rooms": Digest(211, 28, "0123456789abcdef")}
WEIGHTS = {"coco": "00112233445566aa"}


def _run(folder: Path, recipe: Recipe, steps: int, loss: float) -> Path:
    """A folder as a run leaves it, the weights left out."""
    run_folder.enter(folder, recipe)
    run_folder.record(folder, recipe, 0, DATA, WEIGHTS)
    lines = [json.dumps({"step": n, "box": loss, "spill": loss / 2}) for n in range(20, steps, 20)]
    (folder / run_folder.LOG).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_run_is_a_row(tmp_path: Path) -> None:
    _run(tmp_path / "a", SHIPPED, 101, 0.5)
    [ran] = runs.below(tmp_path)
    row = runs.row(ran)
    assert row["run"] == "a"
    assert row["steps"] == f"100/{SHIPPED.steps}"
    assert row["pictures"] == "211"
    assert row["losses"] == "box 0.500 spill 0.250"
    assert runs.as_csv([ran]).count(",") >= len(runs.COLUMNS) - 1


def test_two_runs_differ_in_what_was_changed_and_what_came_of_it(tmp_path: Path) -> None:
    one = _run(tmp_path / "a", SHIPPED, 101, 0.5)
    changed = SHIPPED.model_copy(update={"seed": 7, "shares": {**SHIPPED.shares, "rooms": 0.1}})
    other = _run(tmp_path / "b", changed, 101, 0.4)
    run_folder.add_numbers(other, {"parity": 0.001})
    run_folder.record(other, changed, 100, DATA, {"coco": "ffffffffffffffff"})
    told_on = StringIO()
    paper = Console(width=100, file=told_on)
    runs.tell_differences(runs.read(one), runs.read(other), paper)
    lines = told_on.getvalue().splitlines()[1:]
    told = {line.split()[0]: line.split()[-2:] for line in lines if "weights" not in line}
    assert [line.split() for line in lines if "weights" in line] == [
        ["weights:", "coco", "00112233445566aa", "ffffffffffffffff"]
    ]
    assert told["seed"] == [str(SHIPPED.seed), "7"]
    assert told["shares.rooms"] == ["0.03", "0.1"]
    assert told["parity"] == ["–", "0.001"]
    assert "steps" not in told
    assert "data:" not in told


def test_the_curves_are_drawn_where_a_step_taken_twice_counts_once(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `evaluate` is not installed")
    run = _run(tmp_path / "a", SHIPPED, 201, 0.5)
    log = run / run_folder.LOG
    log.write_text(log.read_text() + '{"step": 100, "box": 0.9, "spill": 0.9}\n')
    assert [line["step"] for line in run_folder.losses(run)] == list(range(20, 201, 20))
    assert run_folder.losses(run)[4]["box"] == 0.9
    log.write_text(log.read_text() + '{"step": 220, "box": 0.9, "quiet": 0.1}\n')  # other data
    run_folder.draw_losses(run)
    assert _width_px(run / run_folder.CURVES) == 880


def test_the_state_heads_of_a_site_have_curves_of_their_own(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `evaluate` is not installed")
    run = _run(tmp_path / "a", SHIPPED, 201, 0.5)
    run_folder.keep_heads_losses(run, [{"score": float(n), "quiet": 2.0} for n in range(1, 61)])
    assert run_folder.losses(run, run_folder.HEADS_LOG) == [
        {"step": 20, "score": 10.5, "quiet": 2.0},
        {"step": 40, "score": 30.5, "quiet": 2.0},
        {"step": 60, "score": 50.5, "quiet": 2.0},
    ]
    run_folder.draw_losses(run)
    assert _width_px(run / run_folder.CURVES) == 2 * 880


def _width_px(file: Path) -> int:
    picture = cv2.imread(str(file))
    assert picture is not None
    return int(picture.shape[1])


def test_data_that_changed_since_are_noticed(tmp_path: Path) -> None:
    run = _run(tmp_path / "a", SHIPPED, 101, 0.5)
    assert run_folder.record(run, SHIPPED, 100, DATA, WEIGHTS) == ()
    more = {"rooms": Digest(212, 28, "ffffffffffffffff")}
    assert run_folder.record(run, SHIPPED, 120, more, WEIGHTS) == ("data",)
    other = {"coco": "ffffffffffffffff"}
    assert run_folder.record(run, SHIPPED, 140, more, other) == ("weights",)
    assert [entry["step"] for entry in run_folder.read(run)] == [0, 100, 120, 140]


def test_what_was_noted_before_weights_were_is_no_change(tmp_path: Path) -> None:
    run = _run(tmp_path / "a", SHIPPED, 101, 0.5)
    noted = json.loads((run / run_folder.RECORD).read_text())
    del noted[0]["weights"]
    (run / run_folder.RECORD).write_text(json.dumps(noted))
    assert run_folder.record(run, SHIPPED, 100, DATA, WEIGHTS) == ()


def test_a_log_torn_by_a_power_cut_is_read_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _run(tmp_path / "a", SHIPPED, 101, 0.5)
    log = run / run_folder.LOG
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"step": 120, "bo')
    assert main(["runs", str(run), "--csv"]) == 0
    out, err = capsys.readouterr()
    assert f"100/{SHIPPED.steps}" in out
    assert err == f"{run}/log.jsonl: 1 line is torn and left out\n"
    run_folder.enter(run, SHIPPED)  # it goes on: the next line is to be one of its own
    assert log.read_bytes() == whole
    log.write_bytes(whole + bytes(64) + b"\n" + whole)
    assert run_folder.torn(run) == 1
    assert len(run_folder.losses(run)) == 5


def test_a_record_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    run = _run(tmp_path / "a", SHIPPED, 101, 0.5)
    (run / run_folder.RECORD).write_text("")
    with pytest.raises(run_folder.BadRecord, match=r"run.json: cannot be read; remove it"):
        runs.below(tmp_path)


def test_the_runs_behind_shipped_weights_are_rows_of_the_same_table() -> None:
    header, *rows = (ROOT / "models/runs.csv").read_text("utf-8").splitlines()
    assert tuple(header.split(",")) == runs.COLUMNS
    assert rows


def test_a_folder_without_runs_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoRuns, match="holds no run; `floorwatch train --out"):
        runs.below(tmp_path)
    with pytest.raises(NoRuns, match="is no run's folder: it has no recipe"):
        runs.read(tmp_path)


def test_the_verb_prints_the_table(tmp_path: Path) -> None:
    _run(tmp_path / "a", SHIPPED, 101, 0.5)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    command = [sys.executable, "-m", "alerts.main", "runs", str(tmp_path), "--csv"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert [line.split(",")[0] for line in told.splitlines()] == ["a", "b"]
