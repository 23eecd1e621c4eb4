"""The options by which every subscriber names its broker."""

from __future__ import annotations

import argparse
from pathlib import Path

from alerts.broker import BrokerSettings, TlsSettings, tls_context
from alerts.broker_url import PASSWORD_VARIABLE, settings_from_url


def add(parser: argparse.ArgumentParser) -> None:
    """Adds them."""
    parser.add_argument(
        "--url", default="mqtt://localhost", help="mqtt://user@host:port, mqtts:// for TLS"
    )
    parser.add_argument("--site", default="+", help="one site; all of them if not given")
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


def settings(args: argparse.Namespace, client_id: str) -> BrokerSettings:
    """What they mean. Raises `UserError`, also for a TLS file that cannot be used: a wrong one is
    told now, and not tried again and again."""
    files = (args.ca_file, args.cert_file, args.key_file)
    found = settings_from_url(
        args.url,
        client_id=client_id,
        protocol=args.protocol,
        password_file=args.password_file,
        tls=TlsSettings(*files) if any(files) else None,
    )
    if found.tls is not None:
        tls_context(found.tls)
    return found
