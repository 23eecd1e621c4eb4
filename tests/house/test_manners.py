"""How code behaves in this house: it says what it is for, hides no error, and mocks nobody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOMS, Source, sources

EVERYTHING = sources(*ROOMS, "tests")
BROAD = {"Exception", "BaseException"}
# Where a thread ends, its error is carried to the one who waits for the thread, and raised there.
# In `bystanders` it is said, with its traceback, and what stands beside the alarms is switched off.
CARRIED = {
    "alerts/database_parts.py": 1,
    "edge/backends/abreast.py": 1,
    "edge/backends/guarded.py": 1,
    "edge/backends/switching.py": 1,
    "edge/bystanders.py": 1,
    "edge/crew.py": 1,
    "models/dataset.py": 1,
}
EMPTY = {"tests/house/__init__.py", "tests/support/__init__.py"}
WAIVER = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]+\])?)"
)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        source.name
        for source in sources(*ROOMS, "tests/support", "tests/house")
        if not ast.get_docstring(source.tree) and source.name not in EMPTY
    ]
    assert not silent, "write a docstring: what is in here, and why"


def broad(source: Source) -> Iterator[int]:
    """The lines on which anything at all is caught and kept. Tidying up and raising it on is no
    keeping."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            last = node.body[-1]
            raised_on = isinstance(last, ast.Raise) and last.exc is None
            named = ast.walk(node.type) if node.type is not None else ()
            everything = any(isinstance(one, ast.Name) and one.id in BROAD for one in named)
            if (node.type is None or everything) and not raised_on:
                yield node.lineno


def test_the_broad_excepts_are_where_threads_end() -> None:
    found = {source.name: len(lines) for source in EVERYTHING if (lines := list(broad(source)))}
    assert found == CARRIED, "name what you expect, and let the rest come out"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("except Exception:\n    pass", True),
        ("except:\n    raise", False),
        ("except (OSError, BaseException) as e:\n    print(e)", True),
        ("except BaseException:\n    close()\n    raise", False),
        ("except Exception as e:\n    raise ValueError from e", True),
        ("except OSError:\n    pass", False),
    ],
)
def test_the_linter_itself(text: str, kept: bool) -> None:
    tried = f"try:\n    pass\n{text}"
    assert bool(list(broad(Source("x.py", tried, ast.parse(tried))))) is kept


def test_errors_are_not_swallowed_by_suppress_either() -> None:
    found = [
        f"{source.name}:{node.lineno}"
        for source in EVERYTHING
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("suppress")
        and any(ast.unparse(given) in BROAD for given in node.args)
    ]
    assert not found


def test_only_the_wiring_asks_of_what_kind_a_camera_is() -> None:
    found = [
        f"{source.name}:{node.lineno}"
        for source in sources("edge")
        if source.name not in {"edge/wiring.py", "edge/config/camera.py"}
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith(".kind")
    ]
    assert not found, "let edge/wiring.py decide, and be given what it made"


def test_nobody_is_mocked() -> None:
    mocking = re.compile(
        r"\bunittest\.mock\b|\bfrom unittest import mock\b|\bmonkeypatch\.setattr\b"
    )
    found = [
        f"{source.name}:{number}"
        for source in EVERYTHING
        for number, line in enumerate(source.text.splitlines(), 1)
        if mocking.search(line) and source.name != "tests/house/test_manners.py"
    ]
    assert not found, "use the real part, or a fake that passes the conformance suite of its seam"


def test_what_is_waived_is_waived_with_a_reason() -> None:
    bare = [
        f"{source.name}:{number}"
        for source in sources(*ROOMS)
        for number, line in enumerate(source.text.splitlines(), 1)
        if WAIVER.search(line) and not re.search(r"[a-z]{3}", WAIVER.split(line)[-1])
    ]
    assert not bare, "say in words why, on the same line"


def test_the_runtime_is_taken_from_where_it_is_silenced() -> None:
    """Loaded before that, each tells its maker what runs here."""
    telltales = {"onnxruntime", "openvino"}
    loads = [
        source.name
        for source in EVERYTHING
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Import) and any(a.name in telltales for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in telltales)
    ]
    assert loads == ["edge/backends/runtime.py"]  # edge/backends/openvino.py does it by name
