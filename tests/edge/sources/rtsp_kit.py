"""Building an `RtspSource` for a test, and playing it until it is lost."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Literal

import pytest

from edge.errors import SourceLost
from edge.ports import Picture
from edge.sources.rtsp import RtspSource

FIT = (320, 192)


def source(
    url: str,
    *,
    transport: Literal["tcp", "udp"] = "tcp",
    username: str | None = None,
    password: str | None = None,
    sample_fps: float = 5,
    timeout_s: float = 3,
    silent_s: float | None = None,
) -> RtspSource:
    return RtspSource(
        url,
        fit=FIT,
        sample_fps=sample_fps,
        transport=transport,
        username=username,
        password=password,
        connect_timeout_s=timeout_s,
        read_timeout_s=timeout_s if silent_s is None else silent_s,
    )


def to_the_end(built: RtspSource, each: Callable[[Picture], None]) -> str:
    """Plays until the source is lost; says why."""
    try:
        with built:
            for picture in built.pictures(Event()):
                each(picture)
    except SourceLost as lost:
        return str(lost)
    raise AssertionError("a live source that ends says so")


def refused(url: str, **more: str) -> str:
    with pytest.raises(SourceLost) as caught:
        source(url, username=more.get("username"), password=more.get("password")).__enter__()
    return str(caught.value)
