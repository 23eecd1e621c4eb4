"""`configs/example.yaml` has every key, shows true defaults, and can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.settings.document import parse
from alerts.settings.explain import all_keys, node_at
from alerts.settings.problem import Keys, dotted
from edge.config import Config, load

CONFIGS = Path(__file__).parents[2] / "configs"
EXAMPLE = CONFIGS / "example.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
MARK = "(example)"  # in the comment of a value that is not the default


def with_the_blocks_in_comments() -> str:
    """The example as it is when `key: null` is replaced by the commented block below it."""
    text = re.sub(r"^( *)(\w+): null.*\n(?=\1# \2:)", "", TEXT, flags=re.MULTILINE)
    return re.sub(r"^( *)# ( *\w+:(?: null)?(?: +#.*)?)$", r"\1\2", text, flags=re.MULTILINE)


TEXTS = {"as it is": TEXT, "with the blocks in comments": with_the_blocks_in_comments()}


def entries(value: object, keys: Keys = ()) -> Iterator[tuple[Keys, object]]:
    """Everything in a tree of values with its keys, the top left out."""
    children: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    for key, child in children:
        yield (*keys, key), child
        yield from entries(child, (*keys, key))


@pytest.mark.parametrize("name", ["example.yaml", "demo.yaml"])
def test_what_we_ship_can_be_read(name: str) -> None:
    assert isinstance(load(CONFIGS / name), Config)


def test_with_its_blocks_it_can_be_read_too(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(TEXTS["with the blocks in comments"], encoding="utf-8")
    config = load(tmp_path / "site.yaml")
    assert config.broker.tls is not None
    assert config.cameras == load(tmp_path / "site.yaml").cameras


def any_of(path: str) -> str:
    """Entries of a list are alike, and so are the settings of the two labels."""
    return re.sub(r"\.labels\.(collapse|spill)\b", ".labels.*", re.sub(r"\[\d+\]", "[]", path))


def test_every_key_of_the_schema_is_there() -> None:
    trees = [yaml.safe_load(text) for text in TEXTS.values()]
    shown = {any_of(dotted(keys)) for tree in trees for keys, _ in entries(tree)}
    missing = [path for path, _ in all_keys(Config) if any_of(path) not in shown]
    assert not missing, f"add to configs/example.yaml: {', '.join(missing)}"


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_what_is_not_marked_is_the_default(text: str) -> None:
    document = parse(text, "example.yaml")
    lines = text.splitlines()
    wrong = []
    for keys, value in entries(document.values):
        line = lines[document.line_of(keys) - 1]
        node = node_at(keys, Config) or {}
        if isinstance(keys[-1], int) or MARK in line or node.get("type") == "object":
            continue
        if keys != ("version",) and ("default" not in node or node["default"] != value):
            wrong.append(f"{dotted(keys)}: {json.dumps(value)}, default {node.get('default')}")
    assert not wrong, f"not the default, or mark the line {MARK}: {'; '.join(wrong)}"


def test_what_is_marked_is_not_the_default() -> None:
    document = parse(TEXT, "example.yaml")
    lines = TEXT.splitlines()
    values = {keys: value for keys, value in entries(document.values) if keys in document.lines}
    for keys, value in values.items():
        node = node_at(keys, Config) or {}
        if MARK in lines[document.lines[keys] - 1] and not isinstance(keys[-1], int):
            assert node.get("default", "none") != value, f"{dotted(keys)} is the default"


def test_every_key_is_explained() -> None:
    unexplained = [path for path, node in all_keys(Config) if len(node.get("description", "")) < 5]
    assert not unexplained


def test_lines_fit_a_screen() -> None:
    long = [number for number, line in enumerate(TEXT.splitlines(), 1) if len(line) > 110]
    assert not long, f"longer than 110: {long}"
