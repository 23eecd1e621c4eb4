"""The one command, `floorwatch`. Its verbs come from the packages, through entry points.

An entry point of the group `floorwatch.verbs` is a function `register(verbs)`. It adds parsers;
each has a `help`, a `description`, an `epilog` ("example: …") and `set_defaults(run=function)`,
where the function takes the parsed arguments and gives the exit status.

    0    done
    1    the demo did not show what it should; or a bug, told by a traceback
    2    the user must change something: one line on standard error says what
    130  interrupted by ctrl-C
    141  whoever reads our output has had enough (`| head`)
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import NoReturn

from alerts import log
from alerts.errors import UserError

VERBS_GROUP = "floorwatch.verbs"
_ABOUT = "Sees a person collapse or a liquid spill on the cameras already there, and tells by MQTT."
_TITLES = {
    "edge": "watch a site (on the device)",
    "alerts": "receive alerts (anywhere)",
    "evaluation": "know how good it is (on a workstation, or the device)",
    "models": "make a model (on a workstation)",
}
_ORDER = ("edge", "alerts", "evaluation", "models")
_LOGIN = re.compile(r"://\S*@")  # an address in the wrong place may hold a password

_log = logging.getLogger(__name__)


class _Parser(argparse.ArgumentParser):
    """One line where arguments make no sense, as for everything else that is to be changed."""

    def error(self, message: str) -> NoReturn:
        told = _LOGIN.sub("://***@", message)
        raise UserError(f"{told}; `{self.prog} --help` tells what is allowed")


class _Command(_Parser):
    """The command's own parser: its help shows the verbs in groups, with an example each."""

    groups: dict[str, list[_Verb]]

    def format_help(self) -> str:
        lines = [f"usage: {self.prog} [--version] [--log-level LEVEL] VERB ...", "", _ABOUT]
        for package, verbs in self.groups.items():
            lines += ["", f"{_TITLES.get(package, package)}:"]
            for verb in verbs:
                lines += [f"  {verb.name:<14} {verb.about}", f"  {'':<14} {verb.example}"]
        lines += ["", f"`{self.prog} VERB --help` tells all about one verb.", ""]
        return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True)
class _Verb:
    name: str
    about: str
    example: str


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb; the exit status is in the module's description."""
    log.set_up("info")
    try:
        parser = build_parser()
        args = parser.parse_args(argv)
        log.set_up(args.log_level)
        if not hasattr(args, "run"):
            sys.stderr.write(parser.format_help())
            return 2
        return int(args.run(args))
    except UserError as error:
        for line in str(error).splitlines():  # a site file may have several mistakes, a line each
            sys.stderr.write(f"floorwatch: {' '.join(line.split())}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output (`| head`) has had enough. Python would say so once more at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def build_parser() -> argparse.ArgumentParser:
    """The parser with all verbs that are installed."""
    parser = _Command(prog="floorwatch", description=_ABOUT)
    parser.add_argument(
        "--version", action="version", version=f"floorwatch {metadata.version('floorwatch')}"
    )
    _add_log_level(parser, "info")
    verbs = parser.add_subparsers(metavar="VERB", title="verbs", parser_class=_Parser)
    parser.groups = {}
    for entry in sorted(metadata.entry_points(group=VERBS_GROUP), key=lambda one: _rank(one.name)):
        try:
            register = entry.load()
        except ImportError as error:
            # A workstation's part that cannot be loaded must not keep the daemon from starting.
            _log.warning("the verbs of %s cannot be loaded: %s", entry.name, error)
            continue
        known = set(verbs.choices)
        register(verbs)
        # argparse keeps what `help=` said nowhere in public.
        about = {action.dest: action.help or "" for action in verbs._choices_actions}
        parser.groups[entry.name] = []
        for name, verb in verbs.choices.items():
            if name not in known:
                # Also after the verb, where one would write it; what stands before still counts.
                _add_log_level(verb, argparse.SUPPRESS)
                parser.groups[entry.name].append(_Verb(name, about[name], verb.epilog or ""))
    return parser


def _add_log_level(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--log-level", choices=log.LEVELS, default=default, help="how much to tell (info)"
    )


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


if __name__ == "__main__":
    sys.exit(main())
