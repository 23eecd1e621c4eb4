"""What a platform needs is told on any other: markers, extras, tags, versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.bundle.complete import Missing, complete, read
from edge.bundle.errors import BadBundle
from edge.bundle.target import TARGETS, Target, target
from tests.edge.bundle.tiny import tiny_wheel

JP6, JP7 = TARGETS["jetson-jp6"], TARGETS["jetson-jp7"]


def names(folder: Path, roots: list[str], platform: Target = JP6) -> list[str]:
    wheels = [read(path) for path in sorted(folder.glob("*.whl"))]
    return [wheel.name for wheel in complete(wheels, roots, platform)]


def test_all_that_is_needed_and_nothing_else(tmp_path: Path) -> None:
    tiny_wheel(tmp_path, "top", "1", requires="middle>=2\nnever; sys_platform == 'win32'")
    tiny_wheel(tmp_path, "middle", "2.1", requires="Low.Est")
    tiny_wheel(tmp_path, "low-est", "0.1")
    tiny_wheel(tmp_path, "by-the-way", "1")
    assert names(tmp_path, ["top"]) == ["low-est", "middle", "top"]


def test_markers_are_the_platforms_not_ours(tmp_path: Path) -> None:
    """This is what pip does not do."""
    requires = "old; python_version < '3.11'\nnew; python_version >= '3.12'\n"
    requires += "arm; platform_machine == 'aarch64'"
    tiny_wheel(tmp_path, "top", "1", requires=requires)
    for name in ("old", "new", "arm"):
        tiny_wheel(tmp_path, name, "1")
    assert names(tmp_path, ["top"], JP6) == ["arm", "old", "top"]
    assert names(tmp_path, ["top"], JP7) == ["arm", "new", "top"]
    assert names(tmp_path, ["top"], target("x86_64", "3.11")) == ["top"]


def test_extras_reach_through(tmp_path: Path) -> None:
    tiny_wheel(tmp_path, "top", "1", requires="middle[fast]; extra == 'speed'")
    tiny_wheel(tmp_path, "middle", "1", requires="quick; extra == 'fast'")
    tiny_wheel(tmp_path, "quick", "1")
    assert names(tmp_path, ["top"]) == ["top"]
    assert names(tmp_path, ["top[speed]"]) == ["middle", "quick", "top"]


@pytest.mark.parametrize("there", ["", "1.9"])
def test_missing_or_too_old_is_said_with_what_is_wanted(tmp_path: Path, there: str) -> None:
    tiny_wheel(tmp_path, "top", "1", requires="middle>=2; python_version < '3.11'")
    if there:
        tiny_wheel(tmp_path, "middle", there)
    with pytest.raises(Missing) as missing:
        names(tmp_path, ["top"])
    assert missing.value.requirements == ["middle>=2"]


@pytest.mark.parametrize(
    ("tag", "platform", "taken"),
    [
        ("py3-none-any", JP6, True),
        ("cp310-cp310-manylinux_2_28_aarch64", JP6, True),
        ("cp37-abi3-manylinux2014_aarch64", JP6, True),
        ("cp310-cp310-manylinux_2_35_aarch64", JP6, True),
        ("cp310-cp310-manylinux_2_36_aarch64", JP6, False),  # a newer C library
        ("cp310-cp310-manylinux_2_36_aarch64.manylinux_2_28_aarch64", JP6, True),
        ("cp312-cp312-manylinux_2_39_aarch64", JP7, True),
        ("cp311-cp311-manylinux_2_28_aarch64", JP6, False),
        ("cp310-cp310-manylinux_2_28_x86_64", JP6, False),
        ("cp310-cp310-musllinux_1_2_aarch64", JP6, False),
        ("cp311-cp311-manylinux1_x86_64", target("x86_64", "3.11"), True),
        ("cp311-cp311-manylinux_2_31_x86_64", target("x86_64", "3.11"), False),
    ],
)
def test_only_what_its_python_takes(
    tmp_path: Path, tag: str, platform: Target, taken: bool
) -> None:
    tiny_wheel(tmp_path, "top", "1", tag=tag)
    if taken:
        assert names(tmp_path, ["top"], platform) == ["top"]
    else:
        with pytest.raises(BadBundle, match="is not for"):
            names(tmp_path, ["top"], platform)


def test_a_wheel_for_newer_pythons_is_refused(tmp_path: Path) -> None:
    tiny_wheel(tmp_path, "top", "1", Requires_Python=">=3.11")
    assert names(tmp_path, ["top"], JP7) == ["top"]
    with pytest.raises(BadBundle, match=r"needs Python >=3\.11"):
        names(tmp_path, ["top"], JP6)


def test_what_is_no_wheel_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "av-17.0-py3-none-any.whl"
    broken.write_bytes(b"half of")
    with pytest.raises(BadBundle, match=r"av-17\.0-py3-none-any\.whl is no wheel"):
        read(broken)


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ({"License_Expression": "MIT"}, "MIT"),
        ({"License": "BSD"}, "BSD"),
        ({"Classifier": "License :: OSI Approved :: MIT License"}, "MIT License"),
        ({"License": "Permission is hereby granted, " * 9}, "see its files"),
    ],
)
def test_the_licence_is_found_where_it_is_said(
    tmp_path: Path, said: dict[str, str], licence: str
) -> None:
    assert read(tiny_wheel(tmp_path, "top", "1", **said)).licence == licence


def test_a_jetson_has_the_python_it_has() -> None:
    assert target("jetson-jp6", None).python == "3.10"
    with pytest.raises(BadBundle, match="leave --python out"):
        target("jetson-jp6", "3.12")
