"""`floorwatch label`: a page on which people say what pictures and clips show."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models.amounts import real, whole
from models.label import transfer_cli
from models.needs import need

Verbs = Any  # argparse's sub-parser collection has no public type
PROJECT = Path("labels")

TEXT = """\
Opens a page in the browser on which pictures and clips are labelled, with one key an answer:
  c collapse   s spill   n nothing   u unsure   Enter as suggested   z undo   ? all keys
The model suggests, and people correct it. Pictures with the same suggestion may be sorted a page at
a time. Of one in ten the suggestion is hidden, to measure how much it sways people.

FOOTAGE is folders or files: clips and pictures, a device's evidence (evidence: in its site file),
or the false alarms that the desk keeps (negatives:). Nothing is copied or changed. Answers are kept
in PROJECT/labels.sqlite, each at once: stop and go on when you like; without FOOTAGE it goes on
where it stopped. Several people may label, each by a name. The page is for this machine alone."""
EXAMPLE = """\
examples:
  floorwatch label clips/
  floorwatch label /var/lib/floorwatch/evidence --project hall --who kim
  floorwatch label --project hall --report
  floorwatch label --project hall --usable hall/site
  floorwatch label pictures/ --project hall --import cvat.xml --who lee"""


class LabelAsk(UserError):
    """The options do not say what to do."""


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "label",
        help="label pictures and clips on a page, one key an answer; the model suggests",
        description=TEXT,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument(
        "footage", type=Path, nargs="*", metavar="FOOTAGE", help="folders or files to label"
    )
    parser.add_argument(
        "--project", type=Path, default=PROJECT, metavar="DIR",
        help="folder of the labels, made if it is not there (default: labels)",
    )  # fmt: skip
    parser.add_argument("--who", metavar="NAME", help="who labels (default: the page asks)")
    parser.add_argument(
        "--model", type=Path, metavar="FOLDER",
        help="the model that suggests: model.onnx and card.json (default: the one that ships)",
    )  # fmt: skip
    parser.add_argument("--no-model", action="store_true", help="suggest nothing")
    parser.add_argument(
        "--blind", type=real(0, 1, "shares"), default=0.1, metavar="SHARE",
        help="of how many the suggestion is hidden (default: 0.1)",
    )  # fmt: skip
    parser.add_argument(
        "--host", default="127.0.0.1", help="loopback alone, as there is no login (127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=whole(0, 65_535), default=0, help="default: any that is free"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not words")
    transfer_cli.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Put what is named into the book, and serve the page."""
    if args.project.exists() and not args.project.is_dir():
        raise LabelAsk(f"--project {args.project}: is a file; name a folder")
    if args.no_model and args.model is not None:
        raise LabelAsk("--model and --no-model: take one of them out")
    if transfer_cli.asked(args):
        return transfer_cli.run(args)
    need("starlette", "uvicorn", "itsdangerous", "tqdm", extra="label")
    from edge import zoo  # noqa: PLC0415  (pydantic)
    from models.label import screen  # noqa: PLC0415  (OpenCV and the web's libraries)
    from models.label.book import Book  # noqa: PLC0415  (as above)
    from models.lineage import SHIPPED_MODEL  # noqa: PLC0415  (as above)

    model = args.model or zoo.find(SHIPPED_MODEL, None).path.parent
    asked = screen.Asked(
        args.project, tuple(args.footage), args.who, None if args.no_model else model,
        args.host, args.port, args.blind,
    )  # fmt: skip
    with Book.open(args.project) as book:
        _add(book, asked.footage)
        screen.serve(asked, book, lambda address: _tell(address, args))
    return 0


def _add(book: Any, footage: Sequence[Path]) -> None:
    from tqdm import tqdm  # noqa: PLC0415  (not everybody has the extra)

    from models.label import gathering, screen  # noqa: PLC0415  (OpenCV)

    with tqdm(total=gathering.files(footage), unit="files", disable=None) as bar:

        def told(one: object) -> None:
            bar.update()
            if isinstance(one, str):
                bar.write(one, file=sys.stderr)

        new = screen.add(book, footage, told)
    if footage:
        print(f"{book.path}: {new} new of {len(book.items())} to label", file=sys.stderr)


def _tell(address: str, args: argparse.Namespace) -> None:
    if args.json:
        print(json.dumps({"url": address, "labels": str(args.project)}), flush=True)
    else:
        print(f"label at {address}; ctrl-C ends it, every answer is kept", flush=True)
    if not args.no_browser:
        from models.label import screen  # noqa: PLC0415  (as above)

        screen.open_browser(address)
