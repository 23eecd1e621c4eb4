"""The arguments that evaluate, tune and verify share. `floorwatch --help` needs them, so nothing
heavy is imported here."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import platformdirs

from alerts.errors import UserError

_NEEDED = {
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "matplotlib": "matplotlib",
    "jinja2": "jinja2",
}

NEEDS = "Needs the extra `evaluate`: pip install '.[evaluate]' in floorwatch's folder."


class EvaluationMissing(UserError):
    """What only evaluation needs is not installed."""


class NothingNamed(UserError):
    """There is nothing to evaluate."""


def need(*modules: str) -> None:
    """Raises EvaluationMissing unless all are installed."""
    for name in modules or _NEEDED:
        if importlib.util.find_spec(name) is None:
            package = _NEEDED.get(name, name)
            raise EvaluationMissing(
                f"{package} is not installed; install floorwatch with its extra: "
                "pip install '.[evaluate]' in its folder"
            )


def add_arguments(parser: argparse.ArgumentParser, *, thresholds: bool = True) -> None:
    """The arguments that say what is watched and how; with `thresholds`, also by which ones, and
    what is told apart. Without, truth is needed: a promise is about incidents."""
    parser.add_argument(
        "--truth",
        type=Path,
        nargs="+",
        action="extend",
        required=not thresholds,
        default=[],
        metavar="FILE",
        help="what happens when in which recording: CSV, ActivityNet, CVAT, Label Studio, COCO",
    )
    parser.add_argument(
        "--clips", type=Path, metavar="DIR", help="where they are (default: beside the truth)"
    )
    parser.add_argument(
        "--normal",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH",
        help="recordings and pictures, or folders of them, in which nothing happens",
    )
    parser.add_argument(
        "--rename",
        type=_renaming,
        nargs="+",
        action="extend",
        default=[],
        metavar="OLD=NEW",
        help="what the truth calls collapse, spill, ignore or none, such as fall=collapse",
    )
    parser.add_argument(
        "--config", type=Path, metavar="SITE", help="site file; without it the shipped defaults"
    )
    parser.add_argument(
        "--camera",
        metavar="NAME",
        help="the camera of the site file as which recordings are watched whose truth names none",
    )
    parser.add_argument("--model", metavar="NAME|PATH", help="another network than the site file's")
    if thresholds:
        parser.add_argument(
            "--thresholds", type=Path, metavar="FILE", help="thresholds by `floorwatch tune`"
        )
        parser.add_argument(
            "--card-thresholds",
            action="store_true",
            help="those of the network's card, whatever the site file names",
        )
        parser.add_argument(
            "--by",
            action="append",
            default=[],
            metavar="COLUMN",
            help="tell numbers apart by this column of the truth as well",
        )
    _add_how(parser)


def _add_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder-fps",
        type=_rate,
        default=1.0,
        metavar="N",
        help="pictures per second of folders of pictures, where the truth does not say (1)",
    )
    parser.add_argument(
        "--hold-last-s",
        type=_seconds,
        metavar="N",
        help="keep the last picture of each recording for N seconds (default: what the camera's "
        "`file:` says, else 0): many clips stop right after a fall",
    )
    parser.add_argument(
        "--jobs", type=_count, metavar="N", help="processes that look (default: one a core)"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=platformdirs.user_cache_path("floorwatch", appauthor=False) / "traces",
        metavar="DIR",
        help="where it is kept what was seen, so that it is not looked at twice "
        "(default: %(default)s)",
    )


def _renaming(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise argparse.ArgumentTypeError(f"{text!r} is not OLD=NEW, such as fall=collapse")
    return old, new


def _seconds(text: str) -> float:
    return _number(text, 0, 86_400, "a number of seconds from 0 to 86400")


def _rate(text: str) -> float:
    return _number(text, 0.01, 60, "a number of pictures per second from 0.01 to 60")


def _count(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 1024):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1 to 1024")
    return int(text)


def _number(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value
