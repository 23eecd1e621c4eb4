"""`floorwatch loop`: from what people said of alarms to a better model, and back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from models.amounts import real
from models.needs import need

Verbs = Any  # argparse's sub-parser collection has no public type

TEXT = """\
Makes the model better at a site, round by round, from what its people say:

  pull      false alarms that the desk keeps (negatives:), evidence of the devices, other footage
  label     a person answers: floorwatch label
  write     what was labelled, a fifth of all camera-days kept apart to judge by
  train     the shipped model with all of it on top
  tune      thresholds that keep the promised recall, where incidents are enough
  evaluate  the model that is used and the new one, on what was kept apart
  judge     better, no better, worse, or not to be told yet; then a report, and a proposal

Nothing is replaced by itself. `accept` makes the new model the used one: FOLDER/current, a link
that the site file names once; `back` makes it the one before again. What is cut off goes on where
it was. Every step says the command that does it by hand. It runs on a CPU, overnight."""
_WHAT = {
    "begin": "make a loop: which footage, which site file",
    "run": "go on with the round, to its proposal",
    "show": "how far it is, and what is used",
    "accept": "use the proposed model from now on",
    "reject": "leave it",
    "back": "use the model again that was accepted before",
    "example": "render a site, answer for its people, and run a round",
}
_EXAMPLES = {
    "begin": "floorwatch loop begin loop/ --config site.yaml --from negatives/",
    "run": "floorwatch loop run loop/",
    "show": "floorwatch loop show loop/ --json",
    "accept": "floorwatch loop accept loop/",
    "reject": "floorwatch loop reject loop/ --why 'misses the stairs'",
    "back": "floorwatch loop back loop/",
    "example": "floorwatch loop example example/ --cameras 5",
}


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "loop",
        help="from people's answers to a better model: label, train, judge, propose, go back",
        description=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: floorwatch loop run loop/",
    )
    whats = parser.add_subparsers(metavar="WHAT", title="what", required=True, dest="what")
    made = {name: _add(whats, name) for name in _WHAT}
    _add_begin(made["begin"])
    made["run"].add_argument(
        "--unattended", action="store_true", help="go on though something is not labelled"
    )
    made["run"].add_argument(
        "--again", action="store_true", help="though nothing was labelled since the last round"
    )
    made["show"].add_argument("--json", action="store_true", help="print JSON")
    made["accept"].add_argument(
        "--anyway", action="store_true", help="though it is not better, or cannot be judged"
    )
    for name in ("accept", "reject"):
        made[name].add_argument("--why", default="", help="a word for who reads it later")
    made["example"].add_argument(
        "--cameras", type=int, choices=range(2, 21), default=5, metavar="N",
        help="how many, 2 to 20; ten minutes of rendering each (default: 5)",
    )  # fmt: skip
    made["example"].add_argument(
        "--quick", action="store_true", help="a minute of each camera: to see how it goes"
    )


def _add(whats: Any, name: str) -> argparse.ArgumentParser:
    about = _WHAT[name]
    parser: argparse.ArgumentParser = whats.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"example: {_EXAMPLES[name]}",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the loop's folder")
    parser.set_defaults(run=_run)
    return parser


def _add_begin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", type=Path, action="append", default=[], dest="sources", metavar="DIR",
        help="footage, evidence, or what the desk keeps; may be given several times",
    )  # fmt: skip
    parser.add_argument("--config", type=Path, metavar="SITE", help="the site file")
    parser.add_argument(
        "--camera", metavar="NAME",
        help="the site's camera as which footage is watched that names none of its own",
    )  # fmt: skip
    parser.add_argument(
        "--also", type=Path, action="append", default=[], metavar="TRUTH",
        help="further clips with their truth that both models are judged by, never learnt",
    )  # fmt: skip
    parser.add_argument("--recipe", default="finetune", help="name or file (finetune)")
    parser.add_argument(
        "--target-recall", type=real(0.5, 1, "shares"), default=0.9, metavar="R",
        help="that thresholds are to promise (0.9)",
    )  # fmt: skip
    parser.add_argument(
        "--hold-last-s", type=real(0, 3600, "seconds"), metavar="N",
        help="as `floorwatch evaluate` has it: clips of incidents often stop right after",
    )  # fmt: skip


def _run(args: argparse.Namespace) -> int:
    need("torch", "onnx", "scipy", "jinja2", "tqdm")
    from models.loop import screen  # noqa: PLC0415  (`--help` is to be quick)

    return screen.do(args)
