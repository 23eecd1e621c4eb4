"""`floorwatch evaluate`: it tells what replay tells, and the same again after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.errors import UserError
from alerts.event import Event
from alerts.main import main
from alerts.subscribers import journal
from models.evaluation import traces
from models.evaluation.arguments import need
from tests.house.tree import ROOT
from tests.models.evaluation.films import FALL, LIQUID, film
from tests.support.site import PROGRAM, site_file
from tests.support.until import until

DEMO = ROOT / "configs" / "demo"
HALL = {"name": "hall", "url": "rtsp://camera.invalid/"}
TRUTH = """clip,label,onset_s,end_s,light,source
fall.mp4,collapse,3,7,day,films
wet.mp4,spill,2,7,night,films
quiet.mp4,none,,,day,films
again.mp4,none,,,night,others
"""
Evaluate = Callable[..., Path]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fall and a spill that are true, nothing, and a fall that truth knows nothing of."""
    folder = tmp_path_factory.mktemp("clips")
    kinds = {"fall": FALL, "wet": LIQUID, "quiet": (), "again": FALL}
    for name, marks in kinds.items():
        film(folder / f"{name}.mp4", marks, 8.0 if name == "again" else 7.0)
    (folder / "truth.csv").write_text(TRUTH)
    return folder


@pytest.fixture
def evaluate(clips: Path, tmp_path: Path) -> Evaluate:
    """Runs it with the scripted backend, and gives the folder it wrote to."""

    def run(name: str, *words: Any) -> Path:
        site, out = site_file(tmp_path / "site", [HALL]), tmp_path / name
        said = ["--truth", clips / "truth.csv", "--config", site, "--out", out, *words]
        if "--cache" not in words:
            said += ["--cache", tmp_path / "cache"]
        assert main(["evaluate", *(str(word) for word in said)]) == 0
        return out

    return run


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def numbers(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "metrics.json").read_text()))


