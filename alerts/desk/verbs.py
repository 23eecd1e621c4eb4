"""The verb of the desk: `floorwatch desk`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from alerts.broker_url import settings_from_url
from alerts.errors import DiskRefused, UserError

Verbs = Any  # argparse's sub-parser collection has no public type


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "desk",
        help="see to it that every alert is taken by somebody: tell, escalate, keep book",
        description="Keeps what became of every event, takes answers (acknowledge, resolve, false "
        "alarm) from dashboards, Home Assistant and any MQTT client, and tells one after the other "
        "until somebody answers: by MQTT, webhook, e-mail or a program of your own. Cameras and "
        "devices that fall silent call somebody too. Start a second one on the same folder, under "
        "another name, and it takes over when the first is gone. Without a file pages are "
        "published on the topics pages/floor, after 60 s pages/supervisor, after 180 s "
        "pages/outside. SIGTERM or ctrl-C stops it cleanly.",
        epilog="example: floorwatch desk desk.yaml --check",
    )
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="the desk's file, as configs/desk.yaml"
    )
    parser.add_argument("--url", help="without a file: mqtt://host:port, mqtts:// for TLS")
    parser.add_argument(
        "--state", type=Path, metavar="FOLDER", help="without a file: where its book is kept"
    )
    parser.add_argument(
        "--check", action="store_true", help="try the file, the broker and the folder, then end"
    )
    parser.add_argument("--json", action="store_true", help="with --check: one line of JSON")
    parser.set_defaults(run=_desk)


def _desk(args: argparse.Namespace) -> int:
    from alerts.stopping import on_signals  # noqa: PLC0415  (`--help` is to be quick)

    with on_signals(daemon=True) as signals:
        try:
            from alerts.desk.run import Desk  # noqa: PLC0415  (see above)
            from alerts.desk.schema import DeskConfig, load  # noqa: PLC0415  (see above)
        except ModuleNotFoundError as error:
            raise UserError(f"{error.name} is missing: pip install 'floorwatch[desk]'") from error

        if (args.file is None) == (args.url is None):
            raise UserError("name the desk's file, or give --url mqtt://host for one without")
        config = _without_file(args, DeskConfig) if args.file is None else load(args.file)
        if args.check:
            return _check(config, as_json=args.json)
        try:
            Desk(config).run(signals.stop, signals.started)
        except DiskRefused as refused:
            raise UserError(f"{refused}: make room, or name another folder in state.path") from None
    return 0


def _without_file(args: argparse.Namespace, of: Any) -> Any:
    settings = settings_from_url(args.url, client_id="floorwatch-desk")
    if settings.password is not None:
        raise UserError("a password needs a desk's file: configs/desk.yaml is one")
    broker = {"host": settings.host, "port": settings.port, "username": settings.username}
    broker |= {"tls": {}} if settings.tls is not None else {}
    state = {} if args.state is None else {"path": args.state.absolute()}
    return of.model_validate({"version": 1, "broker": broker, "state": state})


def _check(config: Any, *, as_json: bool) -> int:
    from alerts.desk.checking import check  # noqa: PLC0415  (`--help` is to be quick)

    findings = check(config)
    if as_json:
        fields = [dict(vars(one)) for one in findings]
        sys.stdout.write(json.dumps({"findings": fields}, ensure_ascii=False) + "\n")
    else:
        for one in findings:
            sys.stdout.write(f"{'ok  ' if one.good else 'BAD '} {one.what}: {one.words}\n")
            if one.warning:
                sys.stdout.write(f"WARN {one.what}: {one.warning}\n")
    return 0 if all(one.good for one in findings) else 2
