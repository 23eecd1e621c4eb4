"""The verb `verify`: is a promise kept, on incidents that no threshold was tuned on?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from models.evaluation.arguments import NEEDS, add_arguments, need
from models.evaluation.promise_arguments import INDEPENDENT, add_labels

Verbs = Any  # argparse's sub-parser collection has no public type


def add(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "verify",
        help="check promised thresholds on incidents that were not used to tune them",
        description="For each threshold of the file: kept, if the lower bound of the recall on "
        "these incidents reaches what was promised; broken, if the upper bound does not; else not "
        "shown, as there are too few incidents to tell. Refuses incidents that the thresholds were "
        "tuned on, and another model or other alarm rules than they were tuned for. "
        f"{INDEPENDENT} Exit code: 0 all kept, 1 not shown or broken, 2 refused. "
        f"{NEEDS}",
        epilog="example: floorwatch verify --truth others.csv --thresholds thresholds.yaml",
    )
    add_arguments(parser, thresholds=False)
    parser.add_argument(
        "--thresholds", type=Path, required=True, metavar="FILE", help="by `floorwatch tune`"
    )
    add_labels(parser, "those of the file")
    parser.add_argument("--json", action="store_true", help="print JSON instead of words")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verifies; the exit status."""
    need("scipy")
    from models.evaluation import verifying  # noqa: PLC0415  (`--help` is to be quick)

    return verifying.run(args)
