"""A mail server in a thread (aiosmtpd): it keeps letters, and takes them as well as it is told."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from typing_extensions import Self

from alerts.broker import TlsSettings
from alerts.desk.steps.smtp import MailServer, Security
from tests.support.mosquitto import free_port


@dataclass(frozen=True)
class Posted:
    """A letter as it came: for whom, and what it says."""

    to: tuple[str, ...]
    raw: bytes

    @property
    def letter(self) -> EmailMessage:
        made = message_from_bytes(self.raw, policy=default)
        assert isinstance(made, EmailMessage)
        return made


@dataclass
class SmtpSink:
    """A server on this machine. `refusals` are its answers to some addresses (`451 greylisted`),
    `answer` the one to a letter; `manner` may be `hang` (it never answers a letter) or `cut` (it
    keeps the letter, and hangs up). `login` is the one user there is."""

    security: Security = "none"
    tls: TlsSettings | None = None
    login: tuple[str, str] | None = None
    manner: str = "well"
    answer: str = "250 kept"
    refusals: dict[str, str] = field(default_factory=dict)
    taken: list[Posted] = field(default_factory=list)
    seen: list[Posted] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._port = free_port()

    def server(self, **changes: Any) -> MailServer:
        """How to reach it."""
        ca = TlsSettings(self.tls.ca_file) if self.tls else None
        given: dict[str, Any] = {"security": self.security, "timeout_s": 10.0, "tls": ca}
        return MailServer("127.0.0.1", port=self._port, **(given | changes))

    def __enter__(self) -> Self:
        self.back()
        return self

    def away(self) -> None:
        """Nobody listens any more; what hangs is hung up."""
        self._controller.stop()

    def back(self) -> None:
        """Listens, always at the same port."""
        more: dict[str, Any] = {}
        if self.login is not None:
            more |= {"authenticator": self._authenticate, "auth_require_tls": False}
        if self.security == "starttls":
            more["tls_context"] = self._context()
        elif self.security == "tls":
            more["ssl_context"] = self._context()
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port, **more)
        self._controller.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.away()

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the same
        posted = Posted(tuple(envelope.rcpt_tos), bytes(envelope.content))
        well = self.manner == "well" and self.answer.startswith("250")
        (self.taken if well else self.seen).append(posted)
        if self.manner == "cut":
            server.transport.abort()
        if self.manner == "hang":
            await asyncio.sleep(20)
        return self.answer

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and self.login is not None
        given = (data.login.decode(), data.password.decode()) if right else None
        return AuthResult(success=given == self.login, handled=False)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self.tls is not None
        assert self.tls.cert_file is not None
        context.load_cert_chain(self.tls.cert_file, self.tls.key_file)
        return context
