"""Names say what things are: no drawers for odds and ends, and units last."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOMS, Source, sources

DRAWERS = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
MEASURES = {"timeout", "interval", "duration", "delay", "age", "latency", "period"}
UNITS = r"(ns|us|ms|s|minutes|hours|days|frames)"
WITH_UNIT = re.compile(rf"_{UNITS}(_(min|max|mean|first|last))?$")


def test_no_module_is_a_drawer() -> None:
    drawers = [
        source.name
        for source in sources(*ROOMS, "tests")
        if DRAWERS & set(source.name.removesuffix(".py").split("/"))
    ]
    assert not drawers, "name these after what is in them"


def measured(name: str) -> bool:
    return bool(MEASURES & {word.removesuffix("s") for word in name.lower().split("_")})


def named(source: Source) -> Iterator[tuple[int, str]]:
    """Line and name of every field of a class and every parameter of a function."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    yield part.lineno, part.target.id
    for function in source.functions():
        given = function.args
        for one in (*given.posonlyargs, *given.args, *given.kwonlyargs):
            yield one.lineno, one.arg


def without_unit(source: Source) -> list[str]:
    return [
        f"{source.name}:{line} {name}"
        for line, name in named(source)
        if measured(name) and not WITH_UNIT.search(name)
    ]


def test_measures_end_in_their_unit() -> None:
    found = [fault for source in sources(*ROOMS, "tests") for fault in without_unit(source)]
    assert not found, "in what? write _s, _ms, _ns, _hours, _days, then _min or _max"


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("timeout_s", True),
        ("latency_ms_max", True),
        ("age_ms_last", True),
        ("keep_days", True),
        ("page", True),  # not an age
        ("timeout", False),
        ("max_delay", False),
        ("delays", False),
        ("age_max", False),
    ],
)
def test_the_linter_itself(name: str, good: bool) -> None:
    for text in (f"def f({name}: int) -> None: ...", f"class C:\n    {name}: int = 1"):
        assert (not without_unit(Source("x.py", text, ast.parse(text)))) is good
