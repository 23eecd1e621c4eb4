"""The verb `evaluate`: recordings with their truth in; events, numbers and a report out."""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections.abc import Sequence
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


class BadFolder(UserError):
    """The folder to write to cannot be written to."""


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
    from rich.console import Console  # noqa: PLC0415  (`--help` is to be quick)

    from models.evaluation import events, inputs, metrics, summary  # noqa: PLC0415  (see above)
    from models.evaluation.about import about, held_s  # noqa: PLC0415  (see above)

    _make(args.out)
    given = inputs.read(args)
    watched = inputs.watch(given)
    numbers = metrics.build(watched, about(given, args.truth))
    _write(args.out / "events.jsonl", "".join(f"{line}\n" for line in events.lines(watched)))
    text = json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    _write(args.out / "metrics.json", text)
    _report(args.out / "report.html", numbers, watched, given)
    paper = Console(stderr=True, highlight=False, soft_wrap=True)
    if args.json:
        print(text, end="")
    else:
        Console(highlight=False).print(summary.table(numbers))
    if held_s(given):
        paper.print(f"the last picture of each clip was held {held_s(given):g} s", markup=False)
    paper.print(f"written to {args.out}: events.jsonl, metrics.json, report.html", markup=False)
    return 0


def _report(path: Path, numbers: dict[str, Any], watched: Sequence[Any], given: Any) -> None:
    """The page for people."""


def _make(folder: Path) -> None:
    """Said now, not after hours of work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".try").write_text("", "utf-8")
        (folder / ".try").unlink()
    except OSError as error:
        raise BadFolder(
            f"{folder}: cannot be written to ({error.strerror}); say --out DIR"
        ) from None


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as error:
        raise BadFolder(f"{path}: cannot be written ({error.strerror})") from None
