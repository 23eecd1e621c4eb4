"""The verbs of `alerts`: watch, answer, webhook, dashboard, dashboard-user."""

from __future__ import annotations

import argparse
import secrets
import sys
import threading

from rich.console import Console as Screen

from alerts.desk import verbs as desk
from alerts.subscribers import broker_arguments
from alerts.subscribers import verbs as subscribers
from alerts.subscribers.console import Console, watch
from alerts.topics import Filters
from alerts.web import verbs as web


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the verbs of this package."""
    parser = verbs.add_parser(
        "watch",
        help="show alerts as they arrive from the broker",
        description="Shows alerts on this console as they arrive from the broker, and which "
        "cameras cannot see. Connects again by itself; ctrl-C ends it.",
        epilog="example: floorwatch watch --url mqtt://viewer@broker.local --site clinic-west",
    )
    broker_arguments.add(parser)
    parser.add_argument("--json", action="store_true", help="events only, one line of JSON each")
    parser.set_defaults(run=_watch)
    subscribers.register(verbs)
    desk.register(verbs)
    web.register(verbs)


def _watch(args: argparse.Namespace) -> int:
    settings = broker_arguments.settings(args, f"floorwatch-watch-{secrets.token_hex(6)}")
    screen = Screen(highlight=False, soft_wrap=True)  # colours only if it is a terminal
    console = Console(screen.print, _print_line, as_json=args.json)
    watch(settings, Filters(args.prefix, args.site), console, threading.Event())
    return 0


def _print_line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
