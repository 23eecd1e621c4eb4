"""`floorwatch compare`: two models or settings side by side, and where they differ."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from models.evaluation.arguments import NEEDS, need

Verbs = Any  # argparse's sub-parser collection has no public type


def add(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "compare",
        help="two evaluations side by side, and the incidents on which they differ",
        description="Compares what `floorwatch evaluate` wrote for two models or two settings on "
        "the same truth: recall, false alarms, time to alert, each with its bound and with the "
        "probability that chance alone makes such a difference (exact tests, not corrected for "
        "how many there are). Then every incident that one found and the other did not, and every "
        "false alarm that one alone gave. Incidents which only one was shown are left out. "
        f"{NEEDS}",
        epilog="example: floorwatch compare before/metrics.json after/metrics.json",
    )
    parser.add_argument("a", type=Path, metavar="A", help="metrics.json, or the folder it is in")
    parser.add_argument("b", type=Path, metavar="B", help="the other one")
    parser.add_argument("--sources", action="store_true", help="each source by itself as well")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compares; the exit status is 0 whatever comes out."""
    need("scipy")
    from models.evaluation import differences, metrics_file, side_by_side  # noqa: PLC0415  (`--help` is to be quick)

    a, b = metrics_file.read(args.a), metrics_file.read(args.b)
    found = side_by_side.compare(a, b, sources=args.sources)
    if args.json:
        named = {"a": str(a.path), "b": str(b.path)}
        print(json.dumps(named | differences.keys(found), ensure_ascii=False, indent=1))
    else:
        differences.tell(a.path, b.path, found)
    return 0
