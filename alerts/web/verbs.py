"""The verbs `dashboard` and `dashboard-user`. What they need is loaded when they run: the web's
libraries are an extra."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import Any

from alerts.broker_url import PASSWORD_VARIABLE
from alerts.errors import UserError

_USERS = Path("users.yaml")


def register(verbs: Any) -> None:
    """Adds the verbs to the command."""
    _add_dashboard(verbs)
    _add_user(verbs)


def _add_dashboard(verbs: Any) -> None:
    parser = verbs.add_parser(
        "dashboard",
        help="serve a page that shows what waits for help, and takes answers",
        description="Serves a page with all open events, their pictures and clips, the cameras and "
        "the history; it stays live by itself, and whoever is there answers with one press or key. "
        "Without --users only this machine may look, and nobody has to log in; for others there "
        "must be users (floorwatch dashboard-user) and TLS. A file says the same as the options: "
        "configs/dashboard.yaml has every key. ctrl-C ends it.",
        epilog="example: floorwatch dashboard --url mqtt://responder@broker.local",
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="instead of options")
    parser.add_argument("--host", help="address to serve on (127.0.0.1: this machine alone)")
    parser.add_argument("--port", type=int, help="port to serve on (8910)")
    parser.add_argument(
        "--name", action="append", default=[], metavar="NAME",
        help="a name by which browsers call this machine; may be given several times",
    )  # fmt: skip
    parser.add_argument("--users", type=Path, metavar="FILE", help="who may log in")
    parser.add_argument("--tls-cert", type=Path, metavar="PEM", help="certificate for browsers")
    parser.add_argument("--tls-key", type=Path, metavar="PEM", help="its key")
    parser.add_argument(
        "--behind-proxy", action="append", default=[], metavar="ADDRESS",
        help="of a proxy that speaks TLS to the browsers; it alone is believed who asks",
    )  # fmt: skip
    parser.add_argument("--title", help="stands above every page (floorwatch)")
    parser.add_argument("--language", choices=("en", "ko"), help="else what each browser prefers")
    parser.add_argument(
        "--site-file", type=Path, metavar="SITE", help="whose zones admins may draw"
    )
    parser.add_argument(
        "--evidence", type=Path, metavar="DIR", help="the device's evidence, if it is here"
    )
    parser.add_argument("--state", type=Path, metavar="DIR", help="where the ledger is kept")
    _add_broker(parser)
    parser.add_argument("--json", action="store_true", help="the address as one JSON line")
    parser.set_defaults(run=_dashboard)


def _add_broker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="mqtt://user@host:port, mqtts:// for TLS (mqtt://localhost)")
    parser.add_argument("--site", help="one site; all of them if not given")
    parser.add_argument("--prefix", default="floorwatch", help="first level of the topics")
    parser.add_argument(
        "--protocol", choices=("5", "3.1.1"), default="5", help="the MQTT the broker speaks (5)"
    )
    parser.add_argument(
        "--password-file", type=Path, help=f"else the variable {PASSWORD_VARIABLE} is used"
    )
    parser.add_argument("--ca-file", type=Path, help="PEM: who vouches for the broker")
    parser.add_argument("--cert-file", type=Path, help="PEM: our certificate, if it wants one")
    parser.add_argument("--key-file", type=Path, help="PEM: our certificate's key")


def _add_user(verbs: Any) -> None:
    parser = verbs.add_parser(
        "dashboard-user",
        help="say who may log in to the dashboard, and as what",
        description="Writes the file of users that `floorwatch dashboard --users` reads; a running "
        "dashboard takes it over by itself. The password is asked for, or read from standard input "
        "(one line); only its argon2 hash is kept. viewer sees, responder answers too, admin draws "
        "zones too.",
        epilog="example: floorwatch dashboard-user add anna --role responder",
    )
    parser.add_argument("action", choices=("add", "remove", "list"), help="add also changes one")
    parser.add_argument("name", nargs="?", metavar="NAME", help="said in every answer they give")
    parser.add_argument(
        "--role", choices=("viewer", "responder", "admin"), default="viewer", help="(viewer)"
    )
    parser.add_argument(
        "--users", type=Path, default=_USERS, metavar="FILE", help=f"({_USERS} here)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line a user")
    parser.set_defaults(run=_user)


def _dashboard(args: argparse.Namespace) -> int:
    _need_libraries()
    from alerts.web.screen import dashboard  # noqa: PLC0415  (see above)

    return dashboard(args)


def _user(args: argparse.Namespace) -> int:
    _need_libraries()
    from alerts.web import users  # noqa: PLC0415  (see above)

    if (args.name is None) != (args.action == "list"):
        raise UserError(f"dashboard-user {args.action}: " + (
            "takes no name" if args.action == "list" else "say the name of the user"
        ))  # fmt: skip
    if args.action == "add":
        new = users.add(args.users, args.name, args.role, _password(args.name))
        _say(f"{args.name} is {'now' if new else 'still a user, now'} {args.role} in {args.users}")
    elif args.action == "remove":
        users.remove(args.users, args.name)
        _say(f"{args.name} is no longer in {args.users}")
    else:
        for user in users.UsersFile(args.users).users().values():
            told = {"name": user.name, "role": user.role}
            _say(json.dumps(told, ensure_ascii=False) if args.json else f"{user.name}: {user.role}")
    return 0


def _password(name: str) -> str:
    """Typed twice; from a program, the first line that it gives."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"password of {name}: ")
    if getpass.getpass("once more: ") != password:
        raise UserError("the two passwords differ: nothing was written")
    return password


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _need_libraries() -> None:
    try:
        import argon2  # noqa: F401, PLC0415  (may not be installed)
        import itsdangerous  # noqa: F401, PLC0415  (may not be installed)
        import jinja2  # noqa: F401, PLC0415  (may not be installed)
        import starlette  # noqa: F401, PLC0415  (may not be installed)
        import uvicorn  # noqa: F401, PLC0415  (may not be installed)
    except ImportError as error:
        raise UserError(
            f"the dashboard needs {error.name}: pip install 'floorwatch[dashboard]'"
        ) from None
