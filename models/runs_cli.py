"""`floorwatch runs`: every run in a table, or two of them side by side."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.errors import UserError
from models.evaluation.arguments import need

if TYPE_CHECKING:
    from models.runs import Ran
Verbs = Any  # argparse's sub-parser collection has no public type


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "runs",
        help="all training runs in a table, or two of them side by side",
        description="Shows the runs in a folder: recipe, data, losses, and what `floorwatch "
        "evaluate` wrote anywhere below a run's folder. With two runs: every difference of recipe, "
        "data and numbers, and what `floorwatch compare` says of evaluations with one name in "
        "both. --csv prints the rows of models/runs.csv.",
        epilog="example: floorwatch runs runs/first runs/second",
    )
    parser.add_argument(
        "folders", type=Path, nargs="*", help="a folder of runs (default: runs), or two runs"
    )
    parser.add_argument("--csv", action="store_true", help="print rows of a CSV")
    parser.set_defaults(run=_runs)


def _runs(args: argparse.Namespace) -> int:
    need("scipy")
    from rich.console import Console  # noqa: PLC0415  (`--help` is to be quick)

    from models import runs  # noqa: PLC0415  (scipy takes a second)

    if len(args.folders) > 2:
        raise UserError(f"{len(args.folders)} folders: name one folder of runs, or two runs")
    if len(args.folders) == 2:
        one, other = found = [runs.read(folder) for folder in args.folders]
        _tell_torn(found)
        runs.tell_differences(one, other, Console(highlight=False))
        return 0
    found = runs.below(args.folders[0] if args.folders else Path("runs"))
    _tell_torn(found)
    if args.csv:
        print(runs.as_csv(found), end="")
    else:
        Console(highlight=False).print(runs.table(found))
    return 0


def _tell_torn(found: Iterable[Ran]) -> None:
    for ran in found:
        if ran.torn:
            lines = "1 line is torn" if ran.torn == 1 else f"{ran.torn} lines are torn"
            print(f"{ran.folder}/log.jsonl: {lines} and left out", file=sys.stderr)
