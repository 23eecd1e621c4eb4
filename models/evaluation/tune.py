"""The verb `tune`: the highest thresholds that keep a promised recall, and what they cost."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from models.evaluation.arguments import NEEDS, add_arguments, need
from models.evaluation.promise_arguments import INDEPENDENT, add_labels, share

Verbs = Any  # argparse's sub-parser collection has no public type


def add(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "tune",
        help="find the highest thresholds that keep a promised recall, and their price",
        description="For each label the highest threshold at which at least --target-recall of all "
        "such incidents alarm, with --confidence, by the exact binomial rule; and the false alarms "
        "it costs on footage in which nothing happens. Where no threshold keeps the promise, it "
        f"says why and promises nothing. {INDEPENDENT} Incidents of recordings the "
        "model was trained on are left out. An existing file is replaced. Exit code: 0 all labels "
        "promised, 1 some not, 3 there are too few incidents for any, 2 something must be changed. "
        f"{NEEDS}",
        epilog="example: floorwatch tune --truth truth.csv --normal normal/ --target-recall 0.9 "
        "--out thresholds.yaml",
    )
    add_arguments(parser, thresholds=False)
    parser.add_argument(
        "--target-recall", type=share, default=0.95, metavar="R", help="to promise (0.95)"
    )
    parser.add_argument(
        "--confidence", type=share, default=0.95, metavar="C", help="of the promise (0.95)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="the thresholds, say thresholds.yaml",
    )
    parser.add_argument(
        "--per-camera",
        action="store_true",
        help="thresholds of single cameras too, where they have incidents enough; the truth names "
        "them in a column `camera`. Each promise holds at the confidence by itself: of many, some "
        "will not be kept",
    )
    add_labels(parser, "those with incidents")
    parser.add_argument("--json", action="store_true", help="print JSON instead of words")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Tunes; the exit status."""
    need("scipy")
    from models.evaluation import tuning  # noqa: PLC0415  (`--help` is to be quick)

    return tuning.run(args)
