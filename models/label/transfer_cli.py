"""What `floorwatch label` does without its page: it reports, reads, writes, and chooses."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.errors import UserError
from models.amounts import whole
from models.needs import need

if TYPE_CHECKING:
    from models.label.book import Book
    from models.label.usable import Labels

FORMATS = ("coco", "yolo", "cvat", "label-studio", "activitynet")
IMPORTER = "imported"


class TransferAsk(UserError):
    """The options do not say what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What there is besides the page."""
    group = parser.add_argument_group("instead of the page")
    one = group.add_mutually_exclusive_group()
    one.add_argument(
        "--report", action="store_true",
        help="print how many labels there are, how far labellers agree and are swayed by "
        "suggestions, what they have to settle, and what is likely wrong",
    )  # fmt: skip
    one.add_argument(
        "--usable", type=Path, metavar="DIR",
        help="write what is agreed on as `floorwatch train --init shipped --data DIR`, `tune "
        "--truth DIR/tune.csv` and `evaluate --truth DIR/truth.csv` take it; a fifth of the "
        "camera-days is kept apart to tell by",
    )  # fmt: skip
    one.add_argument(
        "--export", nargs=2, metavar=("FORMAT", "DIR"),
        help=f"write what is agreed on for other tools: {', '.join(FORMATS)}",
    )  # fmt: skip
    one.add_argument(
        "--import", dest="import_", type=Path, metavar="FILE",
        help="read COCO, YOLO (data.yaml), CVAT, Label Studio, ActivityNet or a table as "
        "answers of --who; names are below FOOTAGE, else beside the file",
    )  # fmt: skip
    one.add_argument(
        "--next", type=whole(1, 100_000), metavar="N",
        help="choose N to come next on the page: 40 %% high scores, 30 %% near the threshold, "
        "15 %% just under it near known incidents, 15 %% by chance",
    )  # fmt: skip


def asked(args: argparse.Namespace) -> bool:
    """Whether any of it is asked for."""
    others = (args.usable, args.export, args.import_, args.next)
    return args.report or any(one is not None for one in others)


def run(args: argparse.Namespace) -> int:
    """Do it, on the book of `args.project`."""
    need("scipy", "defusedxml", extra="label")
    from models.label.book import NAME, Book  # noqa: PLC0415  (SciPy, OpenCV)

    if args.import_ is None and not (args.project / NAME).is_file():
        raise TransferAsk(f"{args.project}: no labels in it; name the folder with --project")
    with Book.open(args.project) as book:
        if args.report:
            return _report(book, args)
        if args.usable is not None:
            return _usable(book, args)
        if args.export is not None:
            return _export(book, args)
        return _import(book, args) if args.import_ is not None else _next(book, args)


def _model(args: argparse.Namespace) -> Path:
    from edge import zoo  # noqa: PLC0415  (pydantic)
    from models.lineage import SHIPPED_MODEL  # noqa: PLC0415  (as above)

    return args.model or zoo.find(SHIPPED_MODEL, None).path.parent


def _report(book: Book, args: argparse.Namespace) -> int:
    from edge import zoo  # noqa: PLC0415  (as above)
    from models import seen  # noqa: PLC0415  (as above)
    from models.label import report, report_words  # noqa: PLC0415  (scikit-learn)

    folder = _model(args)
    found = report.report(book, zoo.find(None, folder).card.sha256, seen.read(folder))
    if args.json:
        print(json.dumps(found.numbers(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report_words.lines(found)))
    return 0


def _labels(book: Book) -> Labels:
    items = {item.number: item for item in book.items()}
    return {number: (items[number], given) for number, given in book.verdicts().items()}


def _usable(book: Book, args: argparse.Namespace) -> int:
    from models.label import usable  # noqa: PLC0415  (as above)

    found = usable.write(_labels(book), args.usable)
    if args.json:
        print(json.dumps({"counts": found.counts, "left_out": found.left_out}, indent=1))
    else:
        print("\n".join([f"{args.usable}:", *found.lines()]))
    return 0


def _export(book: Book, args: argparse.Namespace) -> int:
    from models.label import transfer  # noqa: PLC0415  (as above)

    form, folder = args.export[0], Path(args.export[1])
    if form not in transfer.FORMATS:
        raise TransferAsk(f"--export {form}: known formats are {', '.join(FORMATS)}")
    if folder.exists() and not folder.is_dir():
        raise TransferAsk(f"--export {form} {folder}: is a file; name a folder")
    found = transfer.write(form, _labels(book), folder)
    if args.json:
        files = [str(path) for path in found.files]
        print(json.dumps({"files": files, "pictures": found.pictures, "clips": found.clips}))
    else:
        print("\n".join(str(path) for path in found.files))
        print(f"{found.pictures} pictures, {found.clips} clips, by their paths below {found.below}")
    return 0


def _import(book: Book, args: argparse.Namespace) -> int:
    from models.label import transfer  # noqa: PLC0415  (as above)

    if len(args.footage) > 1:
        raise TransferAsk("--import: name one folder that the file's names are below")
    below = args.footage[0] if args.footage else args.import_.parent
    if not below.is_dir():
        raise TransferAsk(f"{below}: no folder; name the one that the file's names are below")
    found = transfer.read(book, args.import_, below, args.who or IMPORTER)
    if args.json:
        print(json.dumps({"answered": found.answered, "new": found.new}))
        return 0
    print(
        f"{args.import_}: {found.answered} answers by {args.who or IMPORTER}, {found.new} items new"
    )
    if found.more_incidents:
        print(f"{found.more_incidents} clips hold more than one incident: the first was taken")
    return 0


def _next(book: Book, args: argparse.Namespace) -> int:
    from edge import zoo  # noqa: PLC0415  (as above)
    from models.label import queueing  # noqa: PLC0415  (as above)

    card = zoo.find(None, _model(args)).card
    turns = queueing.renew(book, card, who=args.who, count=args.next)
    if not turns:
        raise TransferAsk(
            f"{args.project}: nothing to choose from; open the page once, and let the model look"
        )
    counts: dict[str, int] = {}
    for one in turns:
        counts[one.why] = counts.get(one.why, 0) + 1
    told = ", ".join(f"{count} {why}" for why, count in sorted(counts.items()))
    print(json.dumps(counts) if args.json else f"{len(turns)} come next: {told}")
    return 0
