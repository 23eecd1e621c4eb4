"""Verbs of several parts, as `floorwatch engine build` and `floorwatch engine clear`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Verbs = Any  # argparse's sub-parser collection has no public type
Run = Callable[[argparse.Namespace], int]


@dataclass(frozen=True)
class Part:
    """What it does, in a line that begins small, and a command as an example."""

    about: str
    example: str


def add(
    verbs: Verbs,
    name: str,
    parts: Mapping[str, Part],
    run: Run,
    *,
    about: str,
    text: str,
    example: str,
    as_written: bool = False,
) -> dict[str, argparse.ArgumentParser]:
    """Adds the verb `name` with its parts; their parsers, for what each is asked. `about` is its
    line among all verbs, `text` what its own help says, which keeps its lines `as_written`. `run`
    does the one that was asked for, which stands in `what`."""
    plain = argparse.RawDescriptionHelpFormatter if as_written else argparse.HelpFormatter
    verb = verbs.add_parser(
        name, help=about, description=text, formatter_class=plain, epilog=f"example: {example}"
    )
    group = verb.add_subparsers(metavar="WHAT", title="what", required=True, dest="what")
    made: dict[str, argparse.ArgumentParser] = {}
    for what, part in parts.items():
        made[what] = group.add_parser(
            what,
            help=part.about,
            description=f"{part.about[0].upper()}{part.about[1:]}.",
            epilog=f"example: {part.example}",
        )
        made[what].set_defaults(run=run)
    return made
