"""A camera's thread, over real sources: a drawn pattern, a clip, a real RTSP server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from edge.clock import SystemClock
from edge.core.types import Frame
from edge.grab import Grabber, Recorder
from edge.mailbox import Mailboxes
from edge.ports import Source
from edge.ring import PacketRing
from edge.sources.file import FileSource
from edge.sources.packets import PacketStream
from edge.sources.pattern import PatternSource, Script
from edge.sources.rtsp import RtspSource
from tests.edge.frames import NS
from tests.support.clips import write_pattern
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.until import until

SCRIPT = Script(duration_s=2, fps=10, size=(160, 96))
FIT = (160, 96)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pattern(tmp_path_factory.mktemp("grab") / "clip.mp4", SCRIPT, gop=5)


@pytest.fixture(scope="module")
def server(clip: Path) -> Iterator[RtspServer]:
    with rtsp_server_or_skip()(Mount("/clip", clip), Mount("/endless", clip, loop=True)) as one:
        yield one


def test_a_recording_is_left_frame_by_frame_and_ends(clip: Path) -> None:
    boxes, seen = Mailboxes(), list[Frame]()

    def source() -> Source:
        return FileSource(clip, fit=FIT, sample_fps=5, pace="real_time")

    grabber = Grabber("hall", source, boxes, SystemClock())
    thread = threading.Thread(target=grabber.run, args=(Event(),))
    thread.start()
    while not boxes.take_ended():
        seen += boxes.take(1, 0.2)
    thread.join(20)
    assert [frame.seq for frame in seen] == sorted({frame.seq for frame in seen})
    assert grabber.tally.frames == len(seen) + boxes.dropped("hall") == 10
    assert grabber.tally.connects == 1
    assert (grabber.tally.reason, grabber.tally.lost) == ("offline", 0)
    assert "ended" in grabber.tally.said
    assert [frame.at_ns for frame in seen] == sorted({frame.at_ns for frame in seen})


def test_stop_ends_it_and_is_no_end_of_the_recording() -> None:
    boxes, stop = Mailboxes(), Event()

    def source() -> Source:
        return PatternSource(Script(duration_s=600), fit=FIT, sample_fps=10, pace="real_time")

    grabber = Grabber("hall", source, boxes, SystemClock())
    thread = threading.Thread(target=grabber.run, args=(stop,))
    thread.start()
    until(lambda: grabber.tally.frames >= 2, "two frames")
    assert grabber.tally.reason == "ok"
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert boxes.take_ended() == ()


def test_a_live_stream_that_ends_is_connected_again_and_its_time_goes_on(
    server: RtspServer,
) -> None:
    boxes, stop, ring = Mailboxes(), Event(), PacketRing(keep_s=60)

    def source() -> Source:
        return RtspSource(server.url("/clip"), fit=FIT, sample_fps=10)

    grabber = Grabber("hall", source, boxes, SystemClock(), ring=ring)
    thread = threading.Thread(target=grabber.run, args=(stop,))
    thread.start()
    times = list[int]()

    def connected_twice() -> bool:
        times.extend(frame.at_ns for frame in boxes.take(1, 0.1))
        return grabber.tally.connects >= 2

    until(connected_twice, "a second connection")
    until(lambda: grabber.tally.reason == "ok", "pictures again")
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert grabber.tally.lost >= 1
    assert times == sorted(set(times))
    cut = ring.cut(0, times[-1] + 600 * NS)
    assert cut is not None
    assert cut.packets[0].packet.keyframe
    assert len(cut.packets) > 20  # the whole clip of the first connection, and of the next


def test_the_second_stream_is_kept_and_not_decoded(server: RtspServer) -> None:
    stop, ring = Event(), PacketRing(keep_s=60)

    def stream() -> PacketStream:
        return PacketStream(server.url("/endless"))

    recorder = Recorder("hall", stream, SystemClock(), ring)
    thread = threading.Thread(target=recorder.run, args=(stop,))
    thread.start()
    until(lambda: recorder.tally.frames >= 12, "packets")
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    newest_ns = ring.newest_ns()
    assert newest_ns is not None
    cut = ring.cut(0, newest_ns)
    assert cut is not None
    assert (cut.info.codec, cut.info.width, cut.info.height) == ("h264", 160, 96)
    assert len(cut.packets) >= 10
