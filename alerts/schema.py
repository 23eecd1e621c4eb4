"""Holds messages against the published contract (`contract/*.schema.json`, JSON Schema 2020-12)."""

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
    try:
        fields: dict[str, Any] = json.loads(message, parse_constant=_refuse)
    except RecursionError as error:
        raise NotByContract("not JSON: nested too deep") from error
    except ValueError as error:
        raise NotByContract(f"not JSON: {error}") from error
    # The deepest of several faults is the one worth telling; the list is never long.
    faults = sorted(_validator(kind).iter_errors(fields), key=lambda fault: len(fault.path))
    if faults:
        where = "/".join(str(step) for step in faults[-1].path) or "the message"
        raise NotByContract(f"{where}: {faults[-1].message[:200]}")
    return fields


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


@cache
def _validator(kind: Kind) -> Draft202012Validator:
    return Draft202012Validator(json.loads(text(kind)))
