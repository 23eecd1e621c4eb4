"""Dockerfile.jetson: linted, its names and paths looked up; `python -m tests.container` runs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.config.schema import Config
from tests.container.recipe import (
    DOCKERFILE,
    Stage,
    Step,
    apt_names,
    exec_form,
    pairs,
    stages,
    way_to,
)
from tests.house.tree import ROOT

STAGES = stages()
LAST = STAGES[-1]
# In NVIDIA's own repositories only; what apt knows here cannot tell.
NVIDIAS = {"python3-libnvinfer", "tensorrt-libs"}


def test_hadolint_finds_no_fault() -> None:
    beside = Path(sys.executable).with_name("hadolint")
    program = str(beside) if beside.exists() else shutil.which("hadolint")
    if program is None:
        missing = "hadolint is missing: pip install -e '.[test]'"
        if os.environ.get("CI") and (sys.platform, os.uname().machine) == ("linux", "x86_64"):
            pytest.fail(missing)
        pytest.skip(missing)
    found = subprocess.run(
        [program, "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


@pytest.mark.parametrize(
    ("jetpack", "image"),
    [
        ("6", "nvcr.io/nvidia/l4t-jetpack:r36.4.0"),
        ("7", "nvcr.io/nvidia/cuda:13.2.0-base-ubuntu24.04"),
    ],
)
def test_the_argument_chooses_what_it_stands_on(jetpack: str, image: str) -> None:
    among = stages(arguments={"JETPACK": jetpack})
    way = way_to(LAST.name, among)
    assert way[0].image == image
    assert [stage.name for stage in way] == [f"jetpack{jetpack}", "device", "floorwatch"]


def test_apt_knows_every_package() -> None:
    if shutil.which("apt-cache") is None:
        pytest.skip("no apt here: nothing to look names up with")
    names = {
        name
        for stage in STAGES
        for command in stage.values("RUN")
        for lower in way_to(stage.name, STAGES)
        for name in apt_names(command, variables(lower))
        if "$" not in name
    }
    assert {"python3-gi", "gstreamer1.0-plugins-bad"} <= names
    known = subprocess.run(
        ["apt-cache", "pkgnames"], capture_output=True, text=True, check=True
    ).stdout.split()
    if "python3-venv" not in known:
        pytest.skip("apt has no lists here: apt-get update")
    assert not names - NVIDIAS - set(known)


def variables(stage: Stage) -> dict[str, str]:
    return {name: value for text in stage.values("ENV") for name, value in pairs(text).items()}


def test_both_jetpacks_name_nvidias_packages_and_one_version() -> None:
    for stage in STAGES[:2]:
        found = variables(stage)
        assert set(found["TENSORRT_PACKAGES"].split()) <= NVIDIAS
        assert re.fullmatch(r"10\.\d+\.\*", found["TENSORRT_VERSION"])


def copies(stage: Stage) -> list[tuple[str | None, list[str], str]]:
    """From which stage (None: the tree), what, and where to."""
    found = []
    for text in stage.values("COPY"):
        words = text.split()
        other = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
        found.append((other, words[:-1], words[-1]))
    return found


def test_what_is_copied_is_there_and_passes_the_ignore_file() -> None:
    taken = {
        source
        for stage in STAGES
        for other, sources, _ in copies(stage)
        if other is None
        for source in sources
    }
    assert all((ROOT / name).exists() for name in taken)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == taken
    names = {stage.name for stage in STAGES}
    assert {other for stage in STAGES for other, _, _ in copies(stage) if other} <= names


def test_it_runs_as_somebody_who_may_open_the_gpu_and_nothing_else() -> None:
    [user] = LAST.values("USER")
    made = " ".join(LAST.values("RUN"))
    assert user != "0"
    assert f"--uid {user} " in made
    assert "--groups video,render" in made
    words = [step.word for step in LAST.steps]
    assert "USER" in words
    assert not {"RUN", "COPY", "ADD"} & set(words[words.index("USER") :])


def test_the_engine_talks_to_the_daemon_itself() -> None:
    """Exec form: a shell in between would swallow the signal to stop."""
    for word in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
        [text] = LAST.values(word)
        assert exec_form(text)
    assert LAST.values("STOPSIGNAL") == ["SIGTERM"]
    with pytest.raises(ValueError, match="exec form"):
        exec_form("floorwatch run")


def test_health_is_asked_where_the_daemon_answers() -> None:
    http = Config.model_fields["telemetry"].default.http
    environment = {
        name: value for text in LAST.values("ENV") for name, value in pairs(text).items()
    }
    [check] = LAST.values("HEALTHCHECK")
    assert environment["FLOORWATCH_HEALTH_PORT"] == str(http.port)
    assert f"'{http.host}'" in check
    assert "'/health'" in check
    assert "FLOORWATCH_HEALTH_PORT" in check


def test_what_is_written_is_a_volume() -> None:
    environment = {
        name: value for text in LAST.values("ENV") for name, value in pairs(text).items()
    }
    [text] = LAST.values("VOLUME")
    volumes = exec_form(text)
    assert volumes == [environment["HOME"]]
    assert f"{environment['XDG_STATE_HOME']}/floorwatch" in volumes
    assert environment["CUDA_CACHE_PATH"].startswith(f"{volumes[0]}/")
    assert environment["XDG_CACHE_HOME"].startswith("/tmp/")


def test_no_torch_and_no_index_come_in() -> None:
    commands = [text for stage in STAGES for text in stage.values("RUN")]
    assert not [text for text in commands if re.search(r"torch|\[train|http|index", text)]
    assert [text for text in commands if " -m pip install " in text and text.count(" . ") == 1]


def test_the_reader_itself(tmp_path: Path) -> None:
    written = tmp_path / "Dockerfile"
    written.write_text(
        'ARG A=1\nFROM one AS base1\nENV X="a b"\nFROM base${A} AS two\nRUN apt-get update && \\\n'
        "    apt-get install -y vim $X && install -d x\n"
    )
    first, second = stages(written)
    assert (first.name, second.image) == ("base1", "base1")
    assert second.steps == (Step("RUN", second.steps[0].text, 5),)
    assert list(apt_names(second.steps[0].text, {"X": "a b"})) == ["vim", "a", "b"]
