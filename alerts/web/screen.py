"""`floorwatch dashboard`: from what was said on the command line to a page that is served."""

from __future__ import annotations

import argparse
import dataclasses
import fcntl
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic import ValidationError

from alerts.broker import BrokerSettings, TlsSettings, tls_context
from alerts.broker_url import settings_from_url
from alerts.errors import DiskRefused, UserError
from alerts.ledger import Ledger, LedgerLimits
from alerts.settings.broker import settings_of
from alerts.settings.explain import explain
from alerts.web import settings as site
from alerts.web.app import Dashboard, Timing, threads
from alerts.web.patience import Patience
from alerts.web.serving import address_of, listen, running, server
from alerts.web.sessions import Lifetime, Sessions
from alerts.web.settings import DashboardConfig

_SESSION_EXPIRY_S = 24 * 3600  # what came while we were away is kept so long
_OPTIONS = ("site", "title", "language", "host", "port", "users", "site_file", "evidence", "state")


def dashboard(args: argparse.Namespace) -> int:
    """Serves until told to stop."""
    config, settings = chosen(args)
    serve(config, settings, lambda address: _tell(config, address, as_json=args.json))
    return 0


def chosen(args: argparse.Namespace) -> tuple[DashboardConfig, BrokerSettings]:
    """From a file, or from options. Raises `UserError`."""
    if args.file is not None:
        if args.url is not None:
            raise UserError("--url: the file says where the broker is; take one of them out")
        config = site.load(args.file)
        settings = settings_of(config.broker, config.client_id)
    else:
        config = _from_options(args)
        files = (args.ca_file, args.cert_file, args.key_file)
        settings = settings_from_url(
            args.url or "mqtt://localhost",
            client_id=config.client_id,
            protocol=args.protocol,
            password_file=args.password_file,
            tls=TlsSettings(*files) if any(files) else None,
        )
    if settings.tls is not None:
        tls_context(settings.tls)  # a wrong file is told now, and not tried again and again
    if config.tls is not None:
        site.check_tls(config.tls)
    return config, dataclasses.replace(settings, session_expiry_s=_SESSION_EXPIRY_S)


def _from_options(args: argparse.Namespace) -> DashboardConfig:
    given = {name: getattr(args, name) for name in _OPTIONS}
    fields: dict[str, object] = {name: one for name, one in given.items() if one is not None}
    fields |= {"version": 1, "broker": {"prefix": args.prefix}}
    fields |= {"names": args.name, "behind_proxy": args.behind_proxy}
    if (args.tls_cert is None) != (args.tls_key is None):
        raise UserError("--tls-cert and --tls-key go together: give both or none")
    if args.tls_cert is not None:
        fields["tls"] = {"cert_file": args.tls_cert, "key_file": args.tls_key}
    try:
        return DashboardConfig.model_validate_json(json.dumps(fields, default=str))
    except ValidationError as error:
        keys, words = explain(error.errors(), DashboardConfig)[0]
        name = {"names": "name", "tls": "tls-cert"}.get(str(keys[0]), str(keys[0]))
        raise UserError(f"--{name.replace('_', '-')}: {words}") from None


def serve(
    config: DashboardConfig,
    settings: BrokerSettings,
    started: Callable[[str], None],
    *,
    timing: Timing | None = None,
    patience: Patience | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serves until SIGTERM, ctrl-C or `stop`; `started` is given the address. Raises `UserError`,
    and what one of its threads raised."""
    stop = stop or threading.Event()
    with _alone(config.state_folder), _ledger(config) as ledger:
        life = Lifetime(config.sessions.idle_hours * 3600, config.sessions.hours_max * 3600)
        with (
            closing(Sessions(config.state_folder, life)) as sessions,
            closing(listen(config.host, config.port)) as bound,
        ):
            parts = Dashboard(config, settings, ledger, sessions, timing)
            bodies = threads(parts.bodies, stop)
            serving = server(
                parts.app, config, parts.broadcast.close, bodies, stop=stop, patience=patience
            )
            with running(bodies, stop):
                started(address_of(bound, config))
                serving.run(sockets=[bound])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While one dashboard uses the folder, no other does: at the broker both would be the same
    client, and throw each other out."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "dashboard.lock").open("w", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{folder} cannot be used ({error.strerror}): mend its rights, or give another --state"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(
                f"{folder} is in use by another dashboard: give this one another --state"
            ) from None
        yield


@contextmanager
def _ledger(config: DashboardConfig) -> Iterator[Ledger]:
    keep = config.keep
    limits = LedgerLimits(
        keep_days=keep.days,
        events_max=keep.events_max,
        pictures_bytes_max=keep.pictures_mb_max * 1_000_000,
    )
    path = config.state_folder / "ledger.sqlite"
    try:
        with Ledger.open(path, limits, prefix=config.broker.prefix) as ledger:
            yield ledger
    except DiskRefused as error:
        raise UserError(f"{error}: make room, or give another --state") from error


def _tell(config: DashboardConfig, address: str, *, as_json: bool) -> None:
    login = config.users is not None
    if as_json:
        print(json.dumps({"url": address, "login": login}), flush=True)
        return
    who = "log in there" if login else "no login: for this machine alone"
    sys.stdout.write(f"dashboard at {address} ({who}); ctrl-C ends it\n")
    sys.stdout.flush()
