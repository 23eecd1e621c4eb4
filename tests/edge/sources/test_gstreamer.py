"""`GstreamerSource` against a real server and what goes wrong with one, as `RtspSource` is held to.

GStreamer's own elements for the CPU stand where a Jetson's would.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from edge.errors import SourceLost, SourceRefused, SourceStalled
from edge.muxing import mp4
from edge.ports import Picture
from edge.ring import PacketRing
from edge.sources.camera import Camera
from edge.sources.gstreamer import GstreamerSource
from edge.sources.gstreamer_elements import CPU
from edge.sources.gstreamer_full import rgb_of
from edge.sources.gstreamer_library import library
from edge.sources.mistrust import Mistrust
from edge.sources.pattern import Script
from tests.edge.sources.conftest import LOGIN, SCRIPT
from tests.support.clips import write_pattern
from tests.support.gstreamer import gstreamer_or_skip
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.until import until

FIT = (320, 192)
SMALL = Script(SCRIPT.marks, duration_s=2.0, fps=12.0, size=(160, 120))


@pytest.fixture(autouse=True)
def lent() -> None:
    gstreamer_or_skip()


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, h264_clip: Path) -> Iterator[RtspServer]:
    folder = tmp_path_factory.mktemp("odd")
    small = write_pattern(folder / "small.mp4", SMALL)
    even = Script(SCRIPT.marks, duration_s=2.0, fps=12.0, size=(320, 184))
    quick = Script(SCRIPT.marks, duration_s=2.0, fps=200.0, size=(160, 120))
    jpegs = write_pattern(folder / "jpegs.avi", even, codec="mjpeg")
    mounts = (
        Mount("/endless", h264_clip, loop=True),
        Mount("/back", h264_clip, loop=True, jump_at_unit=20, jump_s=-1.2),
        Mount("/still", h264_clip, loop=True, clock_from_unit=12, clock_rate=0.0),
        Mount("/crawling", h264_clip, loop=True, clock_from_unit=12, clock_rate=0.05),
        Mount("/hung", h264_clip, loop=True, silent_from_unit=12),
        Mount("/noise", h264_clip, loop=True, noise_from_unit=10),
        Mount("/resized", h264_clip, then=small),
        Mount("/twice", h264_clip, loop=True, tracks=2),
        Mount("/jpegs", jpegs, loop=True),
        Mount("/quick", write_pattern(folder / "quick.mp4", quick, gop=50), loop=True),
    )
    user, password = LOGIN
    with rtsp_server_or_skip()(*mounts, user=user, password=password) as running:
        yield running


def source(
    url: str, *, sample_fps: float = 60, timeout_s: float = 3, mistrust: Mistrust | None = None
) -> GstreamerSource:
    camera = Camera(url, "tcp", *LOGIN, connect_timeout_s=5, read_timeout_s=timeout_s)
    return GstreamerSource(camera, fit=FIT, sample_fps=sample_fps, elements=CPU, mistrust=mistrust)


def lost(built: GstreamerSource, each: Callable[[Picture], object] = lambda _: None) -> SourceLost:
    """Plays until the source is lost; gives the loss."""
    try:
        with built:
            for picture in built.pictures(Event()):
                each(picture)
    except SourceLost as loss:
        return loss
    raise AssertionError("a live source that ends says so")


def test_the_login_is_given_apart_and_refused_in_words(odd: RtspServer) -> None:
    with source(odd.url("/endless")) as built:
        assert str(built.info) == "h264 320×180 at 12 fps, decoded by GStreamer (avdec_h264)"
    wrong = Camera(odd.url("/endless", login="joe:s3cret%2F"), "tcp")
    refused = lost(GstreamerSource(wrong, fit=FIT, sample_fps=5, elements=CPU))
    assert isinstance(refused, SourceRefused)
    assert "wrong user or password (401)" in str(refused)
    assert "s3cret" not in str(refused)
    assert "no such stream (404)" in str(lost(source(odd.url("/nothing"))))


def test_who_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "connection refused" in str(lost(source(f"rtsp://127.0.0.1:{port}/a")))
    assert "unknown host nowhere.invalid" in str(lost(source("rtsp://nowhere.invalid/a")))


@contextmanager
def stranger(says: bytes) -> Iterator[str]:
    """Accepts connections, says that to each, and waits; gives its URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            taken = []
            while True:
                try:
                    taken.append(listener.accept()[0])
                    taken[-1].sendall(says)
                except OSError:
                    break
            for connection in taken:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"rtsp://127.0.0.1:{listener.getsockname()[1]}/a"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (b"", "timed out: no answer within 1 s"),
        (os.urandom(100_000), "no RTSP camera|timed out"),
        (b"RTSP/1.0 503 Service Unavailable\r\nCSeq: 1\r\n\r\n", "an error of its own"),
    ],
)
def test_what_answers_is_no_camera(says: bytes, words: str) -> None:
    with stranger(says) as url:
        camera = Camera(url, "tcp", *LOGIN, connect_timeout_s=1)
        why = lost(GstreamerSource(camera, fit=FIT, sample_fps=5, elements=CPU))
    assert re.search(words, str(why))


def test_a_killed_server_is_a_loss_and_a_new_source_connects(own_server: RtspServer) -> None:
    url = own_server.url("/endless")
    seen: list[Picture] = []

    def kill_at_third(picture: Picture) -> None:
        seen.append(picture)
        if len(seen) == 3:
            own_server.kill()

    why = str(lost(source(url), kill_at_third))
    assert "ended" in why or "broke" in why
    own_server.restart()
    with source(url) as again:
        assert next(again.pictures(Event())).pts_ns == 0


