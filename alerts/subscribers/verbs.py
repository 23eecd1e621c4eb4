"""The verbs of those who listen and answer: answer, webhook."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
import threading
from dataclasses import replace
from pathlib import Path

from rich.console import Console as Screen

from alerts.answers import ACTIONS
from alerts.broker import TlsSettings
from alerts.errors import UserError
from alerts.own_folder import own_folder
from alerts.subscribers import answer, broker_arguments
from alerts.subscribers.console import state_line
from alerts.topics import Filters

SECRET_VARIABLE = "FLOORWATCH_WEBHOOK_SECRET"  # noqa: S105 - the variable's name, no secret
_SESSION_S = 7 * 24 * 3600  # how long the broker collects for a webhook that is down


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds them."""
    parser = verbs.add_parser(
        "answer",
        help="acknowledge or resolve an alert, or call it a false alarm",
        description="Tells the desk who takes care of an alert, or that it is over, and shows how "
        "the event stands then. Needs a desk that is online (`floorwatch desk`).",
        epilog="example: floorwatch answer latest acknowledge --who Kim --note 'on my way'",
    )
    parser.add_argument("event", help="an event's id, or latest: the one that is open")
    parser.add_argument("action", choices=ACTIONS, help="what is said of it")
    parser.add_argument("--who", help="your name (the one you are logged in with)")
    parser.add_argument("--note", default="", help="what there is to say, for those who read it")
    parser.add_argument("--json", action="store_true", help="the state, one line of JSON")
    broker_arguments.add(parser)
    parser.set_defaults(run=_answer)
    _register_webhook(verbs)


def _register_webhook(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser(
        "webhook",
        help="post every alert to a webhook, signed",
        description="Posts every phase of every alert as JSON, signed as Standard Webhooks says "
        "(header webhook-signature), in order, tried again until it is taken. The broker collects "
        "while this is down (up to a week); what is refused for good stands in dead.jsonl in the "
        "folder --state. Needs `pip install floorwatch[desk]`.",
        epilog="example: floorwatch webhook --to https://example.org/hook --secret-file hook.key",
    )
    parser.add_argument("--to", help="the address to post to: https://…")
    parser.add_argument("--to-file", type=Path, help="a file with the address, if it is a secret")
    parser.add_argument(
        "--secret-file",
        type=Path,
        help=f"whsec_… to sign with, else the variable {SECRET_VARIABLE}; without: unsigned",
    )
    parser.add_argument("--to-ca-file", type=Path, help="PEM: who vouches for the receiver")
    parser.add_argument("--timeout-s", type=float, default=10.0, help="of one try (10)")
    parser.add_argument(
        "--give-up-h",
        type=float,
        default=24.0,
        help="hours without an answer to give up after (24)",
    )
    parser.add_argument("--state", type=Path, help="folder for what must not be forgotten")
    parser.add_argument("--check", action="store_true", help="post a test message and end")
    broker_arguments.add(parser)
    parser.set_defaults(run=_webhook)


def _answer(args: argparse.Namespace) -> int:
    settings = broker_arguments.settings(args, f"floorwatch-answer-{secrets.token_hex(6)}")
    asked = answer.Asked(args.event, args.action, args.who or _login(), args.note)
    state = answer.answer(settings, Filters(args.prefix, args.site), asked)
    if args.json:
        sys.stdout.write(state.to_json() + "\n")
    else:
        Screen(highlight=False, soft_wrap=True).print(state_line(state))
    return 0


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "console"


def _webhook(args: argparse.Namespace) -> int:
    try:
        from alerts.poster import Endpoint  # noqa: PLC0415 - its extra may not be installed
        from alerts.subscribers import webhook  # noqa: PLC0415 - the same
    except ImportError as error:
        raise UserError(
            f"{error.name} is missing: pip install 'floorwatch[desk]', which posts webhooks"
        ) from error
    if (args.to is None) == (args.to_file is None):
        raise UserError("--to: name the address to post to, or --to-file with a file that holds it")
    url = args.to if args.to_file is None else webhook.read_line(args.to_file, "--to-file")
    endpoint = Endpoint(
        url,
        webhook.key(args.secret_file, SECRET_VARIABLE),
        args.timeout_s,
        TlsSettings(args.to_ca_file, given_as="options") if args.to_ca_file else None,
    )
    if args.check:
        return _posted_test(webhook.check(endpoint))
    folder = args.state or own_folder() / "webhook"
    with webhook.State(folder) as state:
        settings = broker_arguments.settings(args, f"floorwatch-webhook-{state.client_id}")
        forwarder = webhook.Forwarder(endpoint, state, args.give_up_h * 3600)
        forwarder.run(
            replace(settings, session_expiry_s=_SESSION_S),
            Filters(args.prefix, args.site),
            threading.Event(),
        )
    return 0


def _posted_test(name: str) -> int:
    sys.stdout.write(f"{name} took a test message\n")
    return 0
