"""The verb `evaluate`: recordings with their truth in; events, numbers and a report out."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models.evaluation.arguments import add_arguments

Verbs = Any  # argparse's sub-parser collection has no public type
_NEEDED = {
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "matplotlib": "matplotlib",
    "jinja2": "jinja2",
}


class EvaluationMissing(UserError):
    """What only evaluation needs is not installed."""


def add(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "evaluate",
        help="say how many incidents are found, how fast, and how often it cries wolf",
        description="Runs the shipped pipeline (decoder, network, alarm step) over recordings "
        "whose truth is known, and writes events.jsonl, metrics.json and report.html. What was "
        "seen is kept, so that a run that was interrupted goes on where it stopped, and another "
        "threshold costs nothing.",
        epilog="example: floorwatch evaluate --truth clips/truth.csv --out report/",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument("--json", action="store_true", help="print metrics.json, not the table")
    add_arguments(parser)
    parser.set_defaults(run=run)


def need(*modules: str) -> None:
    """Raises EvaluationMissing unless all are installed."""
    for name in modules or _NEEDED:
        if importlib.util.find_spec(name) is None:
            package = _NEEDED.get(name, name)
            raise EvaluationMissing(
                f"{package} is not installed; pip install 'floorwatch[evaluate]'"
            )


def run(args: argparse.Namespace) -> int:
    """Evaluates; the exit status is 0 whatever the numbers are."""
    need()
    from models.evaluation import evaluation  # noqa: PLC0415  (`--help` is to be quick)

    return evaluation.run(args)
