"""Whatever the house touches of TensorRT is there in every release from 10.3 to 11.4.

`tests/golden/tensorrt_api.json` is what their Python bindings were seen to offer; how it was made
is in `freeze_tensorrt_api.py` beside this.
"""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from edge.backends.nvidia import ports
from tests.edge.backends.freeze_tensorrt_api import FROZEN, VERSIONS
from tests.edge.backends.touched import ROLES, Touch, attributes, literal_flags, touches
from tests.support import fake_tensorrt, fake_tensorrt_context

ROOT = Path(__file__).parents[3]
CODE = sorted(
    path
    for room in ("edge/backends", "edge/engines")
    for path in (ROOT / room).rglob("*.py")
    if path.name != "ports.py"  # types alone: below
)
# The Protocols of `ports` that stand for TensorRT's classes, and the fake's classes.
PORTS = {"DataType", "ICudaEngine", "IExecutionContext", "Runtime", "TensorIOMode", "TensorRt"}
FAKES = {
    "": fake_tensorrt.FakeTensorRt,
    "DataType": fake_tensorrt.DataType,
    "ICudaEngine": fake_tensorrt.ICudaEngine,
    "IExecutionContext": fake_tensorrt_context.IExecutionContext,
    "ILogger": fake_tensorrt.ILogger,
    "Runtime": fake_tensorrt.Runtime,
    "TensorIOMode": fake_tensorrt.TensorIOMode,
}
Sayings = dict[str, list[str]]


@cache
def frozen() -> dict[str, dict[str, Sayings]]:
    """Class → name → what is said of it → the releases that say so. The class "" is the module."""
    return dict(json.loads(FROZEN.read_text())["classes"])


def lacking(room: str, name: str) -> set[str]:
    """The releases without that."""
    sayings = frozen().get(room, {}).get(name, {})
    return set(VERSIONS) - {version for versions in sayings.values() for version in versions}


def gone(found: set[Touch]) -> list[str]:
    return sorted(f"{touch}, not in {', '.join(lack)}" for touch in found if (lack := sorted(
        lacking(touch.room, touch.name)
    )))  # fmt: skip


def whole_nowhere(text: str) -> list[str]:
    """Attributes of whatever it be that some class of some release has, and none has in all."""
    known = {name for room in frozen().values() for name in room}
    return sorted(
        f"{line}: {name}"
        for line, name in attributes(text)
        if name in known and all(lacking(room, name) for room in frozen())
    )


def public(room: Any) -> set[str]:
    named = {*vars(room), *inspect.get_annotations(room)}
    return {name for name in named if not name.startswith("_")}


def parameters(room: str, name: str, version: str) -> list[list[str]]:
    """Of every overload in that release, without `self`."""
    said = next(words for words, versions in frozen()[room][name].items() if version in versions)
    overloads = re.findall(rf"{name}\(self: \w+(.*?)\) -> ", said)
    return [re.findall(r", (\w+): ", overload) for overload in overloads]


def test_all_four_releases_are_there_with_the_trap_that_lies_between_them() -> None:
    assert tuple(json.loads(FROZEN.read_text())["versions"]) == VERSIONS
    typed = frozen()["NetworkDefinitionCreationFlag"]["STRONGLY_TYPED"]
    assert typed == {"= 1": list(VERSIONS[:3]), "= 0": [VERSIONS[3]]}
    assert lacking("BuilderFlag", "FP16") == {VERSIONS[3]}
    assert FROZEN.stat().st_size < 300_000


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_code_touches_is_in_every_release(path: Path) -> None:
    text = path.read_text()
    assert not gone(touches(text))
    assert not whole_nowhere(text)
    assert not literal_flags(text)


def test_the_code_that_touches_tensorrt_is_among_it() -> None:
    """Or the test above looks at nothing."""
    looked_at = {path.relative_to(ROOT).as_posix() for path in CODE if touches(path.read_text())}
    assert {"edge/backends/tensorrt.py", "edge/backends/nvidia/log.py"} <= looked_at


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("config.set_flag(trt.BuilderFlag.FP16)", "BuilderFlag.FP16, not in 11.4.0.106"),
        ("self._module.IInt8Calibrator", "module.IInt8Calibrator, not in 11.4.0.106"),
        ("trt.Runtime; engine.device_memory_size", "ICudaEngine.device_memory_size, not in 11.4"),
        ("trt.Runtime; builder.platform_has_fast_fp16", "Builder.platform_has_fast_fp16, not in"),
        ("trt.Runtime; engine.get_engine_stat()", "ICudaEngine.get_engine_stat, not in 10.13.3.9"),
        ("trt.Runtime; profile.no_such_thing", "IOptimizationProfile.no_such_thing, not in 10.13"),
        ("class A(trt.IProgressMonitor):\n def tick(self): 0", "IProgressMonitor.tick, not in"),
    ],
)
def test_the_reader_finds_what_is_gone_or_new(line: str, said: str) -> None:
    assert any(said in one for one in gone(touches(line))), gone(touches(line))


def test_the_reader_finds_what_is_gone_whatever_it_is_called_on() -> None:
    assert whole_nowhere("trt.Runtime; it.device_memory_size") == ["1: device_memory_size"]
    assert whole_nowhere("trt.Runtime; it.serialize; it.of_ours") == []


def test_the_reader_finds_flags_written_as_numbers() -> None:
    right = "typed = 1 << int(flag)\nbuilder.create_network(typed)"
    assert literal_flags(right) == []
    assert literal_flags("builder.create_network(1 << 1)") == [1]
    assert literal_flags("builder.create_network()") == [1]


def test_the_roles_are_classes_there_are() -> None:
    assert set(ROLES.values()) <= set(frozen())


@pytest.mark.parametrize("name", sorted(PORTS))
def test_our_types_have_nothing_that_a_release_lacks(name: str) -> None:
    room = "" if name == "TensorRt" else name
    members = public(getattr(ports, name))
    assert members
    assert not gone({Touch(0, room, member) for member in members})


@pytest.mark.parametrize("name", sorted(PORTS - {"DataType", "TensorIOMode", "TensorRt"}))
@pytest.mark.parametrize("version", VERSIONS)
def test_our_types_take_what_every_release_takes(name: str, version: str) -> None:
    """The parameters of ours are the first ones of an overload, by name and order."""
    for member, function in vars(getattr(ports, name)).items():
        if inspect.isfunction(function) and not member.startswith("_"):
            ours = list(inspect.signature(function).parameters)[1:]
            theirs = parameters(name, member, version)
            assert any(given[: len(ours)] == ours for given in theirs), (member, theirs)


@pytest.mark.parametrize("room", sorted(FAKES))
def test_the_fake_has_nothing_that_a_release_lacks(room: str) -> None:
    members = public(FAKES[room])
    assert members
    assert not gone({Touch(0, room, member) for member in members})


@pytest.mark.parametrize("kind", [fake_tensorrt.DataType, fake_tensorrt.TensorIOMode])
def test_the_fake_numbers_its_kinds_as_every_release_does(kind: Any) -> None:
    for one in kind:
        assert frozen()[kind.__name__][one.name] == {f"= {one.value}": list(VERSIONS)}


def test_tensorrt_for_rtx_has_the_same() -> None:
    rtx = pytest.importorskip("tensorrt_rtx_bindings")
    for name in PORTS:
        room = rtx if name == "TensorRt" else getattr(rtx, name)
        assert public(getattr(ports, name)) <= set(dir(room))
