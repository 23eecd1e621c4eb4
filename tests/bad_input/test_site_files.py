"""Site files that cannot be used, through the command. Every kind of mistake has its exact line in
`tests/edge/config`; these are the ones people make most, and what concerns the file as such."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.saying import complaint, findings, good_clip, pattern, site
from tests.support.site import PROGRAM, site_file

Given = Callable[[Path], str]  # makes the file in a folder, gives its path
HEAD = "version: 1\nsite: {name: a}\n"
CAMERA = "cameras: [{name: hall, url: 'pattern:empty'"


def write(text: str | bytes) -> Given:
    def given(folder: Path) -> str:
        path = folder / "site.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return given


def zone(points: str) -> Given:
    return write(f"{HEAD}{CAMERA}, zones: [{{name: z, polygon: {points}}}]}}]")


SITES: dict[str, tuple[Given, str]] = {
    "missing": (lambda folder: str(folder / "none.yaml"), "there is no such file"),
    "a folder": (str, "cannot be read: Is a directory"),
    "empty": (write(""), "the file is empty"),
    "no YAML": (
        write("cameras: [\n  1, 2\nversion: 1\n"),
        "opened here lacks a comma or its closing bracket",
    ),
    "not UTF-8": (write(b"version: 1\nsite: {name: caf\xe9}\n"), ":2: not UTF-8"),
    "a film": (write(b"\0" * 1_000_001), "this is not a site file"),
    "tab": (write("site:\n\tname: a\n"), ":2: the line begins with a tab"),
    "twice": (write(f"{HEAD}version: 1\n"), ":3: version: given twice, first in line 1"),
    "newer": (write("version: 7\n"), "update floorwatch"),
    "unknown key": (lambda folder: site(folder, brokker={}), "did you mean broker?"),
    "no camera": (lambda folder: str(site_file(folder, [])), "cameras: found an empty list"),
    "slash in a name": (
        lambda folder: str(site_file(folder, [pattern("a/b")])),
        "contains a slash (/), which topics are divided by",
    ),
    "polygon outside": (zone("[[0, 0], [1.2, 0], [1, 1]]"), "allowed: a number from 0 to 1"),
    "polygon that crosses": (zone("[[0, 0], [1, 1], [1, 0], [0, 1]]"), "crosses or touches itself"),
    "threshold of 1.5": (
        write(f"{HEAD}{CAMERA}, labels: {{spill: {{threshold: 1.5}}}}}}]"),
        "threshold: found the number 1.5; allowed: a number above 0 and below 1",
    ),
}
# The file is right, and what it names is not there: `run` says so, `check` finds it.
NAMED: dict[str, tuple[Given, str]] = {
    "no such pattern": (
        lambda folder: str(site_file(folder, [pattern() | {"url": "pattern:flood"}])),
        "no such pattern",
    ),
    "password file missing": (
        lambda folder: site(folder, broker={"host": "h", "username": "u", "password_file": "none"}),
        "broker.password_file: there is no such file",
    ),
    "thresholds file missing": (
        lambda folder: site(folder, thresholds="none.yaml"),
        "none.yaml: there is no such file; `floorwatch tune` writes one",
    ),
    "certificate missing": (
        lambda folder: site(folder, broker={"host": "h", "tls": {"ca_file": "none.pem"}}),
        "none.pem",
    ),
}


@pytest.mark.parametrize("verb", ["run", "check", "replay"])
@pytest.mark.parametrize("what", SITES)
def test_a_site_file_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, what: str
) -> None:
    given, words = SITES[what]
    args = [given(tmp_path)]
    if verb == "replay":
        args = [good_clip(tmp_path), "--config", *args]
    assert words in complaint(capsys, [verb, *args])


@pytest.mark.parametrize("what", NAMED)
def test_what_a_site_file_names_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    given, words = NAMED[what]
    path = given(tmp_path)
    assert words in complaint(capsys, ["run", path])
    assert any(words in found for found in findings(capsys, Path(path)).values())


def test_several_mistakes_are_a_line_each(tmp_path: Path) -> None:
    path = site(tmp_path, brokker={}, outboks={})
    done = subprocess.run(
        [PROGRAM, "run", path], capture_output=True, text=True, timeout=60, check=False
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert len(lines) == 2
    assert all(line.startswith(f"floorwatch: {path}:") for line in lines)


@pytest.mark.skipif(
    os.geteuid() == 0 and not Path("/usr/bin/setpriv").exists(), reason="no setpriv"
)
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = Path(site(tmp_path))
    path.chmod(0)
    # What root may read is another matter: without its rights it is a user like any other.
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*bare, PROGRAM, "run", str(path)],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    path.chmod(0o600)
    assert (done.returncode, done.stderr) == (
        2,
        f"floorwatch: {path}: cannot be read: Permission denied; this is user {os.geteuid()} of "
        f"group {os.getegid()}: chgrp {os.getegid()} it, and chmod 640\n",
    )