def test_events_numbers_and_page_are_written(
    evaluate: Evaluate, clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = evaluate("out", "--hold-last-s", 6)
    found = numbers(out)
    collapse, spill = (found["labels"][label]["all"] for label in ("collapse", "spill"))
    assert (collapse["incidents"], collapse["detected"], collapse["false_alarms"]) == (1, 1, 1)
    assert (spill["incidents"], spill["detected"], spill["false_alarms"]) == (1, 1, 0)
    assert set(found["labels"]["collapse"]["sources"]) == {"films", "others"}
    assert found["about"]["settings"]["hold_last_s"] == 6
    (truth,) = found["about"]["truth"]
    assert truth["file"] == f"{clips.name}/truth.csv"
    told = lines(out)
    keys = "clip source label event phase t_s onset_estimate_s score threshold zone box path held"
    assert all(list(line) == keys.split() for line in told)
    opened = {(line["clip"], line["label"]): line for line in told if line["phase"] == "opened"}
    assert set(opened) == {
        ("fall.mp4", "collapse"), ("wet.mp4", "spill"), ("again.mp4", "collapse"),
    }  # fmt: skip
    assert opened["fall.mp4", "collapse"]["t_s"] == pytest.approx(4.5, abs=0.6)
    assert not opened["fall.mp4", "collapse"]["held"]
    assert any(line["held"] for line in told if line["phase"] == "closed")
    assert (out / "report.html").read_text().startswith("<!")
    assert sorted(path.name for path in out.iterdir()) == [
        "events.jsonl", "metrics.json", "report.html",
    ]  # fmt: skip
    printed = capsys.readouterr()
    assert "1 of 1" in printed.out
    assert "the last picture of each clip was held 6 s" in printed.err


def test_one_job_or_two_or_again_gives_the_same_bytes(evaluate: Evaluate, tmp_path: Path) -> None:
    first = evaluate("first", "--jobs", 1, "--cache", tmp_path / "a", "--hold-last-s", 6)
    again = evaluate("again", "--jobs", 1, "--cache", tmp_path / "a", "--hold-last-s", 6)
    other = evaluate("other", "--jobs", 2, "--cache", tmp_path / "b", "--hold-last-s", 6)
    for name in ("events.jsonl", "metrics.json", "report.html"):
        assert (again / name).read_bytes() == (first / name).read_bytes()
        assert (other / name).read_bytes() == (first / name).read_bytes()


def test_a_column_of_the_truth_tells_numbers_apart(evaluate: Evaluate) -> None:
    strata = numbers(evaluate("out", "--by", "light"))["labels"]["collapse"]["strata"]
    assert set(strata["light"]) == {"day", "night"}
    assert strata["light"]["day"]["false_alarms"] == 0


def test_json_is_the_numbers(evaluate: Evaluate, capsys: pytest.CaptureFixture[str]) -> None:
    out = evaluate("out", "--json")
    assert json.loads(capsys.readouterr().out) == numbers(out)


def test_without_truth_it_says_how_often_it_cries_wolf(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = [clips / "quiet.mp4", "--normal", clips / "again.mp4"]  # truth says nothing of either
    site, out = site_file(tmp_path / "site", [HALL]), tmp_path / "out"
    said = ["evaluate", "--normal", *quiet, "--config", site, "--out", out]
    assert main([str(word) for word in (*said, "--cache", tmp_path / "cache")]) == 0
    found = numbers(out)
    collapse = found["labels"]["collapse"]["all"]
    assert (collapse["incidents"], collapse["event_recall"]) == (0, None)
    assert (collapse["false_alarms"], found["about"]["truth"]) == (1, [])
    assert collapse["normal_hours"] == pytest.approx(15 / 3600, abs=1e-4)
    assert collapse["false_alarms_per_camera_day_upper95"] > 0
    assert (out / "report.html").exists()
    assert "1 in 15 s" in capsys.readouterr().out


def test_nothing_to_evaluate_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--out", str(tmp_path / "out")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "say --truth FILE" in line
    assert "--normal PATH" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", ["tune", "verify"])
def test_a_promise_needs_truth(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = "--out" if verb == "tune" else "--thresholds"
    assert main([verb, "--normal", "quiet", file, "t.yaml"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "required: --truth;" in line


def test_a_folder_that_cannot_be_written_to_is_said_first(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    words = ["--truth", str(clips / "truth.csv"), "--out", str(tmp_path / "file" / "out")]
    assert main(["evaluate", *words, "--cache", str(tmp_path / "cache")]) == 2
    assert "say --out DIR" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["metrics.json", "report.html"])
def test_what_cannot_be_written_leaves_no_half(
    clips: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    (out / name).mkdir(parents=True)
    words = ["--truth", clips / "truth.csv", "--config", site_file(tmp_path / "site", [HALL])]
    said = ["evaluate", *words, "--out", out, "--cache", tmp_path / "cache"]
    assert main([str(word) for word in said]) == 2
    assert "say --out DIR" in capsys.readouterr().err
    assert not list(out.glob("*.part")) + list(out.glob(".*"))


def test_what_is_not_installed_is_a_line() -> None:
    need()
    with pytest.raises(UserError, match=r"^nowhere is not installed; .* pip install '\.\[evalu"):
        need("scipy", "nowhere")


@pytest.mark.parametrize("verb", ["evaluate", "tune", "verify", "compare"])
def test_help_names_the_extra(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "Needs the extra `evaluate`: pip install '.[evaluate]'" in said
    assert verb == "compare" or "Exit code: 0 " in said


def replayed(out: Path) -> list[Event]:
    clips = [str(path) for path in sorted(DEMO.glob("*.mp4"))]
    assert main(["replay", *clips, "--out", str(out)]) == 0
    return list(journal.read(out / "events.jsonl"))


def test_the_demo_is_evaluated_as_replay_tells_it(tmp_path: Path) -> None:
    events = replayed(tmp_path / "replay")
    words = ["--truth", DEMO / "truth.csv", "--out", tmp_path, "--cache", tmp_path / "cache"]
    assert main(["evaluate", *(str(word) for word in words)]) == 0
    found = [
        (
            Path(line["clip"]).stem, line["label"], line["phase"], round(line["score"], 4),
            line["threshold"], line["path"], [round(side, 4) for side in line["box"]],
        )
        for line in lines(tmp_path)
    ]  # fmt: skip
    assert found == [
        (e.camera, e.label, e.phase, e.score, e.threshold.value, e.path, list(e.box))
        for e in events
    ]
    times_s = [line["t_s"] for line in lines(tmp_path)]
    assert times_s == pytest.approx([e.detected_at.timestamp() for e in events], abs=0.0011)
    begun_s = [line["onset_estimate_s"] for line in lines(tmp_path)]
    assert begun_s == pytest.approx([e.occurred_at.timestamp() for e in events], abs=0.0011)
    assert {(e.camera, e.label) for e in events} == {("collapse", "collapse"), ("spill", "spill")}


@pytest.fixture
def begun(clips: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run with one job that has looked at a recording, and is at the next."""
    site, cache = site_file(tmp_path / "site", [HALL]), tmp_path / "begun"
    words = ["--truth", clips / "truth.csv", "--config", site, "--cache", cache]
    said = [*words, "--out", tmp_path / "out", "--jobs", "1", "--hold-last-s", "100"]
    run = subprocess.Popen(
        [PROGRAM, "evaluate", *(str(word) for word in said)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until(lambda: list(cache.glob("*.trace")) or run.poll() is not None, "one is done", 60)
        yield run
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.communicate()


def test_a_run_that_is_killed_goes_on_where_it_stopped(
    begun: subprocess.Popen[str], evaluate: Evaluate, tmp_path: Path
) -> None:
    os.killpg(begun.pid, signal.SIGKILL)
    assert begun.wait(20) == -signal.SIGKILL
    cache = tmp_path / "begun"
    kept = {path: path.stat().st_ino for path in cache.glob("*.trace")}
    assert 1 <= len(kept) < 4
    assert all(traces.read(path) is not None for path in kept)
    second = evaluate("second", "--cache", cache, "--hold-last-s", 100)
    assert {path: path.stat().st_ino for path in kept} == kept
    whole = evaluate("whole", "--cache", tmp_path / "whole-cache", "--hold-last-s", 100)
    for name in ("events.jsonl", "metrics.json"):
        assert (second / name).read_bytes() == (whole / name).read_bytes()


def test_ctrl_c_ends_a_run_with_a_line_on_what_is_kept(
    begun: subprocess.Popen[str], tmp_path: Path
) -> None:
    os.killpg(begun.pid, signal.SIGINT)  # as a terminal does
    _, said = begun.communicate(timeout=20)
    assert begun.returncode == 130
    assert "Traceback" not in said
    kept = len(list((tmp_path / "begun").glob("*.trace")))
    assert said.splitlines()[-1] == (
        f"interrupted: {kept} of 4 recordings are kept; run it again to go on"
    )
    assert not list((tmp_path / "out").iterdir())
