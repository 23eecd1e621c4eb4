"""`mqtt://user@host:port`: a broker named on the command line. Passwords come from elsewhere."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from alerts.broker import PLAIN_PORT, TLS_PORT, BrokerSettings, TlsSettings
from alerts.errors import UserError

PASSWORD_VARIABLE = "FLOORWATCH_MQTT_PASSWORD"  # noqa: S105 - the variable's name, no password


def settings_from_url(
    url: str,
    client_id: str,
    *,
    protocol: Literal["5", "3.1.1"] = "5",
    password_file: Path | None = None,
    tls: TlsSettings | None = None,
) -> BrokerSettings:
    """The settings that `url` means: `mqtt://` plain, `mqtts://` with TLS.

    The password is read from `password_file`, or from the variable `FLOORWATCH_MQTT_PASSWORD`.
    Raises `UserError`, never repeating a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UserError("--url: not an address: write mqtt://user@host:port") from error
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise UserError("--url: write mqtt://user@host:port, or mqtts:// for TLS")
    if parts.password is not None:
        raise UserError(
            "--url: a password there can be read by everybody on this machine: put it in a file "
            f"(--password-file) or in the variable {PASSWORD_VARIABLE}"
        )
    if tls is not None and parts.scheme == "mqtt":
        raise UserError("--url: TLS files are given, but mqtt:// is plain: write mqtts://")
    if parts.scheme == "mqtts":
        tls = replace(tls or TlsSettings(), given_as="options")
    return BrokerSettings(
        host=parts.hostname,
        port=port or (TLS_PORT if tls else PLAIN_PORT),
        client_id=client_id,
        protocol=protocol,
        username=unquote(parts.username) if parts.username else None,
        password=_password(password_file) if parts.username else None,
        tls=tls,
        session_expiry_s=600,  # a console that is away for longer has been closed
    )


def _password(password_file: Path | None) -> str | None:
    if password_file is None:
        return os.environ.get(PASSWORD_VARIABLE)
    try:
        return password_file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--password-file: {password_file} cannot be read as text") from error
