"""`configs/desk.yaml` has every key, shows true defaults, and can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from alerts.desk.recipients import Command, Email, Recipient, Smtp, Webhook
from alerts.desk.schema import DeskConfig, load
from alerts.settings.document import parse
from alerts.settings.explain import all_keys, node_at
from alerts.settings.problem import dotted
from tests.house.test_example_config import MARK, entries
from tests.house.tree import ROOT

SHIPPED = ROOT / "configs" / "desk.yaml"
TEXT = SHIPPED.read_text("utf-8")
BARE = re.sub(r"^(recipients|chains):.*\n( +.*\n)+", "", TEXT, flags=re.MULTILINE)
# `smtp: null` and `tls: null` replaced by the commented block below; the recipient by e-mail too.
BLOCKS = re.sub(r"^( *)(\w+): null.*\n(?=\1# \2:)", "", TEXT, flags=re.MULTILINE)
BLOCKS = re.sub(r"^( *)# ((?:  )*\w+: ?.*)$", r"\1\2", BLOCKS, flags=re.MULTILINE)


def test_what_we_ship_can_be_read() -> None:
    assert load(SHIPPED).chains[0].name == "spills at night"


def test_with_its_blocks_it_can_be_read_too(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(BLOCKS)
    config = load(tmp_path / "desk.yaml")
    assert config.broker.tls is not None
    assert config.recipients["board"].way == "email"
    assert config.smtp is not None


def test_without_the_examples_it_says_what_holds_without_a_file(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(BARE)
    assert load(tmp_path / "desk.yaml") == DeskConfig(version=1)


def test_every_key_of_the_schema_is_there() -> None:
    trees = [yaml.safe_load(text) for text in (TEXT, BLOCKS)]
    shown = {re.sub(r"\[\d+\]", "[]", dotted(k)) for tree in trees for k, _ in entries(tree)}
    missing = [path for path, _ in all_keys(DeskConfig) if not _shown(path, shown)]
    assert not missing, f"add to configs/desk.yaml: {', '.join(missing)}"


def _shown(path: str, shown: set[str]) -> bool:
    # Of TLS the broker's block shows it all; the cameras' steps are those of a chain.
    path = re.sub(r"^smtp\.tls\.", "broker.tls.", path)
    return re.sub(r"^dead_man\.steps\[\]", "otherwise.steps[]", path) in shown


@pytest.mark.parametrize("of", [Recipient, Webhook, Email, Command, Smtp])
def test_every_key_of_a_recipient_is_there(of: type[BaseModel]) -> None:
    missing = [name for name in of.model_fields if not re.search(rf"\b{name}:", TEXT)]
    assert not missing, f"add to configs/desk.yaml: {', '.join(missing)}"


def test_what_is_marked_is_not_the_default() -> None:
    document = parse(TEXT, "desk.yaml")
    lines = TEXT.splitlines()
    wrong = [
        dotted(keys)
        for keys, value in entries(document.values)
        if keys in document.lines
        and keys[0] not in {"otherwise", "recipients"}
        and not isinstance(keys[-1], int)
        and MARK not in lines[document.lines[keys] - 1]
        and not _is_default(keys, value)
    ]
    assert not wrong, f"not the default, or mark the line {MARK}: {', '.join(wrong)}"


def _is_default(keys: Any, value: object) -> bool:
    node = node_at(keys, DeskConfig) or {}
    if node.get("type") == "object" or keys == ("version",):
        return True
    return bool(json.loads(json.dumps(node.get("default", "none"))) == value)


def test_every_key_is_explained() -> None:
    assert not [p for p, node in all_keys(DeskConfig) if len(node.get("description", "")) < 5]


def test_lines_fit_a_screen() -> None:
    assert not [n for n, line in enumerate(TEXT.splitlines(), 1) if len(line) > 110]
