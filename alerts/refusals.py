"""Why a broker cannot be reached or says no, in one plain line that says what to change."""

from __future__ import annotations

import errno
import socket
import ssl

from alerts.broker import BrokerSettings, TlsSettings

# MQTT 5 reason codes. paho gives these under 3.1.1 too.
_BAD_LOGIN, _NOT_AUTHORISED, _PROTOCOL, _CLIENT_ID = 0x86, 0x87, 0x84, 0x85
_TAKEN_OVER = 0x8E
# Answers to a message, after which sending it again cannot help: its name, size, or retention.
FOR_GOOD = frozenset({0x90, 0x95, 0x99, 0x9A, 0x9B})

# Answers to a message that may be taken later: how each is said.
NOT_NOW = {
    0x80: "it does not say why (0x80)",
    0x83: "for a reason of its own (0x83): see the broker's log",
    0x97: "quota exceeded (0x97): raise the broker's quota for this client",
}


def why_not_connected(settings: BrokerSettings, error: Exception) -> str:
    """The line for an exception raised while connecting."""
    waited = f"no answer within {settings.connect_timeout_s:g} s"
    by_kind: list[tuple[type[Exception], str]] = [  # the special before the general
        (socket.gaierror, "no such host: check the name and this machine's DNS"),
        (TimeoutError, f"{waited}: check address, port and firewall"),
        (ConnectionRefusedError, "nobody listens there: is the broker running, the port right?"),
        (ConnectionResetError, "hung up on us: it may speak no TLS on this port"),
    ]
    if isinstance(error, ssl.SSLCertVerificationError):
        text = _certificate(settings, error)
    elif isinstance(error, ssl.SSLError):
        text = _tls(error)
    elif getattr(error, "errno", None) in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
        text = "no way there: check this machine's network"
    else:
        fitting = (text for kind, text in by_kind if isinstance(error, kind))
        text = next(fitting, f"cannot be reached: {error}")
    return f"broker {settings.address}: {text}"


def why_refused(settings: BrokerSettings, code: int, name: str) -> str:
    """The line for a CONNACK that says no."""
    who = f"user {settings.username!r}" if settings.username else "a client without a user name"
    known = {
        _BAD_LOGIN: f"does not accept {who}: check user name and password",
        _NOT_AUTHORISED: f"does not accept {who}: check user name, password and the broker's ACL",
        _PROTOCOL: f"does not speak MQTT {settings.protocol}: set the other protocol, 5 or 3.1.1",
        _CLIENT_ID: f"does not accept the client id {settings.client_id!r}: choose another",
    }
    return f"broker {settings.address} {known.get(code, f'refuses the connection: {name}')}"


def why_hung_up(settings: BrokerSettings, trouble: str | None) -> str:
    """The line for a broker that closed the connection before it answered."""
    at, files = settings.address, _certificate_files(settings)
    if trouble and "certificate required" in trouble:
        return f"broker {at} wants a client certificate: set {files}"
    if trouble and ("alert" in trouble.lower() or "unknown ca" in trouble.lower()):
        return f"broker {at} does not accept our client certificate ({trouble}): check {files}"
    return f"broker {at} hung up before it answered: {_guess(settings)}"


def why_lost(settings: BrokerSettings, code: int | None, name: str) -> str:
    """The line for a connection that was up and is gone; `code` if the broker gave a reason."""
    if code == _TAKEN_OVER:
        return (
            f"broker {settings.address}: another client uses our client id "
            f"{settings.client_id!r}: give each its own"
        )
    return f"broker {settings.address}: connection lost" + (f": {name}" if name else "")


def _guess(settings: BrokerSettings) -> str:
    if settings.tls is None:
        return "is this a TLS port, or does the broker want something else than we send?"
    if settings.tls.cert_file is None:
        return f"does it want a client certificate ({_certificate_files(settings)})?"
    return f"does it accept our client certificate ({settings.tls.called('cert_file')})?"


def _certificate_files(settings: BrokerSettings) -> str:
    tls = settings.tls or TlsSettings()
    return f"{tls.called('cert_file')} and {tls.called('key_file')}"


def _certificate(settings: BrokerSettings, error: ssl.SSLCertVerificationError) -> str:
    text = error.verify_message.rstrip(".")
    if "expired" in text:
        return "its certificate has expired: renew it on the broker, and check this clock"
    if "not yet valid" in text:
        return "its certificate is not valid yet: check this machine's clock"
    if "match" in text:  # "Hostname mismatch, …", "IP address mismatch, …"
        return f"its certificate is not for {settings.host}: connect by the name in the certificate"
    ca = (settings.tls or TlsSettings()).called("ca_file")
    return f"its certificate is not trusted ({text}): set {ca} to the broker's authority"


def _tls(error: ssl.SSLError) -> str:
    if error.reason in {"WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING"}:
        return "it speaks no TLS on this port: use its TLS port, or connect without TLS"
    return f"TLS failed ({error.reason or error}): check the TLS settings on both sides"
