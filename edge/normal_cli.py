"""The verb `normal`: what a camera shows on its normal days, from the console."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from alerts import subverbs
from alerts.subverbs import Part
from edge import of_camera

_TEXT = (
    "The daemon learns what each place of a camera's view looks like at each hour "
    "of day, from its own pictures and by itself: useful after ten minutes, good after days. "
    "It says when a camera no longer looks like what was learnt of it (drift), tells of what "
    "is unusual if the site file gives it a budget (`normal: unusual_per_day:`), and counts "
    "how many alarms other thresholds would have given. It never keeps an alert back, and "
    "learns nothing while an event is open or somebody is down."
)
_PARTS = {
    "show": Part(
        "say what is known of a camera, and draw it",
        "floorwatch normal show hall --config site.yaml --out hall.png",
    ),
    "learn": Part(
        "learn from recordings of a camera ahead, as the daemon would have",
        "floorwatch normal learn hall monday.mp4 --config site.yaml --start 2026-11-16T08:00:00Z",
    ),
    "forget": Part(
        "delete what is known of a camera: it begins anew",
        "floorwatch normal forget hall --config site.yaml",
    ),
}


def register(verbs: subverbs.Verbs, moment: Callable[[str], datetime]) -> None:
    """Adds the verb; `moment` reads a time."""
    made = subverbs.add(
        verbs, "normal", _PARTS, _run,
        about="show, teach or forget what a camera looks like on its normal days",
        text=_TEXT,
        example=_PARTS["show"].example,
    )  # fmt: skip
    for part in made.values():
        of_camera.add(part)
    made["show"].add_argument("--out", type=Path, metavar="PNG", help="where to draw it")
    made["show"].add_argument("--json", action="store_true", help="one JSON document")
    made["learn"].add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    made["learn"].add_argument(
        "--start",
        type=moment,
        required=True,
        metavar="TIME",
        help="when the first clip begins, such as 2026-11-20T08:00:00Z: each hour of day is learnt "
        "by itself; the others follow right after it",
    )
    made["learn"].add_argument("--json", action="store_true", help="one JSON line at the end")


def _run(args: argparse.Namespace) -> int:
    from edge import normal_screen  # noqa: PLC0415  (heavy)

    does = {
        "show": normal_screen.show,
        "learn": normal_screen.learn,
        "forget": normal_screen.forget,
    }
    return does[args.what](args)
