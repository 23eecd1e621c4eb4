"""From the types of messages to JSON Schemas (2020-12).

Fields are required, since we always send them, all but those that came later (`shapes.Added`);
others are not allowed, at any depth.
What a field may hold stands on the field (`alerts.shapes`).
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from typing_extensions import Doc

from alerts.answers import Command
from alerts.event import Event
from alerts.paging import Page
from alerts.resyncing import Resync
from alerts.schema import Kind
from alerts.shapes import Added, Keys, Limits
from alerts.standing import EventState
from alerts.status import DeskStatus, Health, Status

SCHEMA_VERSION = 1
MESSAGES: dict[Kind, type] = {
    "event": Event,
    "status": Status,
    "health": Health,
    "state": EventState,
    "command": Command,
    "resync": Resync,
    "page": Page,
    "desk_status": DeskStatus,
}
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", datetime: "string"}


def schema_of(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of one kind of message."""
    defs: dict[str, Any] = {}
    message = MESSAGES[kind]
    body = _object(message, defs)
    version = {
        "description": "Version of this contract. Raised when a field changes its meaning or goes.",
        "const": SCHEMA_VERSION,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:floorwatch:{kind}:{SCHEMA_VERSION}",
        "title": message.__name__,
        "description": _first_paragraph(message),
        **body,
        "required": ["schema_version", *body["required"]],
        "properties": {"schema_version": version, **body["properties"]},
        **({"$defs": defs} if defs else {}),
    }


def _first_paragraph(message: type) -> str:
    paragraph = (message.__doc__ or "").split("\n\n")[0]
    return " ".join(paragraph.replace("`", "").split())


def _object(made_of: type, defs: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(made_of, include_extras=True)
    names = [one.name for one in fields(made_of)]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in names if not _came_later(hints[name])],
        "properties": {name: _shape(hints[name], defs) for name in names},
    }


def _came_later(hint: Any) -> bool:
    return get_origin(hint) is Annotated and any(isinstance(one, Added) for one in get_args(hint))


def _shape(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    """The schema of one type."""
    origin = get_origin(hint)
    if origin in _READERS:
        return _READERS[origin](hint, defs)
    if is_dataclass(hint) and isinstance(hint, type):
        return _once(hint.__name__, _object(hint, defs), defs)
    return {"type": _PLAIN[hint]}


def _annotated(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    inner, *marks = get_args(hint)
    keys = next((mark for mark in marks if isinstance(mark, Keys)), None)
    shape = _keyed(inner, keys, defs) if keys else _shape(inner, defs)
    for mark in marks:
        if isinstance(mark, Limits):
            shape = shape | mark.keywords()
            if mark.named is not None:
                shape = _once(mark.named, shape, defs)
        elif isinstance(mark, Doc):
            shape = {"description": mark.documentation} | shape
    return shape


def _choice(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    null = type(None)
    shapes = [_shape(one, defs) for one in get_args(hint) if one is not null]
    if null in get_args(hint):
        shapes.append({"type": "null"})
    return {"anyOf": shapes}


def _array(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    first, *rest = get_args(hint)
    shape = {"type": "array", "items": _shape(first, defs)}
    if rest == [Ellipsis]:
        return shape
    if any(one != first for one in rest):
        raise TypeError(f"{hint}: an array of several types has no schema here")
    return shape | {"minItems": len(rest) + 1, "maxItems": len(rest) + 1}


def _mapping(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    names, values = (_shape(one, defs) for one in get_args(hint))
    return {"type": "object", "propertyNames": names, "additionalProperties": values}


def _keyed(hint: Any, keys: Keys, defs: dict[str, Any]) -> dict[str, Any]:
    _, values = get_args(hint)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(keys.names),
        "properties": {name: _shape(values, defs) for name in keys.names},
    }


def _words(hint: Any, _defs: dict[str, Any]) -> dict[str, Any]:
    return {"enum": list(get_args(hint))}


def _once(name: str, shape: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """Below `$defs`, and named where it is used."""
    defs[name] = shape
    return {"$ref": f"#/$defs/{name}"}


_READERS: dict[Any, Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    Annotated: _annotated,
    Literal: _words,
    Mapping: _mapping,
    Union: _choice,
    tuple: _array,
    types.UnionType: _choice,
}
