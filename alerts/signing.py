"""Webhooks signed so that the receiver knows who sent them, and when: Standard Webhooks 1.0.

The headers `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`: `v1,`
and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`; several of them are divided by spaces
while a secret is changed. A secret is written `whsec_` and base64 of 24 to 64 random bytes
(standardwebhooks.com, specification, "Signature scheme"). Its libraries verify what is sent here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from alerts.errors import UserError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
TOLERANCE_S = 300.0  # of the clocks on both sides; what is older may be a replay
_BYTES_MIN, _BYTES_MAX = 24, 64
_ID_LENGTH_MAX = 128
_SIGNATURES_MAX = 8


class NotSigned(Exception):
    """A message is not signed as it must be. The text says what is wrong, in one line."""


def key_of(secret: str, where: str) -> bytes:
    """The key that a secret means. `where` names it in messages (`--secret-file`). Raises
    `UserError`, never repeating it."""
    way = f"{where}: write {PREFIX} and base64, as in: echo {PREFIX}$(openssl rand -base64 32)"
    text = secret.strip()
    if not text.startswith(PREFIX):
        raise UserError(way)
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise UserError(way) from None
    if not _BYTES_MIN <= len(key) <= _BYTES_MAX:
        raise UserError(f"{where}: {len(key)} bytes, {_BYTES_MIN} to {_BYTES_MAX} are right; {way}")
    return key


def sign(key: bytes, message_id: str, at_s: int, body: bytes) -> str:
    """The signature of one message, with its version in front."""
    signed = f"{message_id}.{at_s}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(key: bytes | None, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three headers of a message; without a key the signature is missing."""
    found = {ID: message_id, TIMESTAMP: str(at_s)}
    if key is not None:
        found[SIGNATURE] = sign(key, message_id, at_s, body)
    return found


def verified(
    keys: Sequence[bytes], given: Mapping[str, str], body: bytes, now_s: float
) -> tuple[str, int]:
    """Id and time of a message that somebody with one of `keys` signed within the last five
    minutes. `given` are its headers, their names in lower case. Raises `NotSigned`."""
    message_id, at, signatures = (given.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (message_id and at and signatures):
        raise NotSigned(f"not signed: it needs the headers {ID}, {TIMESTAMP} and {SIGNATURE}")
    if len(message_id) > _ID_LENGTH_MAX or not (at.isascii() and at.isdigit() and len(at) < 12):
        raise NotSigned(f"{ID} or {TIMESTAMP} makes no sense")
    if abs(now_s - int(at)) > TOLERANCE_S:
        raise NotSigned(f"signed {now_s - int(at):.0f} s ago: too old, or one of the clocks is off")
    right = [sign(key, message_id, int(at), body).encode() for key in keys]
    for signature in signatures.split()[:_SIGNATURES_MAX]:
        if any(hmac.compare_digest(signature.encode(), one) for one in right):
            return message_id, int(at)
    raise NotSigned("signed with another secret, or changed on its way")
