"""Telling a recipient by e-mail, through the site's SMTP server."""

from __future__ import annotations

import logging
import re
import smtplib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from email.utils import parseaddr
from pathlib import Path

from alerts.broker import TlsSettings, can_be_looked_up, tls_context
from alerts.cutoff import Cutoff
from alerts.desk.ports import StepFailed
from alerts.desk.steps.letter import letter
from alerts.desk.steps.smtp import Delivery, MailServer, connected, words
from alerts.errors import UserError
from alerts.paging import Page

__all__ = ["EmailStep", "MailServer"]

_PICTURE_BYTES_MAX = 4 * 2**20
_REMEMBERED_MAX = 1000
# Plain addresses alone (RFC 5322, atext): quoted ones are rare, and only trouble.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

_log = logging.getLogger(__name__)


class EmailStep:
    """Sends pages from `sender` (`Floorwatch <alerts@example.org>`) to the addresses `to`.

    `picture_of` gives the snapshot of an event, if there is one. Of several addresses those that
    were told are not told again when the others are tried anew, as long as this object lives.
    Raises `UserError` for addresses, certificates or a login that cannot be used.
    """

    def __init__(
        self,
        server: MailServer,
        sender: str,
        to: Sequence[str],
        picture_of: Callable[[str], Path | None] = lambda _event_id: None,
    ) -> None:
        if server.username and server.security == "none" and server.host not in _LOCAL:
            raise UserError(
                f"mail server {server.host}: without TLS everybody on the way reads the password; "
                "set security to starttls or tls"
            )
        if not can_be_looked_up(server.host):
            raise UserError(f"mail server {server.host!r} is no name of a host")
        self._server = server
        self._sender = sender
        self._from = _address(sender)
        self._to = [_address(one) for one in to]
        self._picture_of = picture_of
        self._context = tls_context(server.tls or TlsSettings())
        self._told: OrderedDict[str, set[str]] = OrderedDict()
        self._lock = threading.Lock()

    def send(self, page: Page) -> None:
        """Returns when the server has taken the letter for every address, or for all but those it
        refuses for good."""
        told = self._told_of(page.page_id)
        left = [one for one in self._to if one not in told]
        made = letter(page, self._sender, left, self._picture(page.event_id)).as_bytes()
        delivery = Delivery()
        with Cutoff(self._server.timeout_s) as cutoff:
            try:
                line = connected(self._server, self._context, cutoff)
                delivery.run(line, self._from, left, made)
            except OSError as error:  # smtplib's own are OSErrors too
                raise self._failed(error, late=cutoff.passed, handed=delivery.handed) from error
        told.update(delivery.taken)
        self._settle(delivery)
        with self._lock:  # all were told: the same page once more is meant so
            self._told.pop(page.page_id, None)

    def _told_of(self, page_id: str) -> set[str]:
        with self._lock:
            told = self._told.setdefault(page_id, set())
            while len(self._told) > _REMEMBERED_MAX:
                self._told.popitem(last=False)
        return told

    def _settle(self, delivery: Delivery) -> None:
        if not delivery.refused:
            return
        said = "; ".join(f"{one}: {code} {text}" for one, (code, text) in delivery.refused.items())
        whole = f"mail server {self._server.address} refuses {said[:400]}"
        later = any(code < 500 for code, _ in delivery.refused.values())
        if later or not delivery.taken:
            # Whoever tries again after a restart no longer knows who was told.
            raise StepFailed(whole, retry=later, perhaps_told=bool(delivery.taken))
        _log.warning("%s; the others were told", whole)

    def _picture(self, event_id: str) -> bytes | None:
        path = self._picture_of(event_id)
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                found = file.read(_PICTURE_BYTES_MAX + 1)
        except OSError as error:
            _log.warning("the letter goes without its picture: %s", error.strerror)
            return None
        return found if len(found) <= _PICTURE_BYTES_MAX else None

    def _failed(self, error: OSError, *, late: bool, handed: bool) -> StepFailed:
        at = f"mail server {self._server.address}"
        if isinstance(error, smtplib.SMTPResponseException):
            said = f"{at} answered {error.smtp_code}: {words(error.smtp_error)}"
            return StepFailed(said, retry=not 500 <= error.smtp_code < 600)
        if late or isinstance(error, TimeoutError):
            why = f"not done within {self._server.timeout_s:g} s"
        elif isinstance(error, smtplib.SMTPServerDisconnected):
            why = "hung up"
        elif isinstance(error, smtplib.SMTPException):
            # No STARTTLS there, or no way of logging in that we know.
            return StepFailed(f"{at}: {words(str(error))}", retry=False)
        else:
            why = words(str(error))
        return StepFailed(f"{at}: {why}", retry=True, perhaps_told=handed)


def _address(text: str) -> str:
    """The plain address in `Name <address>`."""
    found = parseaddr(text)[1]
    if not _ADDRESS.fullmatch(found) or any(not sign.isprintable() for sign in text):
        raise UserError(f"{text[:80]!r} is no e-mail address: write name@example.org")
    return found
