"""The verb `normal`: what a camera shows on its normal days, from the console."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

Verbs = Any  # argparse's sub-parser collection has no public type
_WHAT = {
    "show": "say what is known of a camera, and draw it",
    "learn": "learn from recordings of a camera ahead, as the daemon would have",
    "forget": "delete what is known of a camera: it begins anew",
}
_EXAMPLES = {
    "show": "floorwatch normal show hall --config site.yaml --out hall.png",
    "learn": "floorwatch normal learn hall monday.mp4 --config site.yaml --start "
    "2026-11-16T08:00:00Z",
    "forget": "floorwatch normal forget hall --config site.yaml",
}


def register(verbs: Verbs, moment: Callable[[str], datetime]) -> None:
    """Adds the verb; `moment` reads a time."""
    parser = verbs.add_parser(
        "normal",
        help="show, teach or forget what a camera looks like on its normal days",
        description="The daemon learns what each place of a camera's view looks like at each hour "
        "of day, from its own pictures and by itself: useful after ten minutes, good after days. "
        "It says when a camera no longer looks like what was learnt of it (drift), tells of what "
        "is unusual if the site file gives it a budget (`normal: unusual_per_day:`), and counts "
        "how many alarms other thresholds would have given. It never keeps an alert back, and "
        "learns nothing while an event is open or somebody is down.",
        epilog="example: floorwatch normal show hall --config site.yaml --out hall.png",
    )
    whats = parser.add_subparsers(metavar="WHAT", title="what", required=True, dest="what")
    made = {name: _add(whats, name) for name in _WHAT}
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


def _add(whats: Any, name: str) -> argparse.ArgumentParser:
    about = _WHAT[name]
    parser: argparse.ArgumentParser = whats.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"example: {_EXAMPLES[name]}",
    )
    parser.add_argument("camera", metavar="CAMERA", help="its name in the site file")
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("site.yaml"),
        metavar="SITE",
        help="the site file (default: site.yaml here)",
    )
    parser.set_defaults(run=_run)
    return parser


def _run(args: argparse.Namespace) -> int:
    from edge import normal_screen  # noqa: PLC0415  (heavy)

    done: int = getattr(normal_screen, args.what)(args)
    return done
