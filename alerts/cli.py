"""The verbs of `alerts`: watch, dashboard, dashboard-user."""

from __future__ import annotations

import argparse
import secrets
import sys
import threading
from pathlib import Path

from rich.console import Console as Screen

from alerts.broker import TlsSettings, tls_context
from alerts.broker_url import PASSWORD_VARIABLE, settings_from_url
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
        epilog="example: floorwatch watch --url mqtt://desk@broker.local --site hall-3",
    )
    parser.add_argument(
        "--url", default="mqtt://localhost", help="mqtt://user@host:port, mqtts:// for TLS"
    )
    parser.add_argument("--site", default="+", help="one site; all of them if not given")
    parser.add_argument("--prefix", default="floorwatch", help="first level of the topics")
    parser.add_argument(
        "--protocol", choices=("5", "3.1.1"), default="5", help="the MQTT the broker speaks (5)"
    )
    parser.add_argument("--json", action="store_true", help="events only, one line of JSON each")
    parser.add_argument(
        "--password-file", type=Path, help=f"else the variable {PASSWORD_VARIABLE} is used"
    )
    parser.add_argument("--ca-file", type=Path, help="PEM: who vouches for the broker")
    parser.add_argument("--cert-file", type=Path, help="PEM: our certificate, if it wants one")
    parser.add_argument("--key-file", type=Path, help="PEM: our certificate's key")
    parser.set_defaults(run=_watch)
    web.register(verbs)


def _watch(args: argparse.Namespace) -> int:
    files = (args.ca_file, args.cert_file, args.key_file)
    settings = settings_from_url(
        args.url,
        client_id=f"floorwatch-watch-{secrets.token_hex(6)}",
        protocol=args.protocol,
        password_file=args.password_file,
        tls=TlsSettings(*files) if any(files) else None,
    )
    if settings.tls is not None:
        tls_context(settings.tls)  # a wrong file is told now, and not tried again and again
    screen = Screen(highlight=False, soft_wrap=True)  # colours only if it is a terminal
    console = Console(screen.print, _print_line, as_json=args.json)
    watch(settings, Filters(args.prefix, args.site), console, threading.Event())
    return 0


def _print_line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
