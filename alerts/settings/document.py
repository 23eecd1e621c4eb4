"""YAML text to plain values, each with the line it stands in.

A small, safe part of YAML: mappings, lists, texts, numbers, true, false, null; anchors, aliases and
`<<` merges to say something once. No tags. Only `true` and `false` are truth values and only plain
decimals are numbers, so `no`, `on`, `22:00` and `2026-11-20` stay the texts they look like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from alerts.settings.problem import Keys, Problem, bad
from alerts.settings.syntax import syntax_problem

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

DEPTH_MAX = 24  # a site file needs 10
VALUES_MAX = 100_000  # counted after aliases are followed: a few lines may stand for millions

_CONSTANTS: dict[str, Value] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}


@dataclass(frozen=True)
class Document:
    """The values, and for each path of keys the line of its key or list entry."""

    values: dict[str, Value]
    lines: dict[Keys, int]

    def line_of(self, keys: Keys) -> int:
        """The line of these keys, or of the nearest thing around them that is in the file."""
        while keys not in self.lines:
            keys = keys[:-1]
        return self.lines[keys]


def parse(text: str, file: str) -> Document:
    """Reads one document whose top is a mapping; raises `BadConfig` in the file's name."""
    try:
        top = _compose(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets Python's own errors out for absurd escapes and version numbers.
        raise bad(file, [syntax_problem(error, text)]) from None
    if top is None:
        raise bad(file, [Problem(1, (), "the file is empty; begin with `version: 1`")])
    reading = _Reading(file)
    values = reading.value(top, ())
    if not reading.problems and not isinstance(values, dict):
        words = "the file must be a mapping (`key: value` lines), beginning with `version: 1`"
        reading.problems.append(Problem(1, (), words))
    if reading.problems or not isinstance(values, dict):
        raise bad(file, reading.problems)
    return Document(values, {(): 1, **reading.lines})


class _Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser alone: it makes nodes, what they mean is decided below."""

    _depth = 0

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.yaml_implicit_resolvers = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            mark = self.get_mark()
            raise yaml.composer.ComposerError(None, None, "nested too deep", mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


@dataclass
class _Reading:
    """One walk over the nodes; collects lines and problems."""

    file: str
    lines: dict[Keys, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _open: list[yaml.Node] = field(default_factory=list)  # the collections we are inside of
    _count: int = 0

    def value(self, node: yaml.Node, keys: Keys) -> Value:
        self._count += 1
        if self._count > VALUES_MAX or len(self._open) > DEPTH_MAX:
            words = "the file is too large or too deep once its aliases (*) are followed"
            raise bad(self.file, [Problem(_line(node), (), words)])
        if node.tag not in _PLAIN_TAGS:
            return self._add(node, keys, "a tag (!) is not allowed; write the value alone")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, keys)
        if any(node is outer for outer in self._open):
            return self._add(node, keys, "contains itself through an alias (*)")
        self._open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, keys)
            return [self._entry(child, (*keys, i)) for i, child in enumerate(node.value)]
        finally:
            self._open.pop()

    def _entry(self, node: yaml.Node, keys: Keys) -> Value:
        self.lines[keys] = _line(node)
        return self.value(node, keys)

    def _mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Value]:
        values = self._merged(node, keys)  # first, so that what is given here keeps its own line
        own: dict[str, int] = {}
        for key, child in self._pairs(node, keys):
            inner = (*keys, key.value)
            if key.value in own:
                first = own[key.value]
                self._add(key, inner, f"given twice, first in line {first}; keep one")
                continue
            own[key.value] = self.lines[inner] = _line(key)
            values[key.value] = self.value(child, inner)
        return values

    def _pairs(self, node: yaml.MappingNode, keys: Keys) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._add(key, keys, "a list or a mapping cannot be a key")
            elif key.tag not in _PLAIN_TAGS or _unprintable(key.value):
                self._add(key, keys, "a key is a plain word, without tags and control characters")
            elif not _is_merge(key):
                yield key, child

    def _merged(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Value]:
        """`<<: *other`, or a list of them, the first counting most."""
        values: dict[str, Value] = {}
        for key, child in node.value:
            if not _is_merge(key):
                continue
            parts = child.value if isinstance(child, yaml.SequenceNode) else [child]
            for part in reversed(parts):
                merged = self.value(part, keys) if isinstance(part, yaml.MappingNode) else None
                if isinstance(merged, dict):
                    values.update(merged)
                else:
                    self._add(key, keys, "<< merges mappings; give it an alias (*) of one")
        return values

    def _scalar(self, node: yaml.ScalarNode, keys: Keys) -> Value:
        text: str = node.value
        if words := _unprintable(text):
            return self._add(node, keys, words)
        if node.style is not None:  # quoted: a text whatever it looks like
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else text

    def _add(self, node: yaml.Node, keys: Keys, words: str) -> Value:
        self.problems.append(Problem(_line(node), keys, words))
        return None  # stands in for the value; the problem is raised before anybody sees it


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == "<<" and key.style is None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _unprintable(text: str) -> str | None:
    """Why this text cannot stand in one line of anything, or None."""
    if "\n" in text:
        return "the text has a line break; write it in one line"
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            return f"the text has a control character (U+{ord(character):04X}); remove it"
    return None
