"""One conversation with a mail server: the line to it, and what became of a letter."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Literal

from alerts.broker import TlsSettings
from alerts.cutoff import Cutoff

Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_TOLD_MAX = 200  # characters of what a server says


@dataclass(frozen=True)
class MailServer:
    """The server that takes our letters. `starttls` and `tls` hold its certificate against the
    system's authorities, or against `tls.ca_file`; `none` is for a server on this machine or on a
    network of its own. One letter may take `timeout_s` as a whole."""

    host: str
    security: Security = "starttls"
    port: int | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 20.0
    tls: TlsSettings | None = None

    @property
    def address(self) -> str:
        """`host:port`, as said in messages."""
        return f"{self.host}:{self.port or PORTS[self.security]}"


class _Line(smtplib.SMTP):
    """A connection that the cutoff knows from its first moment."""

    def __init__(self, server: MailServer, context: ssl.SSLContext, cutoff: Cutoff) -> None:
        self._wrapping = context if server.security == "tls" else None
        self._cutoff = cutoff
        name = socket.gethostname()
        super().__init__(
            server.host,
            server.port or PORTS[server.security],
            # Looking up our own full name can take long; an address literal is as good.
            local_hostname=name if "." in name else "[127.0.0.1]",
            timeout=server.timeout_s,
        )

    def _get_socket(self, host: str, port: int, timeout_s: float) -> socket.socket:
        line = socket.create_connection((host, port), timeout_s)
        self._cutoff.watch(line)
        if self._wrapping is not None:
            line = self._wrapping.wrap_socket(line, server_hostname=host)
            self._cutoff.watch(line)
        return line


def connected(server: MailServer, context: ssl.SSLContext, cutoff: Cutoff) -> smtplib.SMTP:
    """A line to the server, in TLS and logged in as the settings say. Raises `OSError`, of which
    smtplib's own are."""
    line = _Line(server, context, cutoff)
    try:
        if server.security == "starttls":
            line.starttls(context=context)
            cutoff.watch(line.sock)
        if server.username:
            line.login(server.username, server.password or "")
    except OSError:
        line.close()
        raise
    return line


@dataclass
class Delivery:
    """One letter for some addresses: which of them the server took, and which it refused with what
    number and words. From `handed` on it may have arrived, whatever else is known."""

    taken: list[str] = field(default_factory=list)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    handed: bool = False

    def run(self, line: smtplib.SMTP, sender: str, to: list[str], letter: bytes) -> None:
        """Hand it over and hang up. Raises `OSError`."""
        try:
            line.ehlo_or_helo_if_needed()
            _check(line.mail(sender))
            for address in to:
                code, said = line.rcpt(address)
                if code >= 300:
                    self.refused[address] = (code, words(said))
            if len(self.refused) == len(to):
                return
            self.handed = True
            _check(line.data(letter))
            self.taken = [one for one in to if one not in self.refused]
            # It is taken, whatever comes now: the answer to this is not waited for.
            with contextlib.suppress(OSError):
                line.putcmd("quit")
        finally:
            line.close()


def words(said: bytes | str) -> str:
    """What a server says, in one short line."""
    text = said if isinstance(said, str) else said.decode("utf-8", "replace")
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:_TOLD_MAX]


def _check(answer: tuple[int, bytes]) -> None:
    if answer[0] >= 300:
        raise smtplib.SMTPResponseException(*answer)
