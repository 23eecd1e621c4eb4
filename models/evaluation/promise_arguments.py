"""The arguments that `tune` and `verify` share. `floorwatch --help` needs them, so nothing heavy is
imported here."""

from __future__ import annotations

import argparse

INDEPENDENT = (
    "A promise counts independent incidents: person × camera × session. Several falls of one "
    "person before one camera in one session are one incident, and so is one fall seen by several "
    "cameras: give such rows one name in the column `incident`."
)


def add_labels(parser: argparse.ArgumentParser, which: str) -> None:
    """The argument that says which labels are asked for."""
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        choices=("collapse", "spill"),
        metavar="LABEL",
        help=f"collapse or spill; may be given twice (default: {which})",
    )


def share(text: str) -> float:
    """A share for argparse, between 0 and 1 and neither."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1, such as 0.95")
    return value
