"""Streams that are unlike most, and streams that change while they run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import islice, pairwise
from pathlib import Path
from threading import Event

import av
import pytest

from edge.core.types import Rgb
from edge.errors import SourceLost, SourceStalled
from edge.muxing import mp4
from edge.ports import Picture
from edge.ring import PacketRing
from edge.sources.packets import PacketStream
from edge.sources.pattern import Script, draw
from tests.edge.sources.conftest import SCRIPT
from tests.edge.sources.rtsp_kit import source, to_the_end
from tests.support.clips import write_clip, write_pattern
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.until import until

JPEG = (320, 184)  # over RTP, sizes of JPEG are whole eights
SMALL = Script(SCRIPT.marks, duration_s=2.0, fps=12.0, size=(160, 120))


def drawn(count: int, fps: float = 12.0, size: tuple[int, int] = SCRIPT.size) -> Iterator[Rgb]:
    return (draw(SCRIPT.marks, number / fps, size) for number in range(count))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, h264_clip: Path) -> Iterator[RtspServer]:
    folder = tmp_path_factory.mktemp("odd")
    leaning = write_clip(folder / "leaning.mp4", drawn(36), fps=12, b_frames=2)
    jpegs = write_clip(folder / "jpegs.avi", drawn(24, size=JPEG), fps=12, codec="mjpeg")
    slow = write_clip(folder / "slow.mp4", drawn(8, 1), fps=1, gop=4)
    small = write_pattern(folder / "small.mp4", SMALL)
    other = write_clip(folder / "other.mp4", drawn(24), fps=12, b_frames=2, gop=6)
    mounts = (
        Mount("/leaning", leaning),
        Mount("/jpegs", jpegs, loop=True),
        Mount("/slow", slow, loop=True),
        Mount("/twice", h264_clip, loop=True, tracks=2),
        Mount("/resized", h264_clip, then=small),
        Mount("/other_parameters", h264_clip, then=other),
        Mount("/garbled", h264_clip, loop=True, noise_from_unit=15, noise_until_unit=26),
    )
    with rtsp_server_or_skip()(*mounts) as running:
        yield running


def some(server: RtspServer, path: str, count: int, sample_fps: float = 60) -> list[Picture]:
    """The first pictures of a mount, in order and all of one shape."""
    with source(server.url(path), sample_fps=sample_fps, timeout_s=10) as built:
        pictures = list(islice(built.pictures(Event()), count))
        assert built.clock_stalls == 0
    times = [picture.pts_ns for picture in pictures]
    assert times == sorted(set(times))
    assert len({picture.full().shape for picture in pictures}) == 1
    assert len({picture.rgb.shape for picture in pictures}) == 1
    return pictures


@pytest.mark.parametrize(
    ("path", "fps"), [("/leaning", 12), ("/jpegs", 12), ("/slow", 1), ("/twice", 12)]
)
def test_streams_unlike_most_are_read_like_any(odd: RtspServer, path: str, fps: float) -> None:
    pictures = some(odd, path, 5 if fps == 1 else 20)
    # From the second on: FFmpeg loses the time stamp of the very first.
    first_ns = pictures[1].pts_ns
    times = [picture.pts_ns - first_ns for picture in pictures[1:]]
    assert times == pytest.approx([n * 1e9 / fps for n in range(len(times))], abs=2e6)


def test_other_parameters_of_the_same_size_go_on(odd: RtspServer) -> None:
    assert len(some(odd, "/other_parameters", 44)) == 44
    ring = PacketRing(60)
    with PacketStream(odd.url("/other_parameters")) as stream:
        ring.started(stream.info)
        ring.add(islice(stream.packets(Event()), 44), 0)
    cut = ring.cut(0, 10**12)
    assert cut is not None
    with av.open(BytesIO(mp4(cut))) as clip:  # and so does the evidence
        assert len(list(clip.decode(video=0))) == 44


def test_garbage_in_the_middle_is_passed_over(odd: RtspServer) -> None:
    with source(odd.url("/garbled"), sample_fps=60) as built:
        pictures = list(islice(built.pictures(Event()), 40))
        assert built.skipped > 0
    gaps_s = [(later.pts_ns - earlier.pts_ns) / 1e9 for earlier, later in pairwise(pictures)]
    assert 0.5 < max(gaps_s) < 5


def test_another_size_is_a_loss_and_no_picture_of_it_comes(odd: RtspServer) -> None:
    pictures: list[Picture] = []
    words = "the camera's pictures were 320×180 and are 160×120 now"
    assert to_the_end(source(odd.url("/resized"), sample_fps=60), pictures.append) == words
    assert {picture.full().shape for picture in pictures} == {(180, 320, 3)}
    assert len(pictures) >= 20
    with PacketStream(odd.url("/resized")) as stream, pytest.raises(SourceLost, match=words):
        list(stream.packets(Event()))


def test_what_is_no_picture_any_more_is_a_stall_within_seconds(h264_clip: Path) -> None:
    """A camera that changes its codec: data goes on, and none of it can be decoded."""
    mount = Mount("/noise", h264_clip, loop=True, noise_from_unit=10)
    with rtsp_server_or_skip()(mount) as server:
        seen_s: list[float] = []
        built = source(server.url("/noise"), timeout_s=30)
        why = to_the_end(built, lambda _: seen_s.append(time.monotonic()))
    assert "no picture could be decoded for 4 s" in why
    assert time.monotonic() - seen_s[-1] < 15


def test_reports_alone_are_silence_and_leave_nothing_behind(h264_clip: Path) -> None:
    """A camera whose encoder hangs: FFmpeg would wait for ever, since reports keep coming."""
    mount = Mount("/hung", h264_clip, loop=True, silent_from_unit=20)
    with rtsp_server_or_skip()(mount) as server:
        threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
        built = source(server.url("/hung"), timeout_s=30, silent_s=2)
        with pytest.raises(SourceStalled, match="no data for 2 s"), built:
            list(built.pictures(Event()))
        del built
        until(lambda: threading.active_count() <= threads, "the reading thread to end", 10)
        until(lambda: len(os.listdir("/proc/self/fd")) <= files, "its socket to be closed", 10)
