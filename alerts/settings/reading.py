"""Reads a file of settings. Whatever is wrong with it comes out as one plain line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from alerts.errors import BadConfig
from alerts.settings import unread
from alerts.settings.document import Document, Value, parse
from alerts.settings.explain import explain
from alerts.settings.problem import Keys, Problem, bad, dotted, found, keys_of

SIZE_MAX = 1_000_000  # bytes

NOTHING: Mapping[str, object] = MappingProxyType({})

Settings = TypeVar("Settings", bound=BaseModel)
Values = dict[str, Value]


def load_as(
    of: type[Settings],
    path: Path,
    *,
    kind: str,
    instead: str,
    newest: int = 1,
    forward: Callable[[Values, int], Values] = lambda values, _version: values,
    overrides: Mapping[str, object] = NOTHING,
) -> Settings:
    """The file at `path`, of a `kind` (`a site file`); `instead` says what to do where there is
    none. `forward` brings values of an older version, up to the `newest`, to that one. `overrides`
    replace what the file says, by dotted path: `{"broker.port": 1884, "cameras[0].url": "x.mp4"}`;
    mappings and lists are replaced whole. Relative paths, overrides' too, start at the file's
    folder. Raises `BadConfig`."""
    document = parse(text_of(path, kind, instead), str(path))
    values = forward(document.values, version_of(document, str(path), newest))
    for key, value in overrides.items():
        _put(values, key, value, str(path))
    context = {"folder": path.absolute().parent}
    try:
        # By way of JSON, where pydantic is strict about kinds yet takes lists for tuples.
        return of.model_validate_json(json.dumps(values, default=str), context=context)
    except ValidationError as error:
        outside = [keys for key in overrides if (keys := keys_of(key)) is not None]
        problems = [
            _placed(document, outside, keys, words) for keys, words in explain(error.errors(), of)
        ]
        raise bad(str(path), problems) from None


def text_of(path: Path, kind: str, instead: str) -> str:
    """What stands in a file of this `kind`. Raises `BadConfig`; `instead` says what to do where
    there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_MAX + 1)
    except FileNotFoundError:
        raise BadConfig(f"{path}: there is no such file; {instead}") from None
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read: {unread.why(error)}") from None
    if len(data) > SIZE_MAX:
        raise BadConfig(f"{path}: larger than {SIZE_MAX} bytes; this is not {kind}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadConfig(f"{path}:{line}: not UTF-8; save the file in that encoding") from None


def version_of(document: Document, file: str, newest: int) -> int:
    """Of the file's format, 1 to `newest`. Raises `BadConfig`."""
    values, keys = document.values, ("version",)
    version = values.get("version")
    if "version" not in values:
        raise bad(file, [Problem(1, keys, f"missing, begin the file with `version: {newest}`")])
    line = document.line_of(keys)
    if type(version) is not int or version < 1:
        words = f"found {found(version)}; allowed: the whole number {newest}"
        raise bad(file, [Problem(line, keys, words)])
    if version > newest:
        words = (
            f"the file is of version {version}, this floorwatch reads up to {newest}; "
            "update floorwatch"
        )
        raise bad(file, [Problem(line, keys, words)])
    return version


def _put(values: dict[str, Value], path: str, value: object, file: str) -> None:
    """Sets one override in place, making the mappings on the way to it."""
    keys = keys_of(path)
    if keys is None:
        words = f"cannot set {json.dumps(path)}; write it like broker.port or cameras[0].url"
        raise BadConfig(f"{file}: {words}")
    here: object = values
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(key, str) and isinstance(here, dict):
            if here.get(key) is None and not last:
                here[key] = {}
        elif not (isinstance(key, int) and isinstance(here, list) and key < len(here)):
            raise BadConfig(f"{file}: cannot set {path}: there is no {dotted(keys[: depth + 1])}")
        if last:
            here[key] = value  # type: ignore[index]  # the kind of key was matched above
        else:
            here = here[key]  # type: ignore[index]  # as above


def _placed(document: Document, outside: list[Keys], keys: Keys, words: str) -> Problem:
    """With its line, unless the value came from an override."""
    if any(keys[: len(set_here)] == set_here for set_here in outside):
        return Problem(None, keys, f"{words} (set from outside the file)")
    return Problem(document.line_of(keys), keys, words)
