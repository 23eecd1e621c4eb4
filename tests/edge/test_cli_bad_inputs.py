"""Whatever the user gives: exit status 2, one plain line, no traceback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.main import main
from edge.sources.pattern import Script
from tests.support.clips import write_pattern
from tests.support.site import PROGRAM, pattern_model, site_file

Given = Callable[[Path], list[str]]  # makes what is wrong in a folder, gives the arguments
SOURCES = {
    "missing.mp4": "no such file",
    "text.mp4": "not a video",
    "empty.mp4": "empty",
    "no pictures": "no pictures",
}


def pattern(name: str = "hall") -> dict[str, Any]:
    return {"name": name, "url": "pattern:empty"}


def site(folder: Path, **more: Any) -> str:
    return str(site_file(folder, [pattern()], **more))


def bad_source(folder: Path, name: str) -> str:
    """A recording that is none."""
    path = folder / name
    if name == "text.mp4":
        path.write_text("This is no video, whatever its name says.\n" * 50)
    elif name == "empty.mp4":
        path.touch()
    elif name == "no pictures":
        path.mkdir()
    return str(path)


def good_clip(folder: Path) -> str:
    return str(write_pattern(folder / "good.mp4", Script(duration_s=1, size=(64, 64))))


def complaint(captured: pytest.CaptureFixture[str], args: list[str]) -> str:
    """The one line that is said."""
    code = main(args)
    err = captured.readouterr().err
    assert code == 2, err
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line.startswith("floorwatch: ")]
    assert len(lines) == 1, err
    return lines[0]


def changed_card(folder: Path, **changes: Any) -> str:
    path = pattern_model(folder / "other") / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return str(path.parent)


SITES: dict[str, tuple[Given, str]] = {
    "missing": (lambda folder: [str(folder / "none.yaml")], "there is no such file"),
    "a folder": (lambda folder: [str(folder)], "cannot be read"),
    "no YAML": (lambda folder: [write(folder, "site: [")], "site.yaml"),
    "empty": (lambda folder: [write(folder, "")], "site.yaml"),
    "unknown key": (lambda folder: [site(folder, brokker={})], "brokker"),
    "no camera": (lambda folder: [str(site_file(folder, []))], "cameras"),
}
MODELS: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "no such name": (lambda _folder: {"name": "second"}, "does not ship"),
    "no card": (lambda folder: {"path": str(folder)}, "card.json cannot be read"),
    "sha mismatch": (
        lambda folder: {"path": changed_card(folder, sha256="0" * 64)},
        "take both files from the same export",
    ),
    "card of another version": (
        lambda folder: {"path": changed_card(folder, card_version=2)},
        "card_version",
    ),
    "no network": (
        lambda folder: {"path": str(pattern_model(folder / "m")), "backend": "onnx"},
        "ONNX Runtime says",
    ),
}


def write(folder: Path, text: str) -> str:
    (folder / "site.yaml").write_text(text)
    return str(folder / "site.yaml")


@pytest.mark.parametrize("verb", ["run", "check", "replay"])
@pytest.mark.parametrize("what", SITES)
def test_a_site_file_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, what: str
) -> None:
    given, words = SITES[what]
    args = given(tmp_path)
    if verb == "replay":
        args = [good_clip(tmp_path), "--config", *args]
    assert words in complaint(capsys, [verb, *args])


@pytest.mark.parametrize("verb", ["run", "replay"])
@pytest.mark.parametrize("what", MODELS)
def test_a_model_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, what: str
) -> None:
    given, words = MODELS[what]
    args = [site(tmp_path, model=given(tmp_path))]
    if verb == "replay":
        args = [good_clip(tmp_path), "--config", *args, "--out", str(tmp_path)]
    assert words in complaint(capsys, [verb, *args])


@pytest.mark.parametrize("name", SOURCES)
def test_a_recording_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    camera = {"name": "hall", "url": bad_source(tmp_path, name)}
    args = [camera["url"], "--config", site(tmp_path), "--out", str(tmp_path)]
    assert SOURCES[name] in complaint(capsys, ["replay", *args])
    assert SOURCES[name] in complaint(capsys, ["run", str(site_file(tmp_path, [camera]))])


def test_a_missing_clip_is_told_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.jsonl").write_text("of an earlier run\n")
    clips = [good_clip(tmp_path), str(tmp_path / "none.mp4")]
    args = ["replay", *clips, "--config", site(tmp_path), "--out", str(tmp_path)]
    assert "none.mp4: no such file" in complaint(capsys, args)
    assert (tmp_path / "events.jsonl").read_text() == "of an earlier run\n"


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (["--camera", "kitchen"], "has no camera kitchen; it has: hall, door"),
        ([], "say --camera NAME, one of: hall, door"),
    ],
)
def test_a_camera_that_is_not_there_or_not_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], chosen: list[str], words: str
) -> None:
    config = str(site_file(tmp_path, [pattern("hall"), pattern("door")]))
    args = ["replay", good_clip(tmp_path), "--config", config, *chosen, "--out", str(tmp_path)]
    assert words in complaint(capsys, args)


def test_other_things_of_the_site_that_are_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    login = {"username": "joe", "password_file": "none"}
    cameras = [{"name": "hall", "url": "rtsp://127.0.0.1:1/x", **login}]
    assert "password_file" in complaint(capsys, ["run", str(site_file(tmp_path, cameras))])
    cameras = [{"name": "hall", "url": "pattern:flood"}]
    assert "no such pattern" in complaint(capsys, ["run", str(site_file(tmp_path, cameras))])
    broker = {"broker": {"host": "127.0.0.1", "tls": {"ca_file": "none.pem"}}}
    assert "none.pem" in complaint(capsys, ["run", site(tmp_path, **broker)])


def test_a_place_that_cannot_be_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    args = ["--config", site(tmp_path), "--out", str(tmp_path / "file")]
    assert "cannot be written" in complaint(capsys, ["replay", good_clip(tmp_path), *args])


@pytest.mark.parametrize(
    ("name", "words"), [("missing.mp4", "no such file"), ("text.mp4", "not a video")]
)
def test_the_demo_of_a_clip_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    assert words in complaint(capsys, ["demo", "--clip", bad_source(tmp_path, name)])


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["replay", "x.mp4", "--hold-last-s", "-1"], "from 0 to 86400"),
        (["replay", "x.mp4", "--hold-last-s", "nan"], "from 0 to 86400"),
        (["replay", "x.mp4", "--hold-last-s", "long"], "from 0 to 86400"),
        (["replay", "x.mp4", "--start", "yesterday"], "write it as 2026-11-20T08:00:00Z"),
        (["demo", "--seconds", "-3"], "from 0 to 86400"),
        (["replay"], "CLIP"),
        (["run"], "SITE"),
        (["sing"], "invalid choice"),
    ],
)
def test_arguments_that_make_no_sense(
    capsys: pytest.CaptureFixture[str], args: list[str], words: str
) -> None:
    try:
        code: object = main(args)
    except SystemExit as ended:  # argparse's own way
        code = ended.code
    err = capsys.readouterr().err
    assert code == 2
    assert "Traceback" not in err
    assert [words in line for line in err.splitlines() if line.startswith("floorwatch")] == [True]


def test_as_a_process_it_is_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "run", str(tmp_path / "none.yaml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"floorwatch: {tmp_path}/none.yaml: there is no such file; configs/example.yaml is one\n"
    )


def test_a_site_file_is_not_read_as_something_else(tmp_path: Path) -> None:
    """The support's own site is a good one: what fails above fails for the reason given."""
    config = yaml.safe_load(Path(site(tmp_path)).read_text())
    assert (
        main(["replay", good_clip(tmp_path), "--config", site(tmp_path), "--out", str(tmp_path)])
        == 0
    )
    assert config["model"]["backend"] == "scripted"
