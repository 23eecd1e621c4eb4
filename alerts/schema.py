"""Holds messages against the published contract (`contract/*.schema.json`, JSON Schema 2020-12).

The schemas are strict, for what we send. Who reads leaves out what he does not know (`read`): a
newer device may tell more than an older desk has heard of, and its alerts must be seen.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jsonschema import Draft202012Validator

Kind = Literal["event", "status", "health"]
KINDS: tuple[Kind, ...] = ("event", "status", "health")


class NotByContract(ValueError):
    """A message is not what the contract says. The text names the field and what is wrong."""


@cache
def text(kind: Kind) -> str:
    """The JSON Schema of one kind of message, as shipped."""
    contract = files("alerts").joinpath("contract")
    return contract.joinpath(f"{kind}.schema.json").read_text("utf-8")


def check(kind: Kind, message: str | bytes) -> dict[str, Any]:
    """The fields of `message` if it keeps the contract; raises `NotByContract` if it does not."""
    return _checked(kind, _parsed(message))


def read(kind: Kind, message: str | bytes) -> dict[str, Any]:
    """As `check`, without the fields that this version does not know, at any depth."""
    return _checked(kind, _known(_parsed(message), _schema(kind), _schema(kind)))


def _parsed(message: str | bytes) -> Any:
    try:
        found = json.loads(message, parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate could not be told on
        return found
    except RecursionError as error:
        raise NotByContract("not JSON: nested too deep") from error
    except ValueError as error:
        raise NotByContract(f"not JSON: {error}") from error


def _checked(kind: Kind, fields: Any) -> dict[str, Any]:
    # The deepest of several faults is the one worth telling; the list is never long.
    faults = sorted(_validator(kind).iter_errors(fields), key=lambda fault: len(fault.path))
    if faults:
        where = "/".join(str(step) for step in faults[-1].path) or "the message"
        raise NotByContract(f"{where}: {faults[-1].message[:200]}")
    found: dict[str, Any] = fields
    return found


def _known(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """`value` without the keys that `schema` does not name, where it allows no others."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if isinstance(value, list) and "items" in schema:
        return [_known(one, schema["items"], root) for one in value]
    for choice in schema.get("anyOf", ()):
        value = _known(value, choice, root)  # one of them is an object, at most
    if not isinstance(value, dict) or schema.get("additionalProperties") is not False:
        return value
    named = schema["properties"]
    return {key: _known(inner, named[key], root) for key, inner in value.items() if key in named}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


@cache
def _schema(kind: Kind) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(text(kind))
    return fields


@cache
def _validator(kind: Kind) -> Draft202012Validator:
    return Draft202012Validator(_schema(kind))
