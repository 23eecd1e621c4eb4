"""What pydantic found wrong, in words: what was found, what is allowed, which key was meant.

The words come from the schema of the file that is read, `of`: the site file's, the desk's, or any
other's that is read as strictly.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from alerts.settings.problem import Keys, dotted, found

Node: TypeAlias = Mapping[str, Any]  # a node of the file's JSON Schema, references resolved
File: TypeAlias = type[BaseModel]

_FOLLOWS = {"too_short", "missing"}  # said by pydantic of a list whose entries failed already
_PASSWORDS = {"password", "passwd", "pass", "pwd", "secret"}


def explain(errors: Sequence[ErrorDetails], of: File) -> list[tuple[Keys, str]]:
    """Where and what, for each error that is not just the consequence of another one."""
    places = [error["loc"] for error in errors]
    return [
        (error["loc"] + tuple(error.get("ctx", {}).get("at", ())), _words(error, of))
        for error in errors
        if not (error["type"] in _FOLLOWS and any(_within(error["loc"], loc) for loc in places))
    ]


def node_at(keys: Keys, of: File) -> Node | None:
    """The schema of what stands at these keys; None where the schema knows nothing of the kind."""
    node: Node | None = _resolved(_schema(of), of)
    for key in keys:
        if node is None:
            return None
        if isinstance(key, int):
            pairs = node.get("prefixItems")
            child = pairs[min(key, len(pairs) - 1)] if pairs else node.get("items")
        else:
            child = node.get("properties", {}).get(key) or node.get("additionalProperties") or None
        node = _resolved(child, of) if child is not None else None
    return node


def all_keys(of: File, node: Node | None = None, above: str = "") -> Iterator[tuple[str, Node]]:
    """Every key the file may have, dotted, entries of lists as `[]`, with its schema."""
    for key, child in (node or _resolved(_schema(of), of)).get("properties", {}).items():
        inner, path = _resolved(child, of), f"{above}.{key}".removeprefix(".")
        yield path, inner
        if "items" in inner:
            inner, path = _resolved(inner["items"], of), path + "[]"
        yield from all_keys(of, inner, path) if "properties" in inner else ()


def allowed(node: Node) -> str:
    """What a node of the schema allows, in words."""
    words = node.get("allowed") or _allowed_kind(node)
    return f"{words}, or null" if node.get("nullable") else words


def _allowed_kind(node: Node) -> str:
    if "const" in node or "enum" in node:
        choices = [_choice(choice) for choice in node.get("enum", [node.get("const")])]
        return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))
    kind = node.get("type")
    if kind == "array":
        return _allowed_list(node)
    if kind == "string" and node.get("format") != "path":
        length = f" of 1 to {node['maxLength']} characters" if "maxLength" in node else ""
        return f"a text{length}; put it in quotes if it looks like a number"
    return {
        "boolean": "true or false",
        "integer": "a whole number" + _bounds(node),
        "number": "a number" + _bounds(node),
        "object": _allowed_mapping(node),
    }.get(str(kind), "a path")


def _allowed_mapping(node: Node) -> str:
    keys = node.get("properties")
    return "a mapping with the keys " + ", ".join(keys) if keys else "a mapping"


def _choice(choice: object) -> str:
    """As it has to be written: a text that YAML would take for a number in quotes."""
    return f'"{choice}"' if isinstance(choice, str) and choice[:1].isdigit() else str(choice)


def _allowed_list(node: Node) -> str:
    least, most = node.get("minItems", 0), node.get("maxItems")
    if "prefixItems" in node:
        return f"a list of exactly {most} numbers"
    if most is None:
        return f"a list of at least {least}" if least else "a list"
    return f"a list of {least} to {most} entries" if least else f"a list of at most {most} entries"


def _bounds(node: Node) -> str:
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']:g} and below {node['exclusiveMaximum']:g}"
    if "maximum" in node:
        return f" from {node['minimum']:.10g} to {node['maximum']:.10g}"
    if "minimum" in node:
        return f", {node['minimum']:.10g} or more"
    return ""


def _words(error: ErrorDetails, of: File) -> str:
    keys = error["loc"]
    if error["type"] == "told":
        return str(error["ctx"]["words"])
    if error["type"] == "missing":
        node = node_at(keys, of) or {}
        return f"missing, add it ({node.get('description', '').rstrip('.')})"
    if error["type"] == "extra_forbidden":
        return _unknown_key(keys, of)
    hidden = str(keys[-1]).startswith("password")
    given = "a value that is not shown here" if hidden else found(error["input"])
    if error["type"] == "value_error":
        return f"found {given}; {error['ctx']['error']}"
    return f"found {given}; allowed: {allowed(node_at(keys, of) or {})}"


def _unknown_key(keys: Keys, of: File) -> str:
    key, above = str(keys[-1])[:64], node_at(keys[:-1], of) or {}
    here = list(above.get("properties", {}))
    if key.lower() in _PASSWORDS and "password_env" in here:
        return "passwords do not stand in this file; give password_file or password_env"
    if near := difflib.get_close_matches(key.lower(), here, n=1):
        return f"unknown key; did you mean {near[0]}?"
    everywhere = {path.rpartition(".")[2]: path for path, _ in reversed([*all_keys(of)])}
    if near := difflib.get_close_matches(key.lower(), everywhere, n=1, cutoff=0.8):
        return f"unknown key here; did you mean {everywhere[near[0]]}?"
    return f"unknown key; known in {dotted(keys[:-1]) or 'the file'}: {', '.join(here)}"


def _within(outer: Keys, inner: Keys) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


@functools.cache
def _schema(of: File) -> Node:
    return of.model_json_schema()


def _resolved(node: Node, of: File) -> Node:
    """Follows `$ref` and takes the other side of "or null"; what stands beside them is kept."""
    merged: dict[str, Any] = dict(node)
    while merged.keys() & {"$ref", "allOf", "anyOf"}:
        if name := merged.pop("$ref", None):
            merged = {**_schema(of)["$defs"][name.removeprefix("#/$defs/")], **merged}
        # Before pydantic 2.9 a reference with something beside it stands in an `allOf`.
        for option in [*merged.pop("allOf", []), *merged.pop("anyOf", [])]:
            if option.get("type") == "null":
                merged["nullable"] = True
            else:
                merged = {**option, **merged}
    return merged
