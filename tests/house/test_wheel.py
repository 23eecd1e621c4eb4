"""What is installed is what runs: packages, contracts, settings, the model; and no tests."""

from __future__ import annotations

import configparser
import importlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, ROOT, tracked

BYTES_MAX = 20_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as pip builds it, in this environment."""
    if find_spec("hatchling") is None:
        missing = "hatchling is missing: pip install -e '.[test]'"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def test_everything_that_runs_is_in_it(names: frozenset[str]) -> None:
    ours = (path.relative_to(ROOT).as_posix() for path in tracked())
    wanted = {name for name in ours if name.split("/")[0] in {*ROOMS, "configs"}}
    assert len(wanted) > 100
    assert not wanted - names
    for name in (
        "alerts/contract/event.schema.json",
        "alerts/contract/asyncapi.yaml",
        "configs/example.yaml",
        "configs/demo.yaml",
        "models/zoo/first/model.onnx",
        "models/zoo/first/card.json",
    ):
        assert name in names


def test_nothing_else_is(wheel: Path, names: frozenset[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {*ROOMS, "configs"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert wheel.stat().st_size < BYTES_MAX


def test_its_entry_points_resolve(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith("entry_points.txt")]
        listed = configparser.ConfigParser(delimiters=("=",))
        listed.read_string(archive.read(name).decode())
    assert set(listed["console_scripts"]) == {"floorwatch"}
    assert set(listed["floorwatch.verbs"]) == {*ROOMS, "evaluation"}
    for section in ("console_scripts", "floorwatch.verbs"):
        for target in listed[section].values():
            module, _, function = target.partition(":")
            found: Callable[..., object] = getattr(importlib.import_module(module), function)
            assert callable(found)


def test_unpacked_it_finds_what_it_brings(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    ask = (
        "from edge.demo.show import folder; from edge.zoo import find; from alerts import schema;"
        "from edge.config.load import load;"
        "print(folder()); print(find('first', None).path); print(schema.__file__);"
        "load(folder() / 'example.yaml'); load(folder() / 'demo.yaml'); schema.text('event')"
    )
    asked = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    places = asked.stdout.splitlines()
    assert len(places) == 3
    assert all(Path(place).is_relative_to(tmp_path) for place in places)
