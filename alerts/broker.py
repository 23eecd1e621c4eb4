"""How to reach a broker: address, who we are there, TLS, and how long to wait for what."""

from __future__ import annotations

import ssl
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Literal

from alerts.errors import UserError

TLS_PORT = 8883
PLAIN_PORT = 1883


@dataclass(frozen=True)
class TlsSettings:
    """TLS: who vouches for the broker, and our own certificate if the broker wants one.

    Without `ca_file` the system's certificate authorities are trusted. PEM files. `given_as` is
    where the user named them: as keys of the site file, or as options on the command line.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    _: KW_ONLY
    given_as: Literal["keys", "options"] = field(default="keys", compare=False)

    def called(self, name: Literal["ca_file", "cert_file", "key_file"]) -> str:
        """What the user knows a file by: `tls.ca_file`, or `--ca-file`."""
        return f"tls.{name}" if self.given_as == "keys" else f"--{name.replace('_', '-')}"


@dataclass(frozen=True)
class BrokerSettings:
    """One broker and one client of it. `client_id` must be unique on the broker and stay the same.

    The connection is made within `connect_timeout_s`, and again that long for TLS and for the
    broker's answer. A receipt may take `ack_timeout_s` and what the size needs on a slow line.
    `session_expiry_s` is how long the broker keeps what we subscribed to while we are away.
    """

    host: str
    client_id: str
    port: int = PLAIN_PORT
    protocol: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: TlsSettings | None = None
    keepalive_s: int = 15
    connect_timeout_s: float = 3.0
    ack_timeout_s: float = 5.0
    session_expiry_s: int = 24 * 3600
    receive_maximum: int = 100

    @property
    def address(self) -> str:
        """`host:port`, as said in messages."""
        return f"{self.host}:{self.port}"


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho, who called, would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(tls: TlsSettings) -> ssl.SSLContext:
    """What the TLS files amount to. Raises `UserError` naming the file that cannot be used.

    Call it at the start, so that a wrong path is told at once and not at the first alert.
    """
    ca, cert, key = tls.called("ca_file"), tls.called("cert_file"), tls.called("key_file")
    for name, path in ((ca, tls.ca_file), (cert, tls.cert_file), (key, tls.key_file)):
        if path is not None and not path.is_file():
            raise UserError(f"{name}: there is no file {path}")
    if tls.key_file is not None and tls.cert_file is None:
        raise UserError(f"{key} is given without {cert}: name the certificate too")
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
    except (ssl.SSLError, OSError) as error:
        raise UserError(
            f"{ca}: {tls.ca_file} cannot be read as PEM certificates ({_why(error)})"
        ) from error
    context.sslsocket_class = _TidySocket
    if tls.cert_file is not None:
        try:
            # An empty password: rather an error than a prompt on a machine without a keyboard.
            context.load_cert_chain(tls.cert_file, tls.key_file, password="")
        except (ssl.SSLError, OSError) as error:
            raise UserError(
                f"{cert} and {key}: {tls.cert_file} and "
                f"{tls.key_file or tls.cert_file} are not a certificate and its key without a "
                f"pass phrase ({_why(error)})"
            ) from error
    return context


def can_be_looked_up(host: str) -> bool:
    """Whether it can be the name of a host. Of `mail..example` the look-up itself makes a
    `UnicodeError`, in the middle of an alert."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return host.isprintable()


def _why(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or type(error).__name__
