"""`floorwatch audit`: sheets of labelled pictures, to find wrong labels on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models import train_cli
from models.needs import need

Verbs = Any  # argparse's sub-parser collection has no public type


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "audit",
        help="draw the labels onto sheets of pictures, to find the wrong ones",
        description="Draws what training learns from onto sheets, for each source and state: boxes "
        "green upright, yellow low, red down, blue bed, grey not told; liquid has a cyan edge. "
        "What is wrong goes into models/annotations/dropped.csv by the name below it, with why, "
        "and is not learnt from any more. The sheets belong to the sources, as their pictures do.",
        epilog="example: floorwatch audit --data ~/data --out sheets/",
    )
    parser.add_argument(
        "--data", type=Path, help="folder of the data, where they are not in the cache yet"
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder for the sheets")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/cache"),
        help="the prepared sources (default: runs/cache)",
    )
    parser.add_argument(
        "--sheets", type=int, default=4, help="at most, for each source and state (default: 4)"
    )
    parser.set_defaults(run=_audit)


def _audit(args: argparse.Namespace) -> int:
    need("torch", "tqdm", "onnx")
    if args.sheets < 1:
        raise UserError(f"--sheets {args.sheets}: say 1 or more")
    from tqdm import tqdm  # noqa: PLC0415  (`--help` is to be quick)

    from models import audit, material  # noqa: PLC0415  (torch)

    opened = material.opened(train_cli.data_of(args), args.cache)
    with tqdm(unit="sheet") as bar:

        def told(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        files = audit.write(opened, args.out, args.sheets, told)
    print(f"{len(files)} sheets in {args.out}")
    return 0
