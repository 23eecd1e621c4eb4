"""Arguments that make no sense: one line, and where to read more."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from alerts.main import main
from tests.bad_input.saying import SECRET, complaint, good_clip, pattern, site
from tests.support.site import PROGRAM, site_file

ARGUMENTS: dict[str, tuple[list[str], str]] = {
    "a verb that is none": (["sing"], "invalid choice: 'sing' (choose from 'run', "),
    "no site file": (
        ["run"],
        "the following arguments are required: SITE; `floorwatch run --help`",
    ),
    "no clip": (["replay"], "required: CLIP; `floorwatch replay --help`"),
    "negative": (["replay", "x.mp4", "--hold-last-s", "-1"], "from 0 to 86400"),
    "no number": (["replay", "x.mp4", "--hold-last-s", "nan"], "from 0 to 86400"),
    "a word": (["replay", "x.mp4", "--hold-last-s", "long"], "from 0 to 86400"),
    "a day": (["replay", "x.mp4", "--start", "yesterday"], "write it as 2026-11-20T08:00:00Z"),
    "another verb's": (["demo", "--seconds", "-3"], "from 0 to 86400"),
    "a choice": (["watch", "--protocol", "4"], "'4' (choose from '5', '3.1.1')"),
    "too much": (["run", "a.yaml", "b.yaml"], "unrecognized arguments: b.yaml"),
    "without its value": (["watch", "--site"], "--site: expected one argument"),
    "an address": (["run", "a.yaml", f"rtsp://joe:{SECRET}@cam/x"], "rtsp://***@cam/x"),
    "a site with a slash": (["watch", "--site", "a/b"], "contains a slash"),
    "no episode": (["synth", "--episodes", "0", "--out", "x"], "a whole number from 1"),
    "an odd seed": (["synth", "--episodes", "1", "--out", "x", "--seed", "-1"], "from 0"),
    "endless hours": (["synth", "--normal-hours", "inf", "--out", "x"], "number of hours from"),
    "short clips": (["synth", "--background", "x", "--out", "x", "--seconds", "39"], "from 40 to"),
    "nothing to render": (["render", "x", "--episodes", "0"], "a whole number from 1"),
    "less than nothing": (["render", "x", "--rooms", "-2"], "a whole number from 1"),
    "before the first": (["render", "x", "--first", "-1"], "a whole number from 0"),
    "onto a file": (["synth", "--episodes", "1", "--out", __file__], "is a file; name a folder"),
    "into a file": (["render", __file__], "is a file; name a folder in the cache"),
    "two to render": (["render", "x", "--rooms", "1", "--views", "1"], "not allowed with"),
    "no address": (["watch", "--url", "http://h"], "mqtt"),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_arguments_that_make_no_sense(capsys: pytest.CaptureFixture[str], what: str) -> None:
    args, words = ARGUMENTS[what]
    assert words.replace("'", "") in complaint(capsys, args).replace("'", "")


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: floorwatch run")


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


def test_what_is_right_is_done(tmp_path: Path) -> None:
    """The site and the clip of these tests are good: what fails fails for the reason given."""
    args = ["replay", good_clip(tmp_path), "--config", site(tmp_path), "--out", str(tmp_path)]
    assert main(args) == 0
