"""The verb `fit`: what a camera's view is taken for, from the console."""

from __future__ import annotations

import argparse
from pathlib import Path

from alerts import subverbs
from alerts.subverbs import Part
from edge import of_camera

_TEXT = (
    "Whether a camera can see is judged against its own view, which the daemon learns in its first "
    "minute and keeps over restarts. A camera that is aimed anew stays `moved` for as long as it "
    "remembers the view of before: `forget` has it learn the new one, also while the daemon runs."
)
_PARTS = {
    "show": Part(
        "say what a camera's view is taken for and what is wrong with it, and draw it",
        "floorwatch fit show hall --config site.yaml --out hall.png",
    ),
    "forget": Part(
        "delete what is known of a camera's view: it is learnt anew, as after it was aimed anew",
        "floorwatch fit forget hall --config site.yaml",
    ),
}


def register(verbs: subverbs.Verbs) -> None:
    """Adds the verb."""
    made = subverbs.add(
        verbs, "fit", _PARTS, _run,
        about="show or forget what a camera's view is taken for",
        text=_TEXT,
        example=_PARTS["forget"].example,
    )  # fmt: skip
    for part in made.values():
        of_camera.add(part)
    made["show"].add_argument("--out", type=Path, metavar="PNG", help="where to draw it")
    made["show"].add_argument("--json", action="store_true", help="one JSON document")


def _run(args: argparse.Namespace) -> int:
    from edge import fit_screen  # noqa: PLC0415  (heavy)

    return {"show": fit_screen.show, "forget": fit_screen.forget}[args.what](args)
