"""Clocks of cameras that stand still or crawl: looked at all the same, without a loss."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from edge.sources.packets import PacketStream
from tests.edge.sources.rtsp_kit import source
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip

RATES = {"/still": 0.0, "/crawling": 0.05}


@pytest.fixture(scope="module")
def clocks(h264_clip: Path) -> Iterator[RtspServer]:
    """Endless streams of 12 pictures a second; their clock goes wrong at the 25th."""
    mounts = [
        Mount(path, h264_clip, loop=True, clock_from_unit=24, clock_rate=rate)
        for path, rate in RATES.items()
    ]
    with rtsp_server_or_skip()(*mounts) as running:
        yield running


@pytest.mark.parametrize("path", RATES)
def test_pictures_go_on_at_the_rate_asked_for(
    clocks: RtspServer, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    arrived: list[tuple[float, float]] = []
    with source(clocks.url(path), sample_fps=4) as built:
        for picture in built.pictures(Event()):
            arrived.append((time.monotonic(), picture.pts_ns / 1e9))
            if built.clock_stalls and len(arrived) > 40:
                break
        assert built.clock_stalls == 1
        assert built.skipped == built.packets_dropped == 0
    assert caplog.text.count("timed by their arrival") == 1
    (began_s, first_s), (ended_s, last_s) = arrived[-13], arrived[-1]
    # 12 pictures at 4 a second, by our clock and by the one that is told.
    assert ended_s - began_s == pytest.approx(3.0, abs=2.0)
    assert last_s - first_s == pytest.approx(3.0, abs=2.0)
    times = [told_s for _, told_s in arrived]
    assert times == sorted(set(times))


@pytest.mark.parametrize("path", RATES)
def test_what_is_recorded_is_timed_by_its_arrival(clocks: RtspServer, path: str) -> None:
    times_s: list[tuple[float, float]] = []
    with PacketStream(clocks.url(path)) as stream:
        for packet in stream.packets(Event()):
            times_s.append((time.monotonic(), packet.pts_ns / 1e9))
            if stream.clock_stalls and len(times_s) > 120:
                break
        assert stream.clock_stalls == 1
    (began_s, first_s), (ended_s, last_s) = times_s[-30], times_s[-1]
    assert last_s - first_s == pytest.approx(ended_s - began_s, abs=1.5)
