"""`floorwatch loop`: from what people said of alarms to a better model, and back."""

from __future__ import annotations

import argparse
from pathlib import Path

from alerts import subverbs
from alerts.subverbs import Part
from models.amounts import real
from models.needs import need

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
it was, till it is dropped. What a round learnt from, pictures of people, is deleted once it is
accepted, rejected or dropped, and its pages show no more of them; numbers, report and model stay.
Every step says the command that does it by hand. It runs on a CPU, overnight."""
_PARTS = {
    "begin": Part(
        "make a loop: which footage, which site file",
        "floorwatch loop begin loop/ --config site.yaml --from negatives/",
    ),
    "run": Part(
        "go on with the round, to its proposal",
        "floorwatch loop run loop/",
    ),
    "show": Part(
        "how far it is, and what is used",
        "floorwatch loop show loop/ --json",
    ),
    "accept": Part(
        "use the proposed model from now on",
        "floorwatch loop accept loop/",
    ),
    "reject": Part(
        "leave it",
        "floorwatch loop reject loop/ --why 'misses the stairs'",
    ),
    "drop": Part(
        "give up the round that is under way: the next begins anew",
        "floorwatch loop drop loop/ --why 'the wrong footage'",
    ),
    "back": Part(
        "use the model again that was accepted before",
        "floorwatch loop back loop/",
    ),
    "example": Part(
        "render a site, answer for its people, and run a round",
        "floorwatch loop example example/ --cameras 5",
    ),
}


def register(verbs: subverbs.Verbs) -> None:
    """Adds the verb to the command."""
    made = subverbs.add(
        verbs, "loop", _PARTS, _run,
        about="from people's answers to a better model: label, train, judge, propose, go back",
        text=TEXT,
        example="floorwatch loop run loop/",
        as_written=True,
    )  # fmt: skip
    for part in made.values():
        part.add_argument("folder", type=Path, metavar="FOLDER", help="the loop's folder")
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
    for name in ("accept", "reject", "drop"):
        made[name].add_argument("--why", default="", help="a word for who reads it later")
    made["example"].add_argument(
        "--cameras", type=int, choices=range(2, 21), default=5, metavar="N",
        help="how many, 2 to 20; ten minutes of rendering each (default: 5)",
    )  # fmt: skip
    made["example"].add_argument(
        "--quick", action="store_true", help="a minute of each camera: to see how it goes"
    )


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
