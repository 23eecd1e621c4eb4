"""Where a request comes from: which name the browser asked for, and whose page asked.

The name is checked because of DNS rebinding: a page of somebody else's can have its own name point
at this machine, also at its loopback, and is then of the same origin as we are. It cannot choose
the name that the browser sends.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class HostNames:
    """The names this server answers to. On loopback `localhost`, `127.0.0.1` and `[::1]` alone;
    else any address written as numbers too, which no name server can bend."""

    def __init__(self, names: Iterable[str], *, loopback: bool) -> None:
        self._names = LOOPBACK | {name.lower().rstrip(".") for name in names}
        self._any_address = not loopback

    def answers_to(self, host: str) -> bool:
        """Whether `host`, a `Host` header, names us."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found.group(1).strip("[]").lower().rstrip(".")
        return name in self._names or (self._any_address and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether what listens on `host` can be reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def foreign(headers: dict[str, str], scheme: str) -> str | None:
    """Why a request that changes something is not of one of our own pages; None if it may be.

    `headers` by their names in small letters. Every browser of today says by `Sec-Fetch-Site` or
    `Origin` whose page asks (Fetch Metadata, W3C; Origin, RFC 6454); a program says neither, and
    has the token to show.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return f"the browser says that another page asks ({site[:20]})"
    origin = headers.get("origin")
    if origin is None:
        return None
    return None if _same(origin, scheme, headers.get("host", "")) else "another page asks"


def _same(origin: str, scheme: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
        ours = urlsplit(f"{scheme}://{host}")
        return (
            bool(parts.hostname)
            and (parts.scheme, parts.hostname, parts.port or _port(parts.scheme))
            == (ours.scheme, ours.hostname, ours.port or _port(ours.scheme))
        )  # fmt: skip
    except ValueError:  # a port that is none
        return False


def _port(scheme: str) -> int | None:
    return {"http": 80, "https": 443}.get(scheme)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
