"""One short clip of the drawn pattern and a real server that plays it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.core.types import Box
from edge.sources.pattern import Mark, Script
from tests.support.clips import write_pattern
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip

SCRIPT = Script(
    marks=(
        Mark("upright", Box(0.10, 0.15, 0.15, 0.50)),
        Mark("down", Box(0.35, 0.60, 0.30, 0.15)),
        Mark("liquid", Box(0.72, 0.70, 0.20, 0.20), from_s=1.0),
    ),
    duration_s=2.0,
    fps=12.0,
    size=(320, 180),
)
LOGIN = ("night watch", "p@ss/wörd%40?#:")


@pytest.fixture(scope="session")
def h264_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pattern(tmp_path_factory.mktemp("clip") / "pattern.mp4", SCRIPT)


@pytest.fixture(scope="session")
def hevc_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pattern(tmp_path_factory.mktemp("clip") / "pattern.mp4", SCRIPT, codec="hevc")


@pytest.fixture(scope="session")
def server(h264_clip: Path, hevc_clip: Path) -> Iterator[RtspServer]:
    """Open to all. /h264 and /hevc end, /endless goes on, /back and /far_back turn back."""
    kind = rtsp_server_or_skip()
    mounts = (
        Mount("/h264", h264_clip),
        Mount("/hevc", hevc_clip),
        Mount("/endless", h264_clip, loop=True),
        Mount("/held", h264_clip, hold_last_s=1.5),
        Mount("/far_back", h264_clip, loop=True, jump_at_unit=40, jump_s=-3),
        Mount("/back", h264_clip, loop=True, jump_at_unit=20, jump_s=-1.2),
    )
    with kind(*mounts) as running:
        yield running


@pytest.fixture
def own_server(h264_clip: Path) -> Iterator[RtspServer]:
    """One endless mount, for tests that kill or freeze it."""
    kind = rtsp_server_or_skip()
    with kind(Mount("/endless", h264_clip, loop=True)) as running:
        yield running
