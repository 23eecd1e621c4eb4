"""`floorwatch failures`: pictures of what is hard, rendered and looked at, for a model's card."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.errors import UserError
from models.amounts import whole
from models.needs import need

if TYPE_CHECKING:
    from edge.core.card import Card
    from models.failures import Tally

Verbs = Any  # argparse's sub-parser collection has no public type
BETWEEN = re.compile(r"(<!-- failures -->\n).*?(<!-- /failures -->)", re.DOTALL)
CARD, PICTURE, NUMBERS = "CARD.md", "failures.jpg", "failures.json"

TEXT = """\
Renders single pictures of what is hard to see and of what looks like it (people lying far away, cut
by the picture, in the dark; heaps of bedding, crawling; clear water; glossy floors, shadows), looks
at each with the model at its card's thresholds, and says how many it calls, with exact bounds.

  OUT/failures.jpg    the worst failure of each condition: look at it before you trust the model
  OUT/failures.json   every score
  OUT/CARD.md         where it is there: the table is put between the lines <!-- failures --> and
                      <!-- /failures -->

The same rooms are drawn every time, so models can be compared. The renderer is the one the shipped
model was trained with: the shares flatter, and say nothing of your cameras. Some ten seconds of one
core for each room."""


class FailuresAsk(UserError):
    """The options do not say what to do."""


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "failures",
        help="render what is hard to see, and show where a model fails on it",
        description=TEXT,
        epilog="example: floorwatch failures runs/first/model --out failures/",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="a folder with model.onnx and card.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for picture and numbers")
    parser.add_argument(
        "--rooms",
        type=whole(1, 10_000),
        default=12,
        metavar="N",
        help="pictures of each condition (default: 12)",
    )
    parser.add_argument(
        "--only",
        metavar="WORDS",
        help="conditions whose name has these words; leaves CARD.md alone",
    )
    parser.add_argument("--json", action="store_true", help="print numbers, not the table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Render, look and write."""
    if args.out.exists() and not args.out.is_dir():
        raise FailuresAsk(f"--out {args.out}: is a file; name a folder")
    card = None if args.only or not (args.out / CARD).is_file() else args.out / CARD
    if card is not None:
        into(card, None)
    need("mujoco", "scipy", "tqdm")
    from tqdm import tqdm  # noqa: PLC0415  (not everybody has the extra)

    from models import eye, failures  # noqa: PLC0415  (ONNX Runtime and OpenCV)
    from models.synth import hard  # noqa: PLC0415  (MuJoCo opens a GL library)

    asked = [one for one in hard.CONDITIONS if (args.only or "") in one.name]
    if not asked:
        names = ", ".join(one.name for one in hard.CONDITIONS)
        raise FailuresAsk(f"--only {args.only}: in no condition's name; there is: {names}")
    bar = tqdm(total=args.rooms * len(asked), unit="pictures", disable=None)
    with eye.opened(args.model) as opened, bar:
        found = failures.tallied(opened, hard.pictures(args.rooms, asked), bar.update)
    tallies = sorted(found, key=lambda one: asked.index(one.condition))
    table = _write(args.out, tallies, opened.card, as_json=args.json)
    if card is not None:
        into(card, table)
    return 0


def _write(out: Path, tallies: list[Tally], card: Card, *, as_json: bool) -> str:
    """Gives the table."""
    from models import failures_sheet  # noqa: PLC0415  (OpenCV)

    out.mkdir(parents=True, exist_ok=True)
    table = failures_sheet.table(tallies, card)
    picture = failures_sheet.sheet(failures_sheet.chosen(tallies), card)
    numbers = {
        "model": card.name, "version": card.version, "sha256": card.sha256,
        "conditions": [one.numbers() for one in tallies],
    }  # fmt: skip
    text = json.dumps(numbers, indent=1)
    _replace(out / PICTURE, failures_sheet.jpeg(picture))
    _replace(out / NUMBERS, f"{text}\n".encode())
    print(text if as_json else table)
    return table


def into(card: Path, table: str | None) -> None:
    """Put a table between the two marks of a card, or only see that they are there. Raises
    FailuresAsk where they are not."""
    words = card.read_text(encoding="utf-8")
    if BETWEEN.search(words) is None:
        raise FailuresAsk(
            f"{card}: has no place for the table; write the two lines <!-- failures --> and "
            "<!-- /failures --> where it should stand, or name another --out"
        )
    if table is not None:
        _replace(card, BETWEEN.sub(lambda at: f"{at[1]}{table}\n{at[2]}", words).encode())


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(data)
    unfinished.replace(path)
