"""The line to the broker: how long it takes there and back, and how long its certificates last.

Whether it takes our messages at all is for `edge.check` to say.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from alerts.broker import BrokerSettings, tls_context
from alerts.errors import UserError
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("broker")
_CONNECTS, _CONNECT_S = 3, 3.0
_TRIP_MS_LOOK = 200.0
_DAYS_LOOK = 30.0
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Line:
    """What was found on the way to the broker. `ends` are certificates: whose, and in how many
    days each is no longer valid (negative: since when)."""

    address: str
    trip_ms: float | None
    encrypted: bool
    local: bool
    ends: tuple[tuple[str, float], ...]


def probe(machine: Machine, settings: BrokerSettings) -> Line:
    """Connects a few times."""
    return Line(
        address=settings.address,
        trip_ms=_trip_ms(settings),
        encrypted=settings.tls is not None,
        local=settings.host in {"localhost", "127.0.0.1", "::1"},
        ends=(*_theirs(settings), *_ours(machine, settings)),
    )


def judge(seen: Line) -> Iterator[Finding]:
    """What it means."""
    yield _trip(seen)
    if not seen.encrypted and not seen.local:
        why = "whoever is in between can read the alerts, the pictures and the password"
        mend = "give `broker: tls:` in the site file, and port 8883"
        yield _GROUP.look("encryption", "none", why, mend)
    elif seen.encrypted:
        yield _GROUP.good("encryption", "TLS")
    else:
        yield _GROUP.none("encryption", "the broker is on this device")
    for whose, days in seen.ends:
        yield _certificate(whose, days)


def _trip(seen: Line) -> Finding:
    if seen.trip_ms is None:
        return _GROUP.none("round trip", f"{seen.address} takes no connection; see site, broker")
    words = f"{seen.trip_ms:.1f} ms to {seen.address} and back"
    if seen.trip_ms < _TRIP_MS_LOOK:
        return _GROUP.good("round trip", words, trip_ms=round(seen.trip_ms, 2))
    why = "each alert waits for its receipt"
    mend = "see the way there: `mtr`; a broker nearer to the device helps"
    return _GROUP.look("round trip", words, why, mend, trip_ms=round(seen.trip_ms, 2))


def _certificate(whose: str, days: float) -> Finding:
    check = f"{whose} certificate"
    if days < 0:
        why = "no connection is made with it"
        return _GROUP.bad(check, f"ended {-days:.0f} days ago", why, "renew it", days_left=days)
    words = f"valid for {days:.0f} more days"
    if days >= _DAYS_LOOK:
        return _GROUP.good(check, words, days_left=days)
    why = "after that no alert gets through"
    mend = "renew it, and see why that is not automatic"
    return _GROUP.look(check, words, why, mend, days_left=days)


def _trip_ms(settings: BrokerSettings) -> float | None:
    """A TCP connection is one trip there and back. The first may wait for the name server."""
    times: list[float] = []
    try:
        for _ in range(_CONNECTS):
            began_s = time.monotonic()
            with socket.create_connection((settings.host, settings.port), _CONNECT_S):
                times.append((time.monotonic() - began_s) * 1000)
    except (OSError, UnicodeError):
        return None
    return median(times)


def _theirs(settings: BrokerSettings) -> Iterator[tuple[str, float]]:
    if settings.tls is None:
        return
    try:
        context = tls_context(settings.tls)
        with (
            socket.create_connection((settings.host, settings.port), _CONNECT_S) as plain,
            context.wrap_socket(plain, server_hostname=settings.host) as line,
        ):
            said = line.getpeercert() or {}
    except (OSError, UnicodeError, UserError):  # refused certificates are for `edge.check` to tell
        return
    if isinstance(end := said.get("notAfter"), str):
        yield "broker's", _days(end)


def _ours(machine: Machine, settings: BrokerSettings) -> Iterator[tuple[str, float]]:
    if settings.tls is None:
        return
    files = {"our": settings.tls.cert_file, "authority's": settings.tls.ca_file}
    for whose, path in files.items():
        if path is None:
            continue
        answer = machine.run("openssl", "x509", "-enddate", "-noout", "-in", str(path))
        if answer and answer.out.startswith("notAfter="):
            yield whose, _days(answer.out.partition("=")[2])


def _days(end: str) -> float:
    """`Nov 21 10:00:00 2027 GMT`, from now."""
    return round((ssl.cert_time_to_seconds(end) - time.time()) / _DAY_S, 1)
