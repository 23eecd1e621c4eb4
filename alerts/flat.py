"""Messages of words, numbers, moments and counts by name: to JSON and back, by the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from alerts import moments, schema

SCHEMA_VERSION = 1


def to_json(kind: schema.Kind, message: Any) -> str:
    """One line of JSON, keys in the order of the fields.

    Raises `schema.NotByContract` for what the contract does not let us send.
    """
    plain: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    for one in fields(message):
        value = getattr(message, one.name)
        if isinstance(value, datetime):
            value = moments.to_text(value)
        plain[one.name] = dict(value) if isinstance(value, Mapping) else value
    text = json.dumps(plain, ensure_ascii=False)
    schema.check(kind, text)
    return text


def from_json(kind: schema.Kind, text: str | bytes) -> dict[str, Any]:
    """The fields in `text`, without those a newer version may have added; moments are still text.

    Raises `schema.NotByContract`.
    """
    return schema.read(kind, text)


def with_moments(fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The fields of the type: those in `names` as instants, and no version of the contract.

    Raises `schema.NotByContract` for 30 February.
    """
    plain = {name: value for name, value in fields.items() if name != "schema_version"}
    return plain | {name: _moment(name, plain[name]) for name in names}


def _moment(name: str, text: str) -> datetime:
    try:
        return moments.from_text(text)
    except ValueError as error:
        raise schema.NotByContract(f"{name}: {text} is not a date") from error
