"""`floorwatch engine` from the console: what it lists, what it refuses, what it deletes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from edge.engines import toolchain
from edge.engines.faults import NoEngine
from edge.engines.keys import Key
from edge.engines.ports import BuildOptions
from edge.engines.store import Store
from tests.support.paper_builder import ORIN
from tests.support.site import PROGRAM, site_file


def engine(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, "engine", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose daemon has kept two engines, one of which failed."""
    path = site_file(tmp_path, [{"name": "hall", "url": "pattern:empty"}])
    store = Store(tmp_path / "state" / "engines")
    options = BuildOptions()
    store.keep(Key.of("first", "fp16", b"", options, ORIN), b"plan" * 500_000, 61.0, "it is right")
    store.refuse(Key.of("first", "int8", b"", options, ORIN), "it gives NaN", 5.0)
    return path


def test_what_is_kept_is_listed_for_people_and_for_programs(site: Path) -> None:
    told = engine("list", "--config", str(site))
    assert told.returncode == 0
    assert "  TensorRT 10.3.0 on Orin (SM 8.7), L4T R36.4.3\n  2.0 MB, built in 61 s" in told.stdout
    assert ": it gives NaN\n" in told.stdout
    assert "says `model: backend: scripted`: its daemon does not use engines" in told.stdout
    lines = engine("list", "--json", "--config", str(site)).stdout.splitlines()
    one, other = (json.loads(line) for line in lines)
    assert one["key"]["gpu"] == "Orin (SM 8.7)"
    assert one["tested"] == "it is right"
    assert other["refused"] == "it gives NaN"


def test_nothing_is_deleted_unasked(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "engines"
    asked = engine("clear", "--config", str(site))
    assert asked.returncode == 2
    assert "--yes" in asked.stderr
    assert len(list(folder.iterdir())) == 3
    assert "2 engines deleted" in engine("clear", "--yes", "--engines", str(folder)).stdout
    assert list(folder.iterdir()) == []
    assert "no engines in" in engine("list", "--config", str(site)).stdout


@pytest.mark.parametrize("what", ["build", "verify"])
def test_without_a_gpu_it_is_one_line(site: Path, what: str) -> None:
    try:
        toolchain.find()
    except NoEngine as fault:
        why = str(fault)
    else:
        pytest.skip("there is a GPU here, and TensorRT")
    told = engine(what, "--config", str(site))
    assert told.returncode == 2
    assert told.stderr == f"floorwatch: {why}\n"


def test_a_folder_open_to_others_is_one_line(site: Path, tmp_path: Path) -> None:
    (tmp_path / "state" / "engines").chmod(0o755)
    told = engine("list", "--config", str(site))
    assert told.returncode == 2
    assert "chmod 700" in told.stderr
    assert told.stderr.count("\n") == 1
