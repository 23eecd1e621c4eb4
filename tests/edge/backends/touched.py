"""What code touches of TensorRT's module, read from its text.

Two kinds are found: paths that begin at the module (`self._module.BuilderFlag.TF32`), and
attributes of things that TensorRT made, known by the names that the code gives them (`builder`,
`config`, …). A file that never touches the module is not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

MODULES = {"module", "_module", "trt", "_trt"}
ROLES = {
    "builder": "Builder",
    "cache": "ITimingCache",
    "config": "IBuilderConfig",
    "context": "IExecutionContext",
    "engine": "ICudaEngine",
    "network": "INetworkDefinition",
    "parser": "OnnxParser",
    "profile": "IOptimizationProfile",
    "runtime": "Runtime",
    "tensor": "ITensor",
}


@dataclass(frozen=True)
class Touch:
    """`room` is a class of the module, or empty for the module itself."""

    line: int
    room: str
    name: str

    def __str__(self) -> str:
        return f"{self.line}: {self.room or 'module'}.{self.name}"


def touches(text: str) -> set[Touch]:
    """Everything that a file touches; private names and Python's own are left out."""
    found = set(_walk(ast.parse(text)))
    if not any(touch.room == "" for touch in found):
        return set()
    return {touch for touch in found if not touch.name.startswith("_")}


def attributes(text: str) -> set[tuple[int, str]]:
    """Line and name of every attribute of anything, in a file that touches the module."""
    nodes = ast.walk(ast.parse(text)) if touches(text) else ()
    return {(node.lineno, node.attr) for node in nodes if isinstance(node, ast.Attribute)}


def literal_flags(text: str) -> list[int]:
    """Lines where a network is created from a number that is written down: it differs between
    releases which one means a strongly typed network."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "create_network"
        and not any(
            isinstance(part, ast.Name) for part in ast.walk(ast.Tuple(node.args, ast.Load()))
        )
    ]


def _walk(tree: ast.AST) -> Iterator[Touch]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _derived(node)
        if not isinstance(node, ast.Attribute):
            continue
        owner = _last_name(node.value)
        if owner in MODULES:
            yield Touch(node.lineno, "", node.attr)
        elif owner in ROLES:
            yield Touch(node.lineno, ROLES[owner], node.attr)
        elif isinstance(node.value, ast.Attribute) and _last_name(node.value.value) in MODULES:
            yield Touch(node.lineno, node.value.attr, node.attr)


def _derived(node: ast.ClassDef) -> Iterator[Touch]:
    """The methods of a class derived from one of TensorRT's: it calls them by these names."""
    for kind in node.bases:
        if isinstance(kind, ast.Attribute) and _last_name(kind.value) in MODULES:
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    yield Touch(part.lineno, kind.attr, part.name)


def _last_name(node: ast.expr) -> str:
    """`self._module` and `module` are called alike."""
    if isinstance(node, ast.Name):
        return node.id
    own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return node.attr if own and isinstance(node, ast.Attribute) else ""