def test_silence_is_a_stall(own_server: RtspServer) -> None:
    def freeze(_: Picture) -> None:
        own_server.freeze()

    stalled = lost(source(own_server.url("/endless"), timeout_s=1), freeze)
    own_server.thaw()
    assert isinstance(stalled, SourceStalled)
    assert "no data for 1 s" in str(stalled)


def test_reports_alone_are_silence_and_leave_nothing_behind(odd: RtspServer) -> None:
    files = len(os.listdir("/proc/self/fd"))
    assert "no data for 1 s" in str(lost(source(odd.url("/hung"), timeout_s=1)))
    until(lambda: len(os.listdir("/proc/self/fd")) <= files, "its socket to be closed", 10)


def test_noise_is_a_stall(odd: RtspServer) -> None:
    built = source(odd.url("/noise"), timeout_s=3)
    assert "no picture could be decoded for 3 s" in str(lost(built))
    assert built.skipped > 0


def test_another_size_is_a_loss_and_no_picture_of_it_comes(odd: RtspServer) -> None:
    shapes: list[tuple[int, ...]] = []
    why = str(lost(source(odd.url("/resized")), lambda one: shapes.append(one.full().shape)))
    assert why.endswith("the camera's pictures were 320×180 and are 160×120 now")
    assert set(shapes) == {(180, 320, 3)}


def test_a_clock_that_stands_still_is_not_felt(odd: RtspServer) -> None:
    """GStreamer goes on by the rate the stream names."""
    with source(odd.url("/still"), sample_fps=12) as built:
        pictures = list(islice(built.pictures(Event()), 40))
    assert pictures[-1].pts_ns / 1e9 == pytest.approx(39 / 12, abs=0.5)
    times = [packet.pts_ns for picture in pictures for packet in picture.packets]
    assert times == sorted(set(times))
    assert times[-1] / 1e9 == pytest.approx(39 / 12, abs=0.5)


def test_a_clock_that_crawls_is_given_up_for_arrival(odd: RtspServer) -> None:
    with source(odd.url("/crawling"), sample_fps=4) as built:
        times_ns: list[int] = []
        for picture in built.pictures(Event()):
            times_ns.append(picture.pts_ns)
            if built.clock_stalls and len(times_ns) > 8:
                break
    assert built.clock_stalls == 1
    assert times_ns == sorted(set(times_ns))


def test_of_two_tracks_the_first_is_taken(odd: RtspServer) -> None:
    with source(odd.url("/twice")) as built:
        times_s = [one.pts_ns / 1e9 for one in islice(built.pictures(Event()), 15)]
    assert times_s == pytest.approx([n / 12 for n in range(15)], abs=2e-3)


def test_what_it_cannot_decode_is_left_to_ffmpeg(
    odd: RtspServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    mistrust = Mistrust("hall")
    for _ in range(2):
        words = str(lost(source(odd.url("/jpegs"), mistrust=mistrust)))
        assert "the camera sends JPEG" in words
    assert "JPEG" in mistrust.words
    assert caplog.text.count("camera=hall is decoded by FFmpeg for 10 minutes") == 1


def test_packets_that_nobody_takes_are_dropped_and_counted(odd: RtspServer) -> None:
    """200 pictures a second, for somebody who falls asleep."""
    with source(odd.url("/quick"), sample_fps=4) as built:
        pictures = built.pictures(Event())
        before = next(pictures).packets
        time.sleep(2.2)
        after = [packet for picture in islice(pictures, 4) for packet in picture.packets]
        dropped = built.packets_dropped
    assert dropped > 0
    assert after[0].keyframe, "what leans on a lost one is of no use"
    gap_ns = after[0].pts_ns - before[-1].pts_ns
    assert gap_ns / 1e9 == pytest.approx((dropped + 1) / 200, abs=0.1)


def test_evidence_is_cut_from_its_packets(odd: RtspServer) -> None:
    ring = PacketRing(60)
    with source(odd.url("/endless")) as built:
        ring.started(built.info)
        for picture in islice(built.pictures(Event()), 14):
            ring.add(picture.packets, 0)
    cut = ring.cut(0, 10**12)
    assert cut is not None
    assert len(mp4(cut)) > 1000


def test_full_size_lasts_for_a_moment_and_is_enlarged_after_it(odd: RtspServer) -> None:
    with source(odd.url("/endless")) as built:
        pictures = list(islice(built.pictures(Event()), 5))
        sharp, late = pictures[-1].full(), pictures[0].full()
    assert sharp.shape == late.shape == pictures[-1].full().shape == (180, 320, 3)
    assert np.abs(sharp.astype(int) - pictures[-1].full()).mean() < 12


def test_rows_may_be_padded() -> None:
    gst = library()
    rows = np.arange(2 * 16, dtype=np.uint8).reshape(2, 16)  # three pixels and one that is none
    buffer = gst.Buffer.new_wrapped(rows.tobytes())
    caps = gst.Caps.from_string("video/x-raw,format=RGBA,width=3,height=2")
    rgb = rgb_of(gst.Sample.new(buffer, caps, None, None))
    assert rgb.tolist() == rows[:, :12].reshape(2, 3, 4)[:, :, :3].tolist()
