"""Holds messages against the published contract (`contract/*.schema.json`, JSON Schema 2020-12).

The schemas are strict, for what we send. Who reads leaves out what he does not know (`read`): a
newer device may tell more than an older desk has heard of, and its alerts must be seen. The files
are made from the types, by `python -m alerts.contract`.

What keeps the contract is known by a compiled validator (fastjsonschema), some 25 times faster:
a desk checks each message several times. What that refuses is for jsonschema to judge, and to say
why.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Literal, get_args

import fastjsonschema
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from alerts.shapes import matches

Kind = Literal["event", "status", "health", "state", "command", "resync", "page", "desk_status"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MESSAGE_BYTES_MAX = 2**20  # of JSON; a status of a thousand cameras has half of that
_FAULTS_MAX = 100  # looked at, of a message that is all faults


class NotByContract(ValueError):
    """A message is not what the contract says. The text names the field and what is wrong."""


@cache
def text(kind: Kind) -> str:
    """The JSON Schema of one kind of message, as shipped."""
    contract = files("alerts").joinpath("contract")
    return contract.joinpath(f"{kind}.schema.json").read_text("utf-8")


def check(kind: Kind, message: str | bytes) -> dict[str, Any]:
    """The fields of `message` if it keeps the contract; raises `NotByContract` if it does not."""
    return _checked(kind, parsed(message))


def read(kind: Kind, message: str | bytes) -> dict[str, Any]:
    """As `check`, without the fields that this version does not know, at any depth."""
    return _checked(kind, _known(parsed(message), _schema(kind), _schema(kind)))


def parsed(message: str | bytes) -> Any:
    """The JSON in `message`, which may be anything. Raises `NotByContract` if it is none, or more
    than `MESSAGE_BYTES_MAX` of it."""
    if len(message) > MESSAGE_BYTES_MAX:
        raise NotByContract(f"{len(message)} bytes: {MESSAGE_BYTES_MAX} are allowed")
    try:
        found = json.loads(message, parse_constant=_refuse, parse_float=_finite)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate could not be told on
        return found
    except RecursionError as error:
        raise NotByContract("not JSON: nested too deep") from error
    except ValueError as error:
        raise NotByContract(f"not JSON: {error}") from error


def _checked(kind: Kind, fields: Any) -> dict[str, Any]:
    if not keeps(kind, fields):
        _refuse_faults(kind, fields)
    checked: dict[str, Any] = fields
    return checked


def keeps(kind: Kind, fields: Any) -> bool:
    """Whether `fields` keep the contract beyond doubt; of what does not `check` says why."""
    try:
        _compiled(kind)(fields)
    except (fastjsonschema.JsonSchemaException, RecursionError):
        return False
    return True


def _refuse_faults(kind: Kind, fields: Any) -> None:
    try:
        found = list(islice(_validator(kind).iter_errors(fields), _FAULTS_MAX))
    except RecursionError as error:  # what could be parsed, but not be told of
        raise NotByContract("not JSON: nested too deep") from error
    # The deepest of several faults is the one worth telling.
    faults = sorted(found, key=lambda fault: len(fault.path))
    if faults:
        where = "/".join(str(step)[:80] for step in faults[-1].path) or "the message"
        raise NotByContract(f"{where}: {faults[-1].message[:200]}")


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


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):  # 1e999, which nobody could tell on in JSON
        raise ValueError(f"{text[:20]} is larger than a number can be")
    return number


@cache
def _schema(kind: Kind) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(text(kind))
    return fields


@cache
def _compiled(kind: Kind) -> Callable[[Any], object]:
    # Python, and so the code that is made, takes True for 1; JSON does not.
    numbered = _schema(kind)["properties"]["schema_version"] | {"type": "integer"}
    properties = _schema(kind)["properties"] | {"schema_version": numbered}
    made: Callable[[Any], object] = fastjsonschema.compile(
        _schema(kind) | {"properties": properties}, use_default=False, use_formats=False
    )
    return made


@cache
def _validator(kind: Kind) -> Draft202012Validator:
    return _Validator(_schema(kind))


def _pattern(
    _validator: Draft202012Validator, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call] # their gap
    Draft202012Validator, {"pattern": _pattern}
)
