"""Instants as they leave the building: RFC 3339, UTC, milliseconds, `Z`."""

from __future__ import annotations

from datetime import datetime, timezone


def to_utc_ms(moment: datetime) -> datetime:
    """The same instant in UTC, cut to milliseconds.

    Raises `ValueError` for a moment without a time zone: it names no instant.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment.isoformat()}")
    utc = moment.astimezone(timezone.utc)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def to_text(moment: datetime) -> str:
    """`2026-11-20T17:45:12.345Z`. Raises `ValueError` without a time zone."""
    return to_utc_ms(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The instant in UTC. Raises `ValueError` if `text` is not written as `to_text` writes."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def now() -> datetime:
    """This instant, in UTC, cut to milliseconds."""
    return to_utc_ms(datetime.now(timezone.utc))
