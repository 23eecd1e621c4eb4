"""What is wrong with a file of settings, in one plain line each, without giving secrets away."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from alerts.errors import BadConfig

Keys: TypeAlias = tuple[str | int, ...]

SHOWN_MAX = 5  # problems in one message: more is not read, and often follows from these
_TEXT_MAX = 60  # characters of a value that are shown


@dataclass(frozen=True)
class Problem:
    """One thing to mend. `line` counts from 1; None where the file has no line for it."""

    line: int | None
    keys: Keys
    text: str

    def told(self, file: str) -> str:
        """`site.yaml:12: cameras[0].url: …`."""
        where = file if self.line is None else f"{file}:{self.line}"
        return (
            f"{where}: {dotted(self.keys)}: {self.text}" if self.keys else f"{where}: {self.text}"
        )


def bad(file: str, problems: Sequence[Problem]) -> BadConfig:
    """The error to raise: a line for each problem, in the order of the file, the first five."""
    in_order = sorted(problems, key=lambda problem: problem.line or 0)
    lines = [problem.told(file) for problem in in_order[:SHOWN_MAX]]
    if more := len(in_order) - SHOWN_MAX:
        lines += [f"{file}: and {more} more"] if more > 0 else []
    return BadConfig("\n".join(lines))


def dotted(keys: Keys) -> str:
    """`("cameras", 0, "url")` → `cameras[0].url`; a key that is no plain word is quoted."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{_shown(key)}" for key in keys]
    return "".join(parts).removeprefix(".")


def _shown(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", key) else _quoted(key)


def keys_of(path: str) -> Keys | None:
    """`cameras[0].url` → `("cameras", 0, "url")`; None if it is not written like that."""
    if not re.fullmatch(r"[a-z_]+(\.[a-z_]+|\[[0-9]{1,4}\])*", path):
        return None
    found = re.findall(r"([a-z_]+)|\[([0-9]+)\]", path)
    return tuple(name or int(index) for name, index in found)


def found(value: object) -> str:
    """A value of the file in words, shortened, with what may be a secret left out."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return "the text " + _quoted(value)
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    return "a mapping"


def _quoted(text: str) -> str:
    shown = without_secrets(text)
    shown = shown if len(shown) <= _TEXT_MAX else shown[:_TEXT_MAX] + "…"
    return json.dumps(shown, ensure_ascii=False)


def without_secrets(address: str) -> str:
    """An address as it may be shown or logged: without user and password, and without the query,
    where some cameras want them. Takes any text; harmless ones come back as they are."""
    scheme, separator, rest = address.partition("://") if "://" in address else ("", "", address)
    if "@" in rest:
        rest = "***@" + rest.rpartition("@")[2]
    if separator and "?" in rest:
        rest = rest.partition("?")[0] + "?***"
    return scheme + separator + rest
