"""What every key of `metrics.json` means: `keys.md` beside this file is the one place where that is
said, and this reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_ROW = re.compile(r"\| `(?P<name>[^`]+)` \| (?P<unit>[^|]*?) ?\| (?P<meaning>[^|]+) \|")


@dataclass(frozen=True)
class Key:
    """A key, its unit (`1` for shares and scores, empty for what is no number), and its meaning
    with formula or source."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Group:
    """Keys that stand together, and where: paths with `*` for any name or number; none for the
    file itself."""

    title: str
    where: tuple[str, ...]
    keys: tuple[Key, ...]


def table() -> str:
    """All keys as Markdown."""
    return (resources.files(__package__) / "keys.md").read_text(encoding="utf-8")


@cache
def groups() -> tuple[Group, ...]:
    """All keys, in the order of the file."""
    _, *sections = table().split("\n## ")
    return tuple(map(_group, sections))


def _group(section: str) -> Group:
    title, _, rest = section.partition("\n")
    places = [line for line in rest.splitlines() if line.startswith("In `")]
    found = tuple(Key(**row.groupdict()) for row in _ROW.finditer(rest))
    return Group(title, tuple(re.findall(r"`([^`]+)`", "".join(places))), found)
