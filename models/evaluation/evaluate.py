"""The verb `evaluate`: recordings with their truth in; events, numbers and a report out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from models.evaluation.arguments import NEEDS, NothingNamed, add_arguments, need

Verbs = Any  # argparse's sub-parser collection has no public type


def add(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "evaluate",
        help="say how many incidents are found, how fast, and how often it cries wolf",
        description="Runs the shipped pipeline (decoder, network, alarm step) over recordings "
        "whose truth is known, and writes events.jsonl, metrics.json and report.html. What was "
        "seen is kept, so that a run that was interrupted goes on where it stopped, and another "
        "threshold costs nothing. --normal without --truth says how often it cries wolf. Exit "
        "code: 0 whatever the numbers are, 2 something must be changed first, 130 interrupted. "
        f"{NEEDS}",
        epilog="example: floorwatch evaluate --truth clips/truth.csv --out report/",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument("--json", action="store_true", help="print metrics.json, not the table")
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluates; the exit status is 0 whatever the numbers are. Raises NothingNamed."""
    if not (args.truth or args.normal):
        raise NothingNamed(
            "nothing to evaluate: say --truth FILE, what happens when in which recording, or "
            "--normal PATH, recordings in which nothing happens, or both"
        )
    need()
    from models.evaluation import evaluation  # noqa: PLC0415  (`--help` is to be quick)

    return evaluation.run(args)
