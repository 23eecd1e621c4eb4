"""Posting JSON to somebody's webhook: signed, within a time, and judged by the answer's number."""

from __future__ import annotations

import email.utils
import logging
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from alerts import signing
from alerts.broker import TlsSettings, can_be_looked_up, tls_context
from alerts.cutoff import Cutoff
from alerts.errors import UserError
from alerts.idents import plain

WAIT_S_MAX = 300.0  # of what an answer may ask for: an alert is a matter of minutes
_READ_BYTES_MAX = 2048
_TOLD_MAX = 200  # characters of an answer; it is not ours, and may be anything
_LATER = frozenset({408, 425, 429})
_REFUSED = frozenset({408, 425, 429, 503})  # it was not looked at; other faults leave it open

# It tells the whole address of every request, and in those of many services a secret stands.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


class PostFailed(Exception):
    """It was not taken. `retry`: later it may be; `perhaps_taken`: nobody knows; `answered`: the
    receiver is there and said so itself; `wait_s`: what it asked for. The message is one line,
    without the address's path."""

    def __init__(
        self,
        words: str,
        *,
        retry: bool,
        perhaps_taken: bool = False,
        answered: bool = False,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(words)
        self.retry = retry
        self.answered = answered
        self.perhaps_taken = perhaps_taken
        self.wait_s = wait_s


@dataclass(frozen=True)
class Endpoint:
    """Where to post, the key to sign with if there is one, and how long one try may take as a
    whole (the system's own look-up of a host name apart). Certificates are held against the
    system's authorities, or against `tls.ca_file`."""

    url: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    timeout_s: float = 10.0
    tls: TlsSettings | None = None


class Poster:
    """Posts to one endpoint, each message over a connection of its own, from any thread.

    Raises `UserError` for an address or a certificate that cannot be used. `name` is the part of
    the address that can be told.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._url = _checked(endpoint.url)
        self._context = tls_context(endpoint.tls or TlsSettings())
        port = f":{self._url.port}" if self._url.port else ""
        self.name = f"{self._url.scheme}://{self._url.host}{port}"

    def post(self, ident: str, body: bytes, more: Mapping[str, str] | None = None) -> None:
        """Posts JSON; `ident` is its id, the same in every try, `more` are further headers.

        Returns when the receiver answered 2xx, else raises `PostFailed`. Redirects are not
        followed: whoever answers there was not named by anybody here.
        """
        message_id = plain(ident)
        told = {
            "Content-Type": "application/json",
            "User-Agent": "floorwatch",
            "Accept-Encoding": "identity",  # nothing is unpacked that somebody else packed
            "Connection": "close",
            "Idempotency-Key": message_id,
            **(more or {}),
            **signing.headers(self._endpoint.key, message_id, int(time.time()), body),
        }
        handed = _Handed()
        limit_s = self._endpoint.timeout_s
        with Cutoff(limit_s) as cutoff, self._client() as client:
            trace = handed.trace(cutoff)
            try:
                with client.stream(
                    "POST", self._url, content=body, headers=told, extensions={"trace": trace}
                ) as answer:
                    self._judge(answer)
            except httpx.TransportError as error:
                raise PostFailed(
                    f"{self.name}: {_why(error, limit_s, cutoff)}",
                    retry=True,
                    perhaps_taken=handed.over,
                ) from error

    def _client(self) -> httpx.Client:
        return httpx.Client(
            verify=self._context, timeout=self._endpoint.timeout_s, follow_redirects=False
        )

    def _judge(self, answer: httpx.Response) -> None:
        code = answer.status_code
        if 200 <= code < 300:
            return
        words = f"{self.name} answered {code}"
        if 300 <= code < 400:
            raise PostFailed(
                f"{words}: it is elsewhere; name its new address", retry=False, answered=True
            )
        said = _said(answer)
        retry = code in _LATER or code >= 500
        raise PostFailed(
            f"{words}: {said}" if said else words,
            retry=retry,
            perhaps_taken=retry and code not in _REFUSED,
            answered=True,
            wait_s=_asked_s(answer.headers.get("Retry-After", "")) if retry else 0.0,
        )


class _Handed:
    """Whether any of the message was handed over: from then on it may have been taken."""

    def __init__(self) -> None:
        self.over = False

    def trace(self, cutoff: Cutoff) -> Any:
        """What httpx calls at each step of a request."""

        def note(step: str, info: dict[str, Any]) -> None:
            if step.endswith((".connect_tcp.complete", ".start_tls.complete")):
                cutoff.watch(info["return_value"].get_extra_info("socket"))
            elif step.endswith(".send_request_headers.started"):
                self.over = True

        return note


def _checked(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise UserError(
            f"the webhook's address makes no sense ({error}): write https://…"
        ) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise UserError("the webhook's address: write https://host/path")
    if not can_be_looked_up(url.host):
        raise UserError(f"the webhook's address: {url.host!r} is no name of a host")
    if url.userinfo:
        raise UserError("the webhook's address: no user and password there; sign with a secret")
    return url


def _why(error: httpx.TransportError, limit_s: float, cutoff: Cutoff) -> str:
    if cutoff.passed or isinstance(error, httpx.TimeoutException):
        return f"not done within {limit_s:g} s"
    return f"no answer: {_printable(str(error)) or type(error).__name__}"


def _said(answer: httpx.Response) -> str:
    """The beginning of what it says, in one line; whatever comes behind is not even read."""
    found = b""
    with suppress(httpx.TransportError):  # its number says enough
        for piece in answer.iter_raw(_READ_BYTES_MAX):
            found += piece
            if len(found) >= _TOLD_MAX:
                break
    return _printable(found[:_READ_BYTES_MAX].decode("utf-8", "replace"))[:_TOLD_MAX]


def _printable(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _asked_s(text: str) -> float:
    """What `Retry-After` asks for (RFC 9110, section 10.2.3), as far as we go along."""
    if re.fullmatch("[0-9]{1,9}", text.strip()):
        asked_s = float(text)
    else:
        try:
            asked_s = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return 0.0
    return min(max(asked_s, 0.0), WAIT_S_MAX)
