"""Clips of the drawn pattern, and the real parts that the tests of this folder talk to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.core.types import Box
from edge.sources.pattern import Mark, Script
from tests.support.clips import write_pattern
from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import RtspServer

# A broker that keeps what it acknowledged, as configs/mosquitto.conf does: a kill loses no session.
KEEP = "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n"
STANDING = Box(0.20, 0.20, 0.12, 0.50)
LYING = Box(0.20, 0.62, 0.36, 0.16)
PUDDLE = Box(0.60, 0.70, 0.25, 0.20)
FALL = (Mark("upright", STANDING, 0, 3), Mark("down", LYING, 3))
SPREAD = (Mark("liquid", PUDDLE, 2),)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker", persistence=True, more=KEEP) as running:
        yield running


@pytest.fixture(scope="session")
def rtsp() -> type[RtspServer]:
    """The server's class; a visible skip where GStreamer's server is missing, a failure in CI."""
    missing = RtspServer.missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return RtspServer


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In one folder: fall.mp4 (H.264), spread.mp4 (H.265), quiet.mp4 (H.264), large.mp4 (the fall
    at twice the size), 15 s each; short.mp4 and both.mp4 (the fall; with the spill), 9 s each."""
    folder = tmp_path_factory.mktemp("clips")
    size, fps, seconds = (320, 180), 10.0, 15.0
    write_pattern(folder / "fall.mp4", Script(FALL, seconds, fps, size))
    write_pattern(folder / "spread.mp4", Script(SPREAD, seconds, fps, size), codec="hevc")
    write_pattern(folder / "quiet.mp4", Script((), seconds, fps, size))
    write_pattern(folder / "large.mp4", Script(FALL, seconds, fps, (640, 360)))
    write_pattern(folder / "short.mp4", Script(FALL, 9.0, fps, size))
    write_pattern(folder / "both.mp4", Script(FALL + SPREAD, 9.0, fps, size))
    return folder
