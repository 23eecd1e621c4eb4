"""`floorwatch compare`: what it prints, and the files it refuses."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from alerts.errors import UserError
from models.evaluation import compare
from models.evaluation.metrics_file import BadMetrics
from tests.models.evaluation.measured import alarm, floors, incident, metrics

Given = Callable[..., Path]


@pytest.fixture
def given_as(tmp_path: Path) -> Given:
    def write(name: str, content: object) -> Path:
        path = tmp_path / name / "metrics.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def run(*words: object) -> int:
    """The verb by itself, as the command would call it."""
    parser = argparse.ArgumentParser()
    compare.add(parser.add_subparsers())
    args = parser.parse_args(["compare", *map(str, words)])
    return int(args.run(args))


BAD: dict[str, tuple[object, str]] = {
    "no JSON": ("version: 1", "not a metrics.json of `floorwatch evaluate`: the file: Invalid"),
    "another JSON": ({"version": 1}, "`floorwatch evaluate`: metrics_version: Field required"),
    "a list": ([1], "not a metrics.json"),
    "newer": (
        {"metrics_version": 2},
        "of version 2, this floorwatch compares 1; evaluate again",
    ),
    "a hole in it": (
        {key: value for key, value in metrics().items() if key != "incidents"},
        "incidents: Field required",
    ),
    "a word for a number": (
        metrics([incident("x", 1.0, best="high")]),
        "incidents.0.best: Input should be a valid number",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_metrics_file_is_told_in_one_line(given_as: Given, what: str) -> None:
    content, words = BAD[what]
    path = given_as("bad", content)
    with pytest.raises(BadMetrics) as caught:
        run(given_as("good", metrics()), path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UserError, match="`floorwatch evaluate` writes it"):
            run(path, path)


def test_what_one_model_was_trained_on_is_said(
    given_as: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = [incident("one", 2.0, in_training=True), incident("alone", 1.0, in_training=True)]
    first, second = given_as("a", metrics(seen)), given_as("b", metrics([("one", None)]))
    assert run(first, second) == 0
    words = capsys.readouterr().out
    assert "the model of A was trained on 1 of the incidents below: it flatters" in words
    assert "the model of B" not in words
    assert run(first, second, "--json") == 0
    assert json.loads(capsys.readouterr().out)["trained_on"] == {"a": 1, "b": 0}


def test_for_people(given_as: Given, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"fall {n}" for n in range(8)]
    a = metrics([(name, None) for name in names], [alarm("corridor.mp4", 61.5, held=True)])
    b = metrics([(name, 3.0) for name in names], about={"model": {"name": "second"}})
    first, second = given_as("a", a), given_as("b", b)
    assert run(first.parent, second, "--sources") == 0  # a folder will do
    out = capsys.readouterr().out
    assert f"A  {first}\nB  {second}\n" in out
    assert "model.name: first → second" in out
    assert "collapse: 8 incidents in common" in out
    assert "collapse in lab: 8 incidents in common" in out
    shown = " ".join(out.split())
    assert "recall 0.00 (≥ 0.00) 1.00 (≥ 0.68) +1.00 hardly, p = 0.0078" in shown  # 2 × 0.5⁸
    assert "it alone found 0 8" in shown
    assert "false alarms 1 in 2 hours 0 in 2 hours a camera-day" in shown
    assert "a camera-day 12 (≤ 15) 0 (≤ 3.0) -12.0 may be, p = 1" in shown
    assert "alert, half in (s) – 3.0 –" in shown
    assert all(len(line) <= 80 for line in out.splitlines() if "≥" in line)
    assert "found by B alone: 8" in out
    assert "fall 7  lab/fall 7.mp4  after 3.0 s, would trip up to 0.800; the other up to 0.1" in out
    assert "false alarms of A alone: 1" in out
    assert "lab/corridor.mp4  at 61.5 s, score 0.400, last picture held" in out


def test_the_same_twice_is_the_same(given_as: Given, capsys: pytest.CaptureFixture[str]) -> None:
    one = given_as("a", metrics([("one", 2.0), ("two", None)], [alarm("x.mp4", 1.0)]))
    assert run(one, one) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "made by the same model with the same settings" in shown
    assert "recall 0.50 (≥ 0.02) 0.50 (≥ 0.02) +0.00 same" in shown  # 0.0253
    assert "a camera-day 12 (≤ 15) 12 (≤ 15) +0.0 same" in shown
    assert "may be" not in shown


def test_no_bound_is_rounded_in_our_favour(
    given_as: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    of = metrics([(f"fall {n}", 2.0) for n in range(3)])  # at least 0.05 ** (1 / 3) = 0.3684
    of["labels"]["collapse"]["all"]["false_alarms_per_camera_day_upper95"] = 35.2
    path = given_as("a", of)
    assert run(path, path) == 0
    shown = capsys.readouterr().out
    assert "1.00 (≥ 0.36)" in shown
    many = given_as("b", metrics([(f"fall {n}", 2.0 if n else None) for n in range(300)]))
    assert run(many, many) == 0
    assert "0.99 (≥ 0.98)" in capsys.readouterr().out  # 0.9967, 0.9842
    assert "0 (≤ 36)" in shown


def test_a_source_that_is_the_folder_of_the_clip_is_said_once(
    given_as: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = "lab/cam1/a.mp4"
    a = metrics([incident("one", 1.0, clips=[clip])], [alarm(clip, 3.0)])
    first, second = given_as("a", a), given_as("b", metrics([("one", None)]))
    assert run(first, second) == 0
    shown = capsys.readouterr().out
    assert shown.count(" lab/cam1/a.mp4 ") == 2
    assert "lab/lab" not in shown


def test_single_pictures_of_spills(given_as: Given, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = metrics(), metrics()
    for content, recall in ((a, 0.5), (b, 0.7)):
        of = floors(30, 177, recall)
        content["pictures"] = {"spill": {"all": of, "sources": {"nashit": of}}}
    first, second = given_as("a", a), given_as("b", b)
    assert run(first, second, "--sources") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "single pictures of spills A B B − A pictures 30 and 177 dry 30 and 177 dry" in shown
    assert "found, 5 % dry alarm 0.50 (≥ 0.40) 0.70 (≥ 0.60) +0.20" in shown
    assert "single pictures of spills in nashit" in shown
    assert run(first, second, "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["pictures"]
    assert told["b"]["recall_at_fpr"]["0.05"]["recall"] == 0.7


def test_pictures_without_dry_ones_are_compared_at_the_threshold(
    given_as: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = metrics(), metrics()
    for content, recall in ((a, 0.5), (b, 0.7)):
        of = floors(30, 0) | {"recall": recall, "recall_lower95": recall - 0.101}
        content["pictures"] = {"spill": {"all": of, "sources": {}}}
    assert run(given_as("a", a), given_as("b", b)) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "found, at the threshold 0.50 (≥ 0.39) 0.70 (≥ 0.59) +0.20" in shown
    assert "dry alarm" not in shown


def test_for_machines(given_as: Given, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = metrics([("one", 2.0)]), metrics([("one", None)], [alarm("x", 1.0)], 0.0)
    first, second = given_as("a", a), given_as("b", b)
    assert run(first, second, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["a"], told["b"]) == (str(first), str(second))
    assert told["left_out"] == {"only_a": 0, "only_b": 0, "excused": 0}
    (row, _) = told["rows"]
    assert row["a"]["recall"] == 1.0
    assert row["b"]["numbers"]["false_alarms_per_camera_day"] is None
    assert (row["recall_p"], row["false_alarms_p"]) == (1.0, None)
    assert told["found_by_a_alone"][0]["name"] == "one"
    assert told["found_by_a_alone"][0]["b"] == {"detected": False, "delay_s": None, "best": 0.1}
    assert told["false_alarms_of_b_alone"][0]["t_s"] == 1.0
